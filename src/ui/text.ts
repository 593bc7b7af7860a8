// biome-ignore lint/suspicious/noControlCharactersInRegex: escape sequences begin with one.
const ansiSequence = /\u001b\[[0-9;]*m/g;
/** Control characters that could move the cursor, ring, or start an escape sequence; tab and newline are handled apart. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: removing control characters is the point.
const controlCharacters = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u200e\u200f\u202a-\u202e\u2066-\u2069]/g;
const combining = /\p{Mark}|\u200b|\u200d|\ufe0f/u;
const wide =
  /[\u1100-\u115f\u2e80-\u303e\u3041-\u33ff\u3400-\u4dbf\u4e00-\u9fff\ua000-\ua4cf\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff00-\uff60\uffe0-\uffe6]|\p{Emoji_Presentation}/u;

/** Text from elsewhere (logs, engine output, error messages), made harmless for a terminal. */
export function printable(text: string): string {
  return text.replace(/\r\n?/g, '\n').replace(controlCharacters, '').replaceAll('\t', '  ');
}

/** The same on one line. */
export function printableLine(text: string): string {
  return printable(text)
    .replace(/\s*\n\s*/g, ' ')
    .trimEnd();
}

export function stripStyle(text: string): string {
  return text.replace(ansiSequence, '');
}

/** Columns the text takes in a terminal. */
export function textWidth(text: string): number {
  let width = 0;
  for (const character of stripStyle(text)) {
    width += characterWidth(character);
  }

  return width;
}

/** Cuts unstyled text to a number of columns, marking the cut. */
export function truncateEnd(text: string, columns: number, ellipsis = '…'): string {
  if (textWidth(text) <= columns) return text;
  return `${takeColumns([...text], columns - ellipsis.length)}${columns >= ellipsis.length ? ellipsis : ''}`;
}

/** Keeps both ends: what differs between ids and file names is often at the end. */
export function truncateMiddle(text: string, columns: number, ellipsis = '…'): string {
  if (textWidth(text) <= columns) return text;
  if (columns <= ellipsis.length + 1) return truncateEnd(text, columns, ellipsis);
  const tailColumns = Math.floor((columns - ellipsis.length) / 2);
  const head = takeColumns([...text], columns - ellipsis.length - tailColumns);
  const tail = [...takeColumns([...text].reverse(), tailColumns)].reverse().join('');
  return `${head}${ellipsis}${tail}`;
}

/** `Qwen/Qwen3-8B` as `Qwen3-8B` where it does not fit, then cut at its end. */
export function truncatePath(text: string, columns: number, ellipsis = '…'): string {
  if (textWidth(text) <= columns) return text;
  return truncateEnd(text.slice(text.lastIndexOf('/') + 1), columns, ellipsis);
}

export function padEnd(text: string, columns: number): string {
  return text + ' '.repeat(Math.max(0, columns - textWidth(text)));
}

export function padStart(text: string, columns: number): string {
  return ' '.repeat(Math.max(0, columns - textWidth(text))) + text;
}

/** Breaks unstyled prose at spaces; a word longer than the line stands alone, uncut, so that it can be copied. */
export function wrapWords(text: string, columns: number): string[] {
  const lines: string[] = [];
  for (const paragraph of text.split('\n')) {
    let line = '';
    for (const word of paragraph.split(' ')) {
      if (line !== '' && textWidth(line) + 1 + textWidth(word) > columns) {
        lines.push(line);
        line = word;
      } else {
        line = line === '' ? word : `${line} ${word}`;
      }
    }

    lines.push(line);
  }

  return lines;
}

export function indent(lines: readonly string[], by = '  '): string[] {
  return lines.map(line => (line === '' ? '' : `${by}${line}`));
}

/** `1 instance`, `3 instances`. */
export function plural(count: number, noun: string, nouns = `${noun}s`): string {
  return `${count} ${count === 1 ? noun : nouns}`;
}

function takeColumns(characters: readonly string[], columns: number): string {
  let taken = '';
  let width = 0;
  for (const character of characters) {
    width += characterWidth(character);
    if (width > columns) break;
    taken += character;
  }

  return taken;
}

function characterWidth(character: string): number {
  const code = character.codePointAt(0) ?? 0;
  if (code < 0x20 || (code >= 0x7f && code < 0xa0)) return 0;
  if (code < 0x300) return 1;
  if (combining.test(character)) return 0;
  return wide.test(character) ? 2 : 1;
}
