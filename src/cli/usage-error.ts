import {InventivError} from '../core/errors.ts';
import {didYouMean} from '../core/near-names.ts';

const seeHelp = '\nSee more help with --help';

/** The command framework's parse errors in our words and with our code; null when the error is something else. */
export function asUsageError(error: unknown, verb: string): InventivError | null {
  if (!(error instanceof Error)) return null;
  const refused = refusedValue(error);
  if (refused !== null || !('parse' in error)) return refused;
  const help = `inventiv ${verb} --help`;
  const unknown = unknownFlags(error);
  if (unknown.length > 0) {
    const near = didYouMean(unknown[0]?.replace(/^-+/, '') ?? '', knownFlags(error))
      ?.replaceAll('"', '')
      .replace('did you mean ', 'did you mean --')
      .replaceAll(' or ', ' or --');
    return new InventivError(
      'invalid_input',
      `unknown flag ${unknown.map(shortened).join(', ')} for "inventiv ${verb}"`,
      {
        hint: near === undefined ? `See the flags: ${help}` : `${near} See all: ${help}`,
        cause: error,
      },
    );
  }

  return new InventivError('invalid_input', firstLower(error.message.replace(seeHelp, '').trim()), {
    hint: `See ${help}`,
    cause: error,
  });
}

/** The refusal of a flag's value, ours or the framework's, which wraps words around the message of both. */
function refusedValue(error: Error): InventivError | null {
  const match = /^Parsing (--\S+) \n\t([\s\S]*?)(?:\nSee more help with --help)?$/.exec(error.message);
  const [, flag = '', reason] = match ?? [];
  if (reason === undefined) return null;
  if (!(error instanceof InventivError))
    return new InventivError('invalid_input', `${flag}: ${firstLower(reason)}`, {param: flag, cause: error});
  return new InventivError(error.code, reason, {
    ...(error.hint === undefined ? {} : {hint: error.hint}),
    ...(error.param === undefined ? {} : {param: error.param}),
    cause: error.cause,
  });
}

function unknownFlags(error: object): string[] {
  return 'flags' in error && Array.isArray(error.flags) ? error.flags.filter(flag => typeof flag === 'string') : [];
}

function knownFlags(error: object): string[] {
  const parse = 'parse' in error ? error.parse : undefined;
  const input = isRecord(parse) ? parse.input : undefined;
  return isRecord(input) && isRecord(input.flags) ? Object.keys(input.flags) : [];
}

function shortened(flag: string): string {
  return flag.length > 60 ? `${flag.slice(0, 60)}...` : flag;
}

function firstLower(text: string): string {
  return text.charAt(0).toLowerCase() + text.slice(1);
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null;
}
