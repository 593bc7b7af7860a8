import {InventivError} from '../core/errors.ts';
import {nearNames} from '../core/near-names.ts';

export type Request =
  | {readonly kind: 'command'; readonly id: string; readonly argv: readonly string[]}
  /** `words` name a command, a topic, or nothing (the whole program). */
  | {readonly kind: 'help'; readonly words: readonly string[]}
  | {readonly kind: 'version'};

const verbCharsMax = 40;

/** What was asked for, from the words before the first flag. Ids have the form `instances:list`. */
export function findVerb(argv: readonly string[], ids: readonly string[]): Request {
  const [first = ''] = argv;
  if (first === '--version' || first === '-v') return {kind: 'version'};
  if (first === 'help') return {kind: 'help', words: knownWords(argv.slice(1), ids)};
  const beforeDashes = argv.includes('--') ? argv.slice(0, argv.indexOf('--')) : argv;
  if (argv.length === 0 || beforeDashes.includes('--help') || beforeDashes.includes('-h')) {
    return {kind: 'help', words: knownWords(leadingWords(argv), ids)};
  }

  if (first.startsWith('-')) {
    throw new InventivError('invalid_input', `expected a verb before the flag ${shortened(first)}`, {
      hint: `Write flags after the verb, for example: inventiv ps ${shortened(first)}`,
    });
  }

  const words = knownWords(leadingWords(argv), ids);
  const id = words.join(':');
  if (ids.includes(id)) return {kind: 'command', id, argv: argv.slice(words.length)};
  return {kind: 'help', words};
}

/** The words that name a command or a topic; throws on a first word (or a topic's second) that names nothing. */
function knownWords(words: readonly string[], ids: readonly string[]): string[] {
  for (let length = words.length; length > 0; length--) {
    const id = words.slice(0, length).join(':');
    if (ids.includes(id)) return words.slice(0, length);
    if (!isTopic(id, ids)) continue;
    if (length < words.length) throw unknownVerb(words.slice(0, length + 1), ids);
    return words.slice(0, length);
  }

  if (words.length > 0) throw unknownVerb(words.slice(0, 1), ids);
  return [];
}

function leadingWords(argv: readonly string[]): string[] {
  const end = argv.findIndex(word => word.startsWith('-'));
  return end === -1 ? [...argv] : argv.slice(0, end);
}

function isTopic(id: string, ids: readonly string[]): boolean {
  return ids.some(each => each.startsWith(`${id}:`));
}

function unknownVerb(words: readonly string[], ids: readonly string[]): InventivError {
  const typed = words.join(' ');
  const names = [
    ...new Set(
      ids.flatMap(id =>
        words.length === 1 ? [id.split(':')[0] ?? '', id.replaceAll(':', ' ')] : [id.replaceAll(':', ' ')],
      ),
    ),
  ];
  const near = nearNames(typed, names).map(name => `inventiv ${name}`);
  return new InventivError('invalid_input', `unknown verb "${shortened(typed)}"`, {
    hint:
      near.length > 0 ? `Did you mean: ${near.join(', ')}? See all: inventiv --help` : 'See all verbs: inventiv --help',
  });
}

function shortened(text: string): string {
  return text.length > verbCharsMax ? `${text.slice(0, verbCharsMax)}...` : text;
}
