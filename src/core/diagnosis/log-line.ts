/** A line of a log as it is matched and shown. */
export interface LogText {
  readonly text: string;
  /** Calm lines (INFO, DEBUG) never name a cause; warnings only when nothing else does. */
  readonly level: 'calm' | 'warning' | 'plain';
}

/** Of a longer line the head and the tail are looked at, so that a line of megabytes costs as much as a short one. */
const lineHeadChars = 8_192;
const lineTailChars = 8_192;

/** Without what collectors put around a line: Docker's JSON, timestamps, names of containers and units, colours, junk. */
export function readLogLine(raw: string): LogText {
  const text = withoutCollectorPrefix(printable(withoutDockerJson(bounded(raw)))).trimEnd();
  return {text, level: levelOf(text)};
}

function bounded(line: string): string {
  return line.length <= lineHeadChars + lineTailChars
    ? line
    : `${line.slice(0, lineHeadChars)} ... ${line.slice(-lineTailChars)}`;
}

/** Docker's json-file driver: `{"log":"text\n","stream":"stderr","time":"..."}`. */
function withoutDockerJson(line: string): string {
  if (!line.startsWith('{"log":')) return line;
  try {
    const value: unknown = JSON.parse(line);
    return typeof value === 'object' && value !== null && 'log' in value && typeof value.log === 'string'
      ? value.log
      : line;
  } catch {
    return line;
  }
}

const escapeCharacter = String.fromCharCode(27);
/** Colours and cursor movements of terminals; then every control character, which a terminal would obey. */
const terminalCodes = new RegExp(`${escapeCharacter}\\[[0-9;?]{0,16}[ -/]{0,2}[@-~]`, 'g');

function printable(line: string): string {
  const plain = line.includes(escapeCharacter) ? line.replaceAll(terminalCodes, '') : line;
  return plain.replaceAll(/[\p{Cc}\p{Cf}]/gu, character => (character === '\t' ? ' ' : ''));
}

const collectorPrefixes: readonly RegExp[] = [
  // docker compose: `engine-1  | `
  /^[a-z0-9][\w.-]{0,60}\s{1,20}\| /,
  // journald and syslog: `Sep 12 10:00:01 host unit[123]: `
  /^[A-Z][a-z]{2} [ \d]\d \d\d:\d\d:\d\d \S{1,80} [\w@.-]{1,80}(?:\[\d{1,8}\])?: /,
  // docker logs -t, kubectl: `2026-09-12T10:00:01.123456789Z `
  /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{1,9})?(?:Z|[+-]\d\d:?\d\d) /,
];

function withoutCollectorPrefix(line: string): string {
  return collectorPrefixes.reduce((text, prefix) => text.replace(prefix, ''), line);
}

function levelOf(text: string): LogText['level'] {
  const level = /^(?:\([^)]{1,60}\) )?(INFO|DEBUG|WARNING)\b/.exec(text)?.[1];
  if (level === 'WARNING') return 'warning';
  return level !== undefined || /\] NCCL INFO /.test(text) ? 'calm' : 'plain';
}
