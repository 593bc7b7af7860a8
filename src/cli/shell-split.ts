import {InventivError} from '../core/errors.ts';

/**
 * Splits a command as a POSIX shell would, quotes and backslashes included, and expands nothing: no variables, no globs,
 * no operators. An operator outside quotes is refused, for it would be passed on as an argument.
 */
export function splitCommand(text: string, flag: string): string[] {
  const words: string[] = [];
  let word: string | null = null;
  let quote: '"' | "'" | null = null;
  for (let index = 0; index < text.length; index++) {
    const character = text.charAt(index);
    if (quote === "'") {
      if (character === "'") quote = null;
      else word += character;
    } else if (quote === '"') {
      const next = text.charAt(index + 1);
      if (character === '"') quote = null;
      else if (character === '\\' && escapedInDoubleQuotes.includes(next)) {
        word += next;
        index++;
      } else word += character;
    } else if (character === '"' || character === "'") {
      quote = character;
      word ??= '';
    } else if (character === '\\') {
      index++;
      word = (word ?? '') + text.charAt(index);
    } else if (/\s/.test(character)) {
      if (word !== null) words.push(word);
      word = null;
    } else if (operators.includes(character)) {
      throw refuse(flag, `"${character}" is not supported outside quotes`);
    } else {
      word = (word ?? '') + character;
    }
  }

  if (quote !== null) throw refuse(flag, `a ${quote === '"' ? 'double' : 'single'} quote is not closed`);
  if (word !== null) words.push(word);
  if (words.length === 0) throw refuse(flag, 'it is empty');
  return words;
}

const escapedInDoubleQuotes = ['"', '\\', '$', '`'];
const operators = ['|', '&', ';', '<', '>', '`', '$', '(', ')'];

function refuse(flag: string, reason: string): InventivError {
  return new InventivError('invalid_input', `${flag}: expected one command with its arguments, but ${reason}.`, {
    hint: `For example ${flag} "python3 server.py --model 'my model'". Put anything longer into a script.`,
    param: flag,
  });
}
