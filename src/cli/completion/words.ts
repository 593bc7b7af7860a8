/** What the shells complete: every verb with its flags, and the values of flags that have a fixed set. */
export interface CompletionVerb {
  /** `instances list`. */
  readonly words: string;
  readonly summary: string;
  readonly flags: readonly CompletionFlag[];
}

export interface CompletionFlag {
  readonly name: string;
  readonly summary: string;
  readonly takesValue: boolean;
  readonly options: readonly string[];
}

/** The parts of the command framework's manifest that completion reads. */
export interface ManifestCommand {
  readonly id: string;
  readonly hidden?: boolean | undefined;
  readonly summary?: string | undefined;
  readonly flags: Readonly<
    Record<
      string,
      {
        readonly name: string;
        readonly type: string;
        readonly description?: string | undefined;
        readonly options?: readonly string[] | undefined;
        readonly hidden?: boolean | undefined;
      }
    >
  >;
}

export function completionVerbs(commands: readonly ManifestCommand[]): CompletionVerb[] {
  return commands
    .filter(command => command.hidden !== true)
    .map(command => ({
      words: command.id.replaceAll(':', ' '),
      summary: oneLine(command.summary),
      flags: Object.values(command.flags)
        .filter(flag => flag.hidden !== true)
        .map(flag => ({
          name: flag.name,
          summary: oneLine(flag.description),
          takesValue: flag.type === 'option',
          options: flag.options ?? [],
        })),
    }))
    .sort((a, b) => (a.words < b.words ? -1 : 1));
}

/** What may come after `prefix`: the next word of every verb that begins so, each once with a summary. */
export function nextWords(verbs: readonly CompletionVerb[], prefix: string): {word: string; summary: string}[] {
  const seen = new Map<string, string>();
  for (const verb of verbs) {
    if (prefix !== '' && !verb.words.startsWith(`${prefix} `)) continue;
    const rest = prefix === '' ? verb.words : verb.words.slice(prefix.length + 1);
    const [word = '', more] = rest.split(' ');
    if (!seen.has(word)) seen.set(word, more === undefined ? verb.summary : `${word} ...`);
  }

  return [...seen].map(([word, summary]) => ({word, summary}));
}

/** Topics, such as `instances`: words that are followed by a verb. */
export function topicWords(verbs: readonly CompletionVerb[]): string[] {
  return [...new Set(verbs.filter(verb => verb.words.includes(' ')).map(verb => verb.words.split(' ')[0] ?? ''))];
}

function oneLine(text: string | undefined): string {
  return (text ?? '').split('\n', 1)[0]?.replace(/["'`$\\:[\]]/g, '') ?? '';
}
