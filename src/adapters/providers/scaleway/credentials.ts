import {InventivError} from '../../../core/errors.ts';

/** What a call to Scaleway needs. Never print it whole: `secretKey` is the password of the account. */
export interface ScalewayCredentials {
  /** `SCW` and 17 characters. */
  readonly accessKey: string;
  /** A UUID. */
  readonly secretKey: string;
  /** A UUID: where servers are made and looked for. */
  readonly projectId: string;
  /** Zone to use when none is asked for. */
  readonly zone?: string;
  readonly apiUrl?: string;
}

/** The same, as far as one source tells it. Null and missing mean the same. */
export interface PartialCredentials {
  readonly accessKey?: string | null;
  readonly secretKey?: string | null;
  readonly projectId?: string | null;
  readonly zone?: string | null;
  readonly apiUrl?: string | null;
}

/** Whether every value is there and has the right shape; says which is not, and never its content. */
export function checkCredentials(given: PartialCredentials): ScalewayCredentials {
  for (const field of fields) {
    const value = given[field.name];
    if (!isSet(value)) {
      if (field.isRequired) throw missing(field);
    } else if (!field.pattern.test(value)) {
      throw malformed(field, value);
    }
  }
  const {accessKey, secretKey, projectId, zone, apiUrl} = given;
  return {
    accessKey: accessKey ?? '',
    secretKey: secretKey ?? '',
    projectId: projectId ?? '',
    ...(isSet(zone) ? {zone} : {}),
    ...(isSet(apiUrl) ? {apiUrl} : {}),
  };
}

interface Field {
  readonly name: keyof PartialCredentials;
  readonly variable: string;
  readonly pattern: RegExp;
  readonly expected: string;
  readonly isRequired: boolean;
}

const uuid = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i;

const fields: readonly Field[] = [
  {
    name: 'accessKey',
    variable: 'SCW_ACCESS_KEY',
    pattern: /^SCW[A-Z0-9]{17}$/i,
    expected: 'SCW followed by 17 letters and digits',
    isRequired: true,
  },
  {name: 'secretKey', variable: 'SCW_SECRET_KEY', pattern: uuid, expected: 'a UUID', isRequired: true},
  {name: 'projectId', variable: 'SCW_DEFAULT_PROJECT_ID', pattern: uuid, expected: 'a UUID', isRequired: true},
  {
    name: 'zone',
    variable: 'SCW_DEFAULT_ZONE',
    pattern: /^[a-z]{2}-[a-z]{3}-\d+$/,
    expected: 'a zone such as fr-par-2',
    isRequired: false,
  },
  {
    name: 'apiUrl',
    variable: 'SCW_API_URL',
    pattern: /^https?:\/\/[^\s/?#@]+[^\s?#@]*$/,
    expected: 'a URL such as https://api.scaleway.com',
    isRequired: false,
  },
];

function missing({variable}: Field): InventivError {
  return new InventivError('provider_auth', `No Scaleway credentials: ${variable} is not set.`, {
    hint: 'Set SCW_ACCESS_KEY, SCW_SECRET_KEY and SCW_DEFAULT_PROJECT_ID, or run "scw init".',
    detailCode: 'credentials_missing',
    param: variable,
  });
}

/** No part of the value is told: one in the wrong place may be the secret. */
function malformed({name, variable, expected}: Field, value: string): InventivError {
  const isSwapped = name === 'secretKey' && /^SCW/i.test(value);
  return new InventivError(
    'invalid_config',
    `expected ${variable} to be ${expected}, got ${value.length} characters of another form.`,
    {
      hint: isSwapped
        ? 'This is an access key: the secret key is the UUID that was shown once beside it.'
        : 'Compare it with the console: IAM > API keys, and Project > Settings.',
      detailCode: 'credentials_malformed',
      param: variable,
    },
  );
}

export function isSet(value: string | null | undefined): value is string {
  return value !== null && value !== undefined && value !== '';
}
