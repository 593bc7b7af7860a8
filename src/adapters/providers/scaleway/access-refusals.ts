import {type AnswerDetails, type ApiAnswer, ScalewayRefusal} from './refusal.ts';

/** Why a key was not accepted, in the words of its owner. */
const reasons: Readonly<Record<string, {text: string; hint: string}>> = {
  not_found: {
    text: 'the API key does not exist (any more)',
    hint: 'Check SCW_ACCESS_KEY and SCW_SECRET_KEY, or make a new key: console > IAM > API keys.',
  },
  invalid_argument: {
    text: 'the API key is malformed',
    hint: 'SCW_SECRET_KEY is a UUID, shown once when the key was made. It is not the access key (SCW...).',
  },
  expired: {text: 'the API key has expired', hint: 'Make a new key: console > IAM > API keys.'},
};

const reasonUnknown = {text: 'the API key is not accepted', hint: 'Check SCW_ACCESS_KEY and SCW_SECRET_KEY.'};

export function authRefusal(answer: ApiAnswer, reason: string | null): ScalewayRefusal {
  const {text, hint} = reasons[reason ?? ''] ?? reasonUnknown;
  const detailCode = reason === null ? 'denied_authentication' : `denied_authentication_${reason}`;
  return new ScalewayRefusal('provider_auth', `Scaleway: ${text}.`, answer, {hint, detailCode});
}

/** Permission sets that allow what inventiv does, by the API that refused. */
const permissionSets: readonly (readonly [pathStart: string, set: string])[] = [
  ['/instance/', 'InstancesFullAccess'],
  ['/block/', 'BlockStorageFullAccess'],
  ['/iam/', 'SSHKeysReadOnly'],
  ['/account/', 'ProjectReadOnly'],
];

/** The key is known and lacks a right: says which, and what would give it. */
export function permissionRefusal(answer: ApiAnswer, details: readonly AnswerDetails[], path: string): ScalewayRefusal {
  const missing = details.map(({action, resource}) => `${action ?? 'use'} ${resource ?? 'it'}`);
  const set = permissionSets.find(([start]) => path.startsWith(start))?.[1];
  return new ScalewayRefusal(
    'provider_auth',
    `The Scaleway API key may not ${missing.join(' nor ') || 'do this'}.`,
    answer,
    {
      hint: `Give it a policy with ${set ?? 'the right permission set'} on the project: console > IAM > Policies.`,
      detailCode: 'permissions_denied',
    },
  );
}
