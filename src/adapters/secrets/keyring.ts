import {InventivError} from '../../core/errors.ts';

/** Secrets of this user at the operating system. Nothing falls back to another place: what cannot be done is an error. */
export interface Keyring {
  /** Null when the keyring answers that it has none. */
  read(account: string): Promise<string | null>;
  write(account: string, secret: string): Promise<void>;
  remove(account: string): Promise<void>;
}

export const keyringService = 'inventiv';
/** A keyring may ask its user to unlock it; one that nobody answers must not hold a program for ever. */
const answerTimeoutMs = 20_000;

/**
 * The keyring of the system: Secret Service on Linux, the login keychain on macOS, the Credential Manager on Windows. On
 * Linux the store is named, because without D-Bus the library would write to the kernel's, which forgets at the next boot.
 */
export function systemKeyring(): Keyring {
  const entry = async (account: string) => {
    const {AsyncEntry} = await import('@napi-rs/keyring');
    return new AsyncEntry(keyringService, account, {linux: {store: 'secret-service'}});
  };
  return {
    read: account => told('read', async () => (await entry(account)).getPassword(AbortSignal.timeout(answerTimeoutMs))),

    write: (account, secret) =>
      told('written', async () => {
        const written = await entry(account);
        await written.setPassword(secret, AbortSignal.timeout(answerTimeoutMs));
        // Believed only when it comes back.
        if ((await written.getPassword(AbortSignal.timeout(answerTimeoutMs))) !== secret) {
          throw new Error('it did not keep what was written');
        }
      }),

    remove: account =>
      told('changed', async () => {
        await (await entry(account)).deleteCredential(AbortSignal.timeout(answerTimeoutMs));
      }),
  };
}

/** The library's words name the cause (locked, no session bus) and never the secret. */
async function told<Answer>(verb: string, act: () => Promise<Answer>): Promise<Answer> {
  try {
    return await act();
  } catch (error) {
    const why = error instanceof Error ? error.message.split('\n')[0] : String(error);
    throw new InventivError('invalid_config', `The system keyring could not be ${verb}: ${why}`, {
      hint: 'It has to run and be unlocked in this session (on Linux: D-Bus with a Secret Service). On a server use INVENTIV_SECRET_KEY_FILE, or the key file.',
      detailCode: 'keyring_unavailable',
      cause: error,
    });
  }
}
