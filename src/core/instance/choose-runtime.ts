import {InventivError} from '../errors.ts';
import type {ProviderName, VllmMode, WorkerRuntime} from './instance.ts';

export interface RuntimeWish {
  readonly provider: ProviderName;
  readonly runtime?: WorkerRuntime | undefined;
  readonly mode?: VllmMode | undefined;
  readonly engineCommand?: readonly string[] | undefined;
  readonly image?: string | undefined;
}

/**
 * How the engine is run: in containers, unless the machine brings its own (a command was named, or it is simulated).
 * Throws `invalid_input` for wishes that exclude each other.
 */
export function chooseRuntime({provider, runtime, mode, engineCommand, image}: RuntimeWish): WorkerRuntime {
  const isSimulated = provider === 'mock';
  const chosen = runtime ?? (isSimulated || engineCommand !== undefined ? 'native' : 'docker');
  if (isSimulated && chosen === 'docker')
    throw refusal('--runtime', 'The mock has no Docker: its engine is a process.', 'Leave --runtime out.');
  if (chosen === 'docker' && engineCommand !== undefined)
    throw refusal('--engine-command', 'A command takes the place of the container.', 'Give it with --runtime native.');
  if (isSimulated || chosen === 'docker') return chosen;
  if (image !== undefined)
    throw refusal('--image', 'With --runtime native nothing runs in a container.', 'Leave --image out.');
  if (mode === 'multi')
    throw refusal('--mode', 'One engine per GPU needs containers.', 'Use --runtime docker, or --mode mono.');
  return chosen;
}

function refusal(param: string, text: string, hint: string): InventivError {
  return new InventivError('invalid_input', text, {hint, param});
}
