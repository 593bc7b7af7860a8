import {shellQuote, shellWords} from '../shell-quote.ts';
import {paths} from './layout.ts';
import type {MachineBootstrapRequest} from './request.ts';

/** Fetches the model into the cache that the engine will read: resumable, each file checked, nothing fetched twice. */
export function weightsScript({engineArgs, hubUrl, hubToken}: MachineBootstrapRequest): string {
  const [model = ''] = engineArgs;
  const argv = [
    ...['python3', paths.fetchWeights, '--model', model, '--hub', hubUrl, '--record', 'run/weights.json'],
    ...['--revision', argumentOf(engineArgs, '--revision') ?? 'main'],
    ...(hubToken === null ? [] : ['--token-file', paths.hubToken]),
  ];
  return `
echo "::phase::weights"
cd "$INVENTIV_ROOT" || exit 40
. ./${paths.places}
exec 8>run/weights.lock
if command -v flock >/dev/null 2>&1; then flock -w 600 8 || { echo "::fail::BOOTSTRAP_LOCKED another bootstrap fetches the weights."; exit 45; }; fi
${isLocal(model) ? `[ -d ${shellQuote(model)} ] || { echo "::fail::HF_NOT_FOUND the directory of the model is not on this machine."; exit 40; }` : `${shellWords(argv)} --cache "$cache_dir/huggingface" 8>&-`}
`;
}

/** The value of a flag in an argument list. */
export function argumentOf(args: readonly string[], flag: string): string | null {
  const at = args.indexOf(flag);
  return at < 0 ? null : (args[at + 1] ?? null);
}

function isLocal(model: string): boolean {
  return model.startsWith('/');
}
