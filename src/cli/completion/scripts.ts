import {type CompletionVerb, nextWords, topicWords} from './words.ts';

export const shells = ['bash', 'zsh', 'fish'] as const;
export type Shell = (typeof shells)[number];

/** A script that needs nothing at completion time: everything it offers is written into it. */
export function completionScript(shell: Shell, verbs: readonly CompletionVerb[]): string {
  switch (shell) {
    case 'bash':
      return bashScript(verbs);
    case 'zsh':
      return zshScript(verbs);
    case 'fish':
      return fishScript(verbs);
  }
}

function bashScript(verbs: readonly CompletionVerb[]): string {
  const cases = [
    ...verbs.flatMap(verb =>
      verb.flags
        .filter(flag => flag.options.length > 0)
        .map(
          flag =>
            `    "${verb.words} --${flag.name}") COMPREPLY=($(compgen -W "${flag.options.join(' ')}" -- "$word")); return ;;`,
        ),
    ),
  ];
  return `# inventiv completion for bash. Load it:  source <(inventiv completion bash)
_inventiv() {
  local word="\${COMP_WORDS[COMP_CWORD]}" before="\${COMP_WORDS[COMP_CWORD-1]}" verb="\${COMP_WORDS[1]}"
  case " ${topicWords(verbs).join(' ')} " in *" $verb "*) [ "$COMP_CWORD" -gt 2 ] && verb="$verb \${COMP_WORDS[2]}" ;; esac
  [ "$COMP_CWORD" -eq 1 ] && verb=""
  case "$verb $before" in
${cases.join('\n')}
  esac
  case "$verb" in
    "") COMPREPLY=($(compgen -W "${nextWords(verbs, '')
      .map(next => next.word)
      .join(' ')}" -- "$word")) ;;
${topicWords(verbs)
  .map(
    topic =>
      `    "${topic}") COMPREPLY=($(compgen -W "${nextWords(verbs, topic)
        .map(next => next.word)
        .join(' ')}" -- "$word")) ;;`,
  )
  .join('\n')}
${verbs.map(verb => `    "${verb.words}") COMPREPLY=($(compgen -W "${verb.flags.map(flag => `--${flag.name}`).join(' ')}" -- "$word")) ;;`).join('\n')}
  esac
}
complete -o default -F _inventiv inventiv
`;
}

function zshScript(verbs: readonly CompletionVerb[]): string {
  const describe = (words: readonly {word: string; summary: string}[]) =>
    words.map(({word, summary}) => `'${word}:${summary}'`).join(' ');
  return `#compdef inventiv
# inventiv completion for zsh. Load it:  source <(inventiv completion zsh)
_inventiv() {
  local -a offered
  local verb="\${words[2]}"
  case "$verb" in ${topicWords(verbs).join('|')}) (( CURRENT > 3 )) && verb="$verb \${words[3]}" ;; esac
  if (( CURRENT == 2 )); then
    offered=(${describe(nextWords(verbs, ''))})
    _describe 'verb' offered
    return
  fi
  case "$verb" in
${topicWords(verbs)
  .map(topic => `    '${topic}') offered=(${describe(nextWords(verbs, topic))}); _describe 'verb' offered ;;`)
  .join('\n')}
${verbs.map(verb => `    '${verb.words}') _arguments -S '*: :_default' ${verb.flags.map(zshFlag).join(' ')} ;;`).join('\n')}
  esac
}
compdef _inventiv inventiv
`;
}

function zshFlag(flag: CompletionVerb['flags'][number]): string {
  const value = flag.takesValue
    ? flag.options.length > 0
      ? `:value:(${flag.options.join(' ')})`
      : ':value:_default'
    : '';
  return `'--${flag.name}[${flag.summary}]${value}'`;
}

function fishScript(verbs: readonly CompletionVerb[]): string {
  const lines = [
    '# inventiv completion for fish. Load it:  inventiv completion fish | source',
    'complete -c inventiv -f',
    ...nextWords(verbs, '').map(
      ({word, summary}) => `complete -c inventiv -n __fish_use_subcommand -a ${word} -d '${summary}'`,
    ),
  ];
  for (const topic of topicWords(verbs)) {
    const next = nextWords(verbs, topic);
    const words = next.map(({word}) => word).join(' ');
    for (const {word, summary} of next) {
      lines.push(
        `complete -c inventiv -n '__fish_seen_subcommand_from ${topic}; and not __fish_seen_subcommand_from ${words}' -a ${word} -d '${summary}'`,
      );
    }
  }

  for (const verb of verbs) {
    const seen = verb.words
      .split(' ')
      .map(word => `__fish_seen_subcommand_from ${word}`)
      .join('; and ');
    for (const flag of verb.flags) {
      const value = flag.takesValue ? (flag.options.length > 0 ? ` -x -a '${flag.options.join(' ')}'` : ' -r') : '';
      lines.push(`complete -c inventiv -n '${seen}' -l ${flag.name}${value} -d '${flag.summary}'`);
    }
  }

  return `${lines.join('\n')}\n`;
}
