/** An address in a request that an engine would fetch, and where it stands. */
export interface MediaUrl {
  readonly param: string;
  readonly url: string;
}

/** Members that hold such an address, as a string or as an object with `url` (OpenAI's shapes, Responses', Messages'). */
const mediaMembers: ReadonlySet<string> = new Set([
  'image_url',
  'audio_url',
  'video_url',
  'file_url',
  'input_audio_url',
]);
const depthMax = 64;

/** All addresses of media in a parsed body, wherever they are nested. */
export function mediaUrls(body: unknown): readonly MediaUrl[] {
  const found: MediaUrl[] = [];
  walk(body, '', 0, found);
  return found;
}

function walk(value: unknown, path: string, depth: number, found: MediaUrl[]): void {
  if (typeof value !== 'object' || value === null || depth > depthMax) return;
  const isUrlSource = !Array.isArray(value) && 'type' in value && value.type === 'url';
  for (const [name, inner] of Object.entries(value)) {
    const param = path === '' ? name : `${path}.${name}`;
    const isMedia = mediaMembers.has(name) || (isUrlSource && name === 'url');
    if (isMedia && typeof inner === 'string') found.push({param, url: inner});
    else if (isMedia && isUrlHolder(inner)) found.push({param: `${param}.url`, url: inner.url});
    else walk(inner, param, depth + 1, found);
  }
}

function isUrlHolder(value: unknown): value is {url: string} {
  return typeof value === 'object' && value !== null && 'url' in value && typeof value.url === 'string';
}

/**
 * Whether a worker may fetch this: inline data, or http(s) to a host that is not, by its name or address, inside a private
 * network. A public name that leads to a private address is not seen here: docs/openai-api.md says what helps.
 */
export function isPublicUrl(text: string): boolean {
  if (/^data:/i.test(text)) return true;
  const url = parseOrNull(text);
  if (url === null || (url.protocol !== 'http:' && url.protocol !== 'https:')) return false;
  if (url.username !== '' || url.password !== '') return false;
  const host = url.hostname.replace(/\.$/, '').toLowerCase();
  if (host.startsWith('[')) return isPublicIpv6(host.slice(1, -1));
  return /^\d+(?:\.\d+){3}$/.test(host) ? isPublicIpv4(host.split('.').map(Number)) : isPublicName(host);
}

/** The parser turns every spelling of an IPv4 address (decimal, octal, hexadecimal, short) into four numbers. */
function parseOrNull(text: string): URL | null {
  try {
    return new URL(text);
  } catch {
    return null;
  }
}

const privateSuffixes = ['localhost', 'local', 'internal', 'intranet', 'lan', 'home', 'corp', 'home.arpa'];

function isPublicName(host: string): boolean {
  return host.includes('.') && !privateSuffixes.some(suffix => host.endsWith(`.${suffix}`));
}

/** https://www.iana.org/assignments/iana-ipv4-special-registry */
function isPublicIpv4([a = 0, b = 0, c = 0]: readonly number[]): boolean {
  if (a === 0 || a === 10 || a === 127 || a >= 224) return false;
  if (a === 100) return b < 64 || b > 127;
  if (a === 169) return b !== 254;
  if (a === 172) return b < 16 || b > 31;
  if (a === 192) return b !== 168 && !(b === 0 && (c === 0 || c === 2)) && !(b === 88 && c === 99);
  if (a === 198) return b !== 18 && b !== 19 && !(b === 51 && c === 100);
  return !(a === 203 && b === 0 && c === 113);
}

/** Only global unicast (2000::/3), without the ranges that carry an IPv4 address or are for documentation. */
function isPublicIpv6(host: string): boolean {
  const groups = ipv6Groups(host);
  const [first = 0, second = 0] = groups;
  if (first < 0x2000 || first > 0x3fff) return false;
  if (first === 0x2001 && (second === 0 || second === 0x0db8)) return false;
  return first !== 0x2002;
}

function ipv6Groups(host: string): number[] {
  const [head = '', tail] = host.split('::');
  const parse = (part: string): number[] =>
    part === '' ? [] : part.split(':').map(group => Number.parseInt(group, 16));
  const left = parse(head);
  if (tail === undefined) return left;
  const right = parse(tail);
  return [...left, ...new Array<number>(Math.max(0, 8 - left.length - right.length)).fill(0), ...right];
}
