import {type ErrorCode, type ErrorDetails, InventivError} from '../../../core/errors.ts';

/** What an error answer of the API says about itself; every field may be missing. */
export interface ApiAnswer {
  readonly status: number;
  /** `not_found`, `quotas_exceeded`, ...; null when the body names none. */
  readonly type: string | null;
  /** What a "not found" is about: tells whether the right API answered. */
  readonly resource: string | null;
  readonly precondition: string | null;
}

/** One entry of the `details` of an error body: `argument_name`, `help_message`, `action`, `resource`, `quota`, ... */
export type AnswerDetails = Readonly<Record<string, string | number | undefined>>;

/** An answer that refuses, as a catalogued error that still knows the answer. Branch on `answer`, never on the text. */
export class ScalewayRefusal extends InventivError {
  readonly answer: ApiAnswer;

  constructor(code: ErrorCode, message: string, answer: ApiAnswer, details: ErrorDetails = {}) {
    super(code, message, details);
    this.answer = answer;
  }
}

/** How each API names the things that inventiv makes, in the `resource` of a 404. */
export type OwnedResource =
  | 'instance_server'
  | 'instance_volume'
  | 'instance_ip'
  | 'instance_security_group'
  | 'instance_image'
  | 'instance_snapshot'
  | 'volume'
  | 'snapshot';

/**
 * Whether the API that owns the thing says it does not exist. A 404 about something else, or from something that is not
 * the API (a proxy, a wrong address), is no such answer. `unknown_resource` is what the Instance API said until 2023.
 */
export function isGone(error: unknown, resource: OwnedResource): boolean {
  if (!(error instanceof ScalewayRefusal)) return false;
  const {status, type, resource: about} = error.answer;
  if (status === 404 && type === 'unknown_resource') return resource.startsWith('instance_');
  return about === resource && ((status === 404 && type === 'not_found') || (status === 410 && type === 'expired'));
}

/** The value, or null when the API that owns it says that it does not exist. */
export async function orNull<Value>(reading: Promise<Value>, resource: OwnedResource): Promise<Value | null> {
  try {
    return await reading;
  } catch (error) {
    if (isGone(error, resource)) return null;
    throw error;
  }
}

/** Refused because something else needs it: a snapshot that an image is made of. */
export function isProtected(error: unknown): boolean {
  return error instanceof ScalewayRefusal && error.answer.precondition === 'protected_resource';
}

/** Refused for the state the thing is in; what lasts (protection) is told apart. */
export function isWrongState(error: unknown): boolean {
  if (!(error instanceof ScalewayRefusal)) return false;
  const {type, precondition} = error.answer;
  return type === 'transient_state' || (type === 'precondition_failed' && precondition !== 'protected_resource');
}

/** No answer that can be relied on: what was asked may or may not have been done. */
export function isUncertain(error: unknown): boolean {
  if (!(error instanceof InventivError) || error.code !== 'provider_unavailable') return false;
  return !(error instanceof ScalewayRefusal) || error.answer.status >= 500;
}

/** What to do about anything that may pass by itself. */
export const tryAgainHint =
  'Try the same again in a moment. If it stays so: the network, SCW_API_URL, status.scaleway.com.';

/** No answer, or one that cannot be read. */
export function unavailable(message: string, detailCode: string, cause?: unknown): InventivError {
  return new InventivError('provider_unavailable', message, {
    hint: tryAgainHint,
    detailCode,
    retryable: true,
    ...(cause === undefined ? {} : {cause}),
  });
}
