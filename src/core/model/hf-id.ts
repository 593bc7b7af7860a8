const HF_ID_CHARS_MAX = 256;
const SHOWN_CHARS_MAX = 60;
/** Each part starts and ends with a letter, digit or underscore; dots and dashes inside. */
const HF_ID = /^([A-Za-z0-9_](?:[A-Za-z0-9_.-]*[A-Za-z0-9_])?)\/([A-Za-z0-9_](?:[A-Za-z0-9_.-]*[A-Za-z0-9_])?)$/;

export type HfIdCheck =
  | {ok: true; hfId: string; owner: string; name: string}
  | {ok: false; message: string; hint: string};

/**
 * Checks a Hugging Face repository id. As strict as the hub itself (no `--`, no `..`, no `.git` ending), because the id
 * becomes a URL, a folder name and a command argument.
 */
export function validateHfId(text: string): HfIdCheck {
  const hint = 'copy it from the model page on huggingface.co, for example Qwen/Qwen2.5-0.5B-Instruct';
  if (text.length > HF_ID_CHARS_MAX)
    return {ok: false, message: `a model id has at most ${HF_ID_CHARS_MAX} characters, got ${text.length}`, hint};
  const refuse = (expected: string): HfIdCheck => ({
    ok: false,
    message: `expected a Hugging Face model id as owner/name${expected}, got ${shown(text)}`,
    hint,
  });
  const match = HF_ID.exec(text);
  if (!match) return refuse(' with letters, digits, "-", "_" and "."');
  if (text.includes('--') || text.includes('..')) return refuse(' without "--" or ".."');
  if (text.endsWith('.git')) return refuse(' without the ".git" ending');
  const [, owner = '', name = ''] = match;
  return {ok: true, hfId: text, owner, name};
}

/** The short id a model gets when the user names none: the repository's name in lower case. */
export function modelIdFromHfId(hfId: string): string {
  return hfId.slice(hfId.lastIndexOf('/') + 1).toLowerCase();
}

/** JSON quoting keeps control characters out of the terminal. */
function shown(text: string): string {
  return text === ''
    ? 'nothing'
    : JSON.stringify(text.length > SHOWN_CHARS_MAX ? `${text.slice(0, SHOWN_CHARS_MAX)}...` : text);
}
