import {asInventivError, type ErrorCode, errorCatalogue, InventivError} from '../core/errors.ts';

const issuesShownMax = 5;

/**
 * Whatever a call of the API threw, as an error of the catalogue. In-process calls throw ours as they are; input that
 * does not fit the contract comes as BAD_REQUEST with the issues, and a remote error carries code and hint in its data.
 */
export function toCliError(thrown: unknown): InventivError {
  if (thrown instanceof InventivError) return thrown;
  if (!(thrown instanceof Error)) return asInventivError(thrown);
  const data = 'data' in thrown ? thrown.data : undefined;
  const issues = issuesOf(data);
  if (issues.length > 0) {
    return new InventivError('invalid_input', issues.slice(0, issuesShownMax).join('\n'), {cause: thrown});
  }

  const known = catalogued(data);
  return known === null
    ? systemError(thrown)
    : new InventivError(known.code, thrown.message, {hint: known.hint, cause: thrown});
}

function issuesOf(data: unknown): string[] {
  if (!isRecord(data) || !Array.isArray(data.issues)) return [];
  return data.issues.filter(isRecord).map(issue => {
    const path = Array.isArray(issue.path) ? issue.path.map(String).join('.') : '';
    const message = typeof issue.message === 'string' ? issue.message : 'is not valid';
    return path === '' ? message : `${path}: ${message}`;
  });
}

function catalogued(data: unknown): {code: ErrorCode; hint: string | undefined} | null {
  if (!isRecord(data) || typeof data.code !== 'string' || !isErrorCode(data.code)) return null;
  return {code: data.code, hint: typeof data.hint === 'string' ? data.hint : undefined};
}

/** Faults of the machine that deserve better than "unexpected". */
function systemError(error: Error): InventivError {
  const code = 'code' in error && typeof error.code === 'string' ? error.code : '';
  if (code === 'ENOSPC' || code === 'EDQUOT') {
    return new InventivError('store_unwritable', `No space is left on the disk: ${error.message}`, {
      hint: 'Free some space, or point INVENTIV_STATE_DIR at another disk. Then run the same command again.',
      cause: error,
    });
  }

  if (code === 'EACCES' || code === 'EPERM' || code === 'EROFS') {
    return new InventivError('store_unwritable', `Not permitted: ${error.message}`, {
      hint: 'See what is wrong: inventiv doctor',
      cause: error,
    });
  }

  return asInventivError(error);
}

export function isErrorCode(text: string): text is ErrorCode {
  return Object.hasOwn(errorCatalogue, text);
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null;
}
