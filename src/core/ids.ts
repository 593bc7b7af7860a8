/**
 * Ids are `<prefix>_<26 lower-case Crockford base32 characters>`: 48 bits of time, then 80 random bits (the ULID
 * layout), so they sort by creation and never collide between processes. The generator is a port; this file is the format.
 */
export const idPrefixes = {
  organization: 'org',
  user: 'usr',
  session: 'ses',
  apiKey: 'key',
  instance: 'ins',
  resource: 'res',
  action: 'act',
  request: 'req',
  correlation: 'cor',
  model: 'mdl',
  audit: 'aud',
  credentials: 'crd',
  alert: 'alt',
  delivery: 'dlv',
  command: 'cmd',
  rateLimit: 'rlm',
  host: 'hst',
  hostClaim: 'hcl',
  price: 'prc',
  budget: 'bgt',
  correction: 'ucr',
} as const;

export type IdKind = keyof typeof idPrefixes;

const crockford = '0123456789abcdefghjkmnpqrstvwxyz';
const timeChars = 10;
const randomChars = 16;

/** Builds an id from a kind, a time and 16 random bytes (each byte gives one character). */
export function formatId(kind: IdKind, atMs: number, random: Uint8Array): string {
  let time = '';
  for (let left = atMs, index = 0; index < timeChars; index++) {
    time = crockford.charAt(left % 32) + time;
    left = Math.floor(left / 32);
  }

  let rest = '';
  for (let index = 0; index < randomChars; index++) rest += crockford.charAt((random[index] ?? 0) & 31);
  return `${idPrefixes[kind]}_${time}${rest}`;
}
