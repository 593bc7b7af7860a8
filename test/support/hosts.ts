import type {Host, HostFacts} from '../../src/core/host/host.ts';

/** A host with one L4; what matters to a test is given. */
export function someHost({facts, ...host}: Omit<Partial<Host>, 'facts'> & {facts?: Partial<HostFacts>} = {}): Host {
  return {
    id: 'hst_0000000000aaaaaaaaaaaaaaaa',
    organizationId: 'org_0000000000aaaaaaaaaaaaaaaa',
    name: 'box',
    user: 'root',
    address: '203.0.113.7',
    port: 22,
    openaiPort: 8000,
    agentPort: 8080,
    facts: {
      os: 'Debian GNU/Linux 12 (bookworm)',
      cpus: 8,
      ramGib: 62.7,
      diskFreeGb: 214,
      gpus: [{name: 'NVIDIA L4', memoryMib: 23_034, computeCapability: 8.9}],
      driverVersion: '550.54.15',
      gpuProblem: null,
      python: '3.11.2',
      hasDocker: true,
      hasSystemd: true,
      installedInstanceId: null,
      ...facts,
    },
    createdAtMs: 1000,
    checkedAtMs: 1000,
    ...host,
  };
}

/** What the look at a machine prints. */
export function lookLines({gpus = 1, installed = ''}: {gpus?: number; installed?: string} = {}): string[] {
  return [
    'os=Debian GNU/Linux 12 (bookworm)',
    'cpus=8',
    'ram_kib=65841152',
    'disk_free_kib=209715200',
    'python=3.11.2',
    ...(gpus === 0 ? ['gpu_problem=there is no nvidia-smi: no NVIDIA driver is installed'] : []),
    ...Array.from({length: gpus}, () => 'gpu=NVIDIA L4, 23034, 550.54.15, 8.9'),
    `installed=${installed}`,
    'end=1',
  ];
}
