import {InventivError} from '../../core/errors.ts';
import {printableLine} from '../../ui/text.ts';
import type {HostLookView} from '../api-client.ts';

export interface TrustOptions {
  /** `--fingerprint`: what the key has to be; nobody is asked then. */
  readonly fingerprint: string | undefined;
  readonly yes: boolean;
  readonly note: (text: string) => void;
  confirm(question: string, yes: boolean): Promise<boolean>;
}

/**
 * Whether the key that a machine shows is to be trusted from now on: compared with the fingerprint that was given, else
 * shown and asked about. Throws `conflict` when it is not the one that was given.
 */
export async function trustKey(look: HostLookView, options: TrustOptions): Promise<boolean> {
  const where = `${look.address}:${look.port}`;
  const shown = printableLine(look.key.fingerprint);
  if (options.fingerprint !== undefined) {
    if (isSame(look.key.fingerprint, options.fingerprint)) return true;
    throw new InventivError(
      'conflict',
      `The host key of ${where} is not the one that was given: expected ${options.fingerprint}, got ${shown}. Nothing was sent to it.`,
      {
        hint: `Compare with what the machine itself says: ssh-keygen -lf /etc/ssh/ssh_host_${look.key.type.replace(/^ssh-/, '')}_key.pub`,
        detailCode: 'ssh_host_key_changed',
        param: '--fingerprint',
      },
    );
  }

  const before = look.pinnedFingerprint === null ? [] : [`Until now it was  ${printableLine(look.pinnedFingerprint)}`];
  options.note([`The machine at ${where} shows this host key:`, `  ${shown}`, ...before].join('\n'));
  return options.confirm('Trust it from now on?', options.yes);
}

/** With or without the key's type in front, and with or without `SHA256:`. */
function isSame(shown: string, given: string): boolean {
  const hash = (text: string) =>
    text
      .trim()
      .split(/\s+/)
      .at(-1)
      ?.replace(/^SHA256:/i, '')
      .replace(/=+$/, '') ?? '';
  return hash(given) !== '' && hash(shown) === hash(given);
}
