import {redact} from '../../../core/redact.ts';
import {authRefusal, permissionRefusal} from './access-refusals.ts';
import {type AnswerDetails, type ApiAnswer, ScalewayRefusal, tryAgainHint} from './refusal.ts';

const textCharsMax = 300;
const detailsMax = 5;

/** An error answer as a catalogued error. Decided on the status and the `type` of the body, never on its message. */
export function refusalOf(status: number, bodyText: string, path: string): ScalewayRefusal {
  const body = parseObject(bodyText);
  const answer: ApiAnswer = {
    status,
    type: textOf(body, 'type'),
    resource: textOf(body, 'resource'),
    precondition: textOf(body, 'precondition'),
  };
  const message = textOf(body, 'help_message') ?? textOf(body, 'message') ?? 'no explanation';
  const details = detailsOf(body);

  // Whatever the status: it was 503 in the only one recorded.
  if (answer.type === 'out_of_stock') return outOfStock(answer);
  if (status === 429) {
    return new ScalewayRefusal('provider_unavailable', 'Scaleway is limiting the rate of calls (429).', answer, {
      hint: tryAgainHint,
      detailCode: 'rate_limited',
      retryable: true,
    });
  }
  switch (answer.type) {
    case 'invalid_arguments':
    case 'invalid_request_error':
      return invalidArguments(answer, details, message);
    case 'precondition_failed':
      return preconditionFailed(answer, message);
    case 'transient_state':
      return new ScalewayRefusal(
        'provider_unavailable',
        `Scaleway: ${answer.resource} is ${textOf(body, 'current_state')}.`,
        answer,
        {
          hint: tryAgainHint,
          detailCode: 'transient_state',
          retryable: true,
        },
      );
    case 'denied_authentication':
      return authRefusal(answer, textOf(body, 'reason'));
    case 'permissions_denied':
      return permissionRefusal(answer, details, path);
    case 'quotas_exceeded':
      return quotasExceeded(answer, details);
    case 'not_found':
    case 'unknown_resource':
    case 'expired':
      return notFound(answer, textOf(body, 'resource_id'));
    default:
      return untyped(answer, message, path);
  }
}

function outOfStock(answer: ApiAnswer): ScalewayRefusal {
  return new ScalewayRefusal(
    'no_capacity',
    `Scaleway has no ${answer.resource ?? 'machine'} of this type left.`,
    answer,
    {
      hint: 'Allow more with --zone, --type or --fallback any, or wait for room: --wait-capacity 30m.',
      detailCode: 'out_of_stock',
    },
  );
}

function invalidArguments(answer: ApiAnswer, details: readonly AnswerDetails[], message: string): ScalewayRefusal {
  const told = details.map(
    detail => `${detail.argument_name ?? 'an argument'}: ${detail.help_message ?? detail.reason}`,
  );
  const param = details[0]?.argument_name;
  return new ScalewayRefusal('invalid_input', `Scaleway refused the request: ${told.join('; ') || message}.`, answer, {
    hint: 'Check the zone, the type and the project.',
    detailCode: 'invalid_arguments',
    ...(typeof param === 'string' ? {param} : {}),
  });
}

/** A state that passes is worth another try; a protection does not pass by itself. */
function preconditionFailed(answer: ApiAnswer, message: string): ScalewayRefusal {
  const detailCode = answer.precondition ?? 'precondition_failed';
  if (answer.precondition === 'protected_resource') {
    return new ScalewayRefusal('conflict', `Scaleway: the resource is protected: ${message}.`, answer, {
      hint: 'Take the protection off in the console, or: scw instance server update ID protected=false',
      detailCode,
    });
  }
  return new ScalewayRefusal('provider_unavailable', `Scaleway cannot do this now: ${message}.`, answer, {
    hint: tryAgainHint,
    detailCode,
    retryable: true,
  });
}

function quotasExceeded(answer: ApiAnswer, details: readonly AnswerDetails[]): ScalewayRefusal {
  const told = details.map(({resource, quota, current}) =>
    quota === undefined ? `${resource}` : `${resource}: ${current ?? '?'} of ${quota} used`,
  );
  const param = details[0]?.resource;
  return new ScalewayRefusal(
    'quota_exceeded',
    `A Scaleway quota is reached (${told.join('; ') || 'not told which'}).`,
    answer,
    {
      hint: 'Terminate something, or ask for more under Organization > Quotas in the console. GPU quotas need a verified identity.',
      detailCode: 'quotas_exceeded',
      ...(typeof param === 'string' ? {param} : {}),
    },
  );
}

function notFound(answer: ApiAnswer, resourceId: string | null): ScalewayRefusal {
  const what = `${answer.resource ?? 'resource'} ${resourceId ?? ''}`.trim();
  if (answer.resource === 'project_id' || answer.resource === 'project') {
    return new ScalewayRefusal('invalid_input', `Scaleway knows no project ${resourceId ?? ''}.`, answer, {
      hint: 'Check SCW_DEFAULT_PROJECT_ID (console: Project > Settings).',
      detailCode: 'project_not_found',
      param: 'project',
    });
  }
  return new ScalewayRefusal('not_found', `Scaleway knows no ${what}.`, answer, {
    hint: 'It was deleted, or it is in another project or zone than the one in use: inventiv credentials test scaleway',
    detailCode: 'not_found',
  });
}

/** No body, HTML of something in between, or a type never seen. A 404 of this kind says nothing about existence. */
function untyped(answer: ApiAnswer, message: string, path: string): ScalewayRefusal {
  const {status, type} = answer;
  const said = type === null ? `HTTP ${status}` : `HTTP ${status} ${type}: ${message}`;
  if (status >= 500 || status < 400 || status === 404 || status === 408) {
    return new ScalewayRefusal('provider_unavailable', `Scaleway did not answer as expected (${said}).`, answer, {
      detailCode: type ?? 'unexpected_answer',
      retryable: true,
      hint: status < 500 ? 'Check SCW_API_URL: something else than the Scaleway API may have answered.' : tryAgainHint,
    });
  }
  if (status === 401) return authRefusal(answer, null);
  if (status === 403) return permissionRefusal(answer, [], path);
  if (status === 400) return invalidArguments(answer, [], message);
  return new ScalewayRefusal('unexpected', `Scaleway refused the request (${said}).`, answer, {
    detailCode: type ?? 'unexpected_answer',
  });
}

function detailsOf(body: Record<string, unknown> | null): readonly AnswerDetails[] {
  const list: unknown = body?.details;
  if (!Array.isArray(list)) return [];
  return list.slice(0, detailsMax).map(item => {
    const entries = Object.entries(isObject(item) ? item : {});
    return Object.fromEntries(
      entries.flatMap(([name, value]): [string, string | number][] => {
        if (typeof value === 'number') return [[name, value]];
        return typeof value === 'string' ? [[name, clean(value)]] : [];
      }),
    );
  });
}

function textOf(body: Record<string, unknown> | null, name: string): string | null {
  const value = body?.[name];
  return typeof value === 'string' && value !== '' ? clean(value) : null;
}

function clean(text: string): string {
  return redact(text)
    .replace(/[.\s]+$/, '')
    .slice(0, textCharsMax);
}

function parseObject(text: string): Record<string, unknown> | null {
  try {
    const value: unknown = JSON.parse(text);
    return isObject(value) ? value : null;
  } catch {
    return null;
  }
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
