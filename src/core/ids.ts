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
  host: 'hst',
  hostClaim: 'hcl',
} as const;

export type IdKind = keyof typeof idPrefixes;

const crockford = '0123456789abcdefghjkmnpqrstvwxyz';
const timeChars = 10;

/** Builds an id from a kind, a time and 16 random bytes (each byte gives one character). */
export function formatId(kind: IdKind, atMs: number, random: Uint8Array): string {
  let time = '';
  for (let rest = atMs, index = 0; index < timeChars; index++) {
    time = crockford.charAt(rest % 32) + time;
    rest = Math.floor(rest / 32);
  }

  return `${idPrefixes[kind]}_${time}${Array.from(random.subarray(0, 16), byte => crockford.charAt(byte & 31)).join('')}`;
}
