import type {Failure} from '../failure.ts';

/** Causes that our own scripts and the driver name themselves (`::fail::CODE`), with no sign in a foreign log. */
export const installationFailures: readonly Failure[] = [
  {
    code: 'PYTHON_MISSING',
    cause: 'The machine has no Python.',
    advice: 'Install Python 3.10 or newer on the machine.',
  },
  {
    code: 'PYTHON_OLD',
    cause: 'The Python of the machine is too old for the agent.',
    advice: 'Install Python 3.10 or newer on the machine.',
  },
  {
    code: 'ENGINE_MISSING',
    cause: 'The engine command is not there.',
    advice: 'Give the path of the engine with --engine-command.',
  },
  {
    code: 'AGENT_CHECKSUM',
    cause: 'The agent arrived altered.',
    advice: 'The upload was altered on its way. Try again.',
  },
  {
    code: 'BOOTSTRAP_LOCKED',
    cause: 'Another installation runs on this machine.',
    advice: 'Wait until it has ended, then try again: inventiv reinstall NAME',
  },
  {
    code: 'CONTEXT_TOO_SMALL',
    cause: 'The worker serves less context than was asked for.',
    advice: 'Ask for less with --max-model-len, or take a larger type.',
  },
  {
    code: 'STARTUP_TIMEOUT',
    cause: 'The worker was not ready in time, and nothing moved any more.',
    advice: 'Look at its log with "inventiv logs NAME --vllm"; --on-failure keep leaves the machine for diagnosis.',
  },
];
