/**
 * Seals what must be kept but never stored in clear. AES-256-GCM under the installation's key; the context is bound in as
 * associated data, so a sealed value copied to another row does not open.
 */
export interface SecretBox {
  seal(plainText: string, context: string): string;
  /** Throws `invalid_config` when the key file is another one or the text was altered. */
  open(sealed: string, context: string): string;
}

/** One-way hashing of bearer secrets: keyed, so a stolen database does not allow guessing offline. */
export interface SecretHasher {
  hash(secret: string): string;
}
