import {integer, option, string} from '@oclif/core/flags';
import {mockProfiles} from '../config/config-file.ts';
import {fallbackRules} from '../core/catalog/fallback-rule.ts';
import {durationFlag} from './flags.ts';
import {limitFlags} from './limit-flags.ts';

/** Flags of `up` and `plan` that describe what to start. */
export const requestFlags = {
  model: string({char: 'm', description: 'model: a name of "inventiv models list" or a Hugging Face id'}),
  provider: option({
    options: ['mock', 'scaleway', 'host'] as const,
    description: 'where to start it (default: config file, else mock)',
  })(),
  name: string({char: 'n', description: 'name of the instance (with --count: name-1, name-2, ...)'}),
  count: integer({char: 'c', min: 1, max: 64, description: 'how many of the same (default 1)'}),
  type: string({
    char: 't',
    multiple: true,
    multipleNonGreedy: true,
    delimiter: ',',
    description: 'instance type (default: the cheapest that fits); several in order of preference, commas between',
  }),
  zone: string({
    char: 'z',
    multiple: true,
    multipleNonGreedy: true,
    delimiter: ',',
    description: 'zone (default: the first with room); several in order of preference, commas between',
  }),
  fallback: option({
    options: fallbackRules,
    description: 'what may change when there is no room (default: the zone or type that was not given)',
  })(),
  'wait-capacity': durationFlag(
    'wait-capacity',
    'when nothing has room, how long to wait for it (default: not at all)',
  ),
  mode: option({
    options: ['mono', 'multi'] as const,
    description: 'several GPUs: one model over all of them, or one copy on each',
  })(),
  runtime: option({
    options: ['docker', 'native'] as const,
    description: "how vLLM runs: a container (default), or the machine's own command",
  })(),
  'max-model-len': integer({min: 16, description: "context in tokens (default: the model's own)"}),
  'disk-gb': integer({min: 20, description: 'disk in GB (default: computed from the weights)'}),
  image: string({description: 'container image of the engine'}),
  'allow-from': string({
    multiple: true,
    multipleNonGreedy: true,
    delimiter: ',',
    description: 'who may reach the machine: IPv4 ranges, this computer among them (default: everybody with the key)',
  }),
  'engine-command': string({
    description: 'native runtime: the command that takes the place of vLLM, quoted as for a shell',
  }),
  'on-failure': option({
    options: ['keep', 'terminate'] as const,
    description: 'a failed start: delete it (default), or keep it for a while to look at',
  })(),
  ...limitFlags,
};

/** Which machine of one's own. */
export const hostFlags = {
  ssh: string({
    description: 'a machine you have: user@host, user@host:port, or a name of "inventiv hosts list"',
    helpGroup: 'HOST',
    exclusive: ['type', 'zone'],
  }),
  fingerprint: string({
    description: 'a machine that is new here: trust its host key only if it is this one; asks nothing',
    helpGroup: 'HOST',
    dependsOn: ['ssh'],
  }),
};

/** How the mock provider behaves in this run. */
export const mockFlags = {
  'mock-profile': option({
    options: mockProfiles,
    description: 'mock provider: how fast and how reliable it is',
    helpGroup: 'MOCK',
  })(),
  'mock-scenario': string({
    description: 'mock provider: JSON file that scripts capacity, latency and faults',
    helpGroup: 'MOCK',
  }),
};
