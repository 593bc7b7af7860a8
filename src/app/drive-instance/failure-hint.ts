import {adviceFor} from '../../core/diagnosis/catalogue.ts';
import type {InventivError} from '../../core/errors.ts';

/** What to do about a failed instance: the error's own hint, else what its cause is known to need. Never nothing. */
export function failureHint(error: InventivError, instanceName: string): string {
  return (
    error.hint ??
    adviceFor(error.detailCode ?? '') ??
    hintByCode(error) ??
    `Read what happened with "inventiv logs ${instanceName}".`
  );
}

function hintByCode({code}: InventivError): string | null {
  switch (code) {
    case 'quota_exceeded':
      return 'Terminate something ("inventiv ps"), or have the quota raised at the provider.';
    case 'no_capacity':
      return 'Allow more with --zone, --type or --fallback any, or wait for room: --wait-capacity 30m.';
    case 'provider_auth':
      return 'Check the credentials of the provider and what they may do: inventiv doctor';
    case 'provider_unavailable':
      return 'The provider did not answer as it should. Try again: inventiv up';
    default:
      return null;
  }
}
