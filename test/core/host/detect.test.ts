import {describe, expect, it} from 'vitest';
import {gpuText, hostAsType} from '../../../src/core/host/as-type.ts';
import {parseHostFacts} from '../../../src/core/host/detect.ts';
import {someHost} from '../../support/hosts.ts';

const machine = [
  'os=Ubuntu 24.04.1 LTS',
  'cpus=16',
  'ram_kib=65841152',
  'disk_free_kib=209715200',
  'python=3.12.3',
  'docker=1',
  'systemd=1',
  'installed=',
];

describe('what a look at a machine tells', () => {
  it('is read line by line', () => {
    expect(parseHostFacts([...machine, 'gpu=NVIDIA L4, 23034, 550.54.15, 8.9', 'end=1'])).toEqual({
      os: 'Ubuntu 24.04.1 LTS',
      cpus: 16,
      ramGib: 62.7,
      diskFreeGb: 214,
      gpus: [{name: 'NVIDIA L4', memoryMib: 23_034, computeCapability: 8.9}],
      driverVersion: '550.54.15',
      gpuProblem: null,
      python: '3.12.3',
      hasDocker: true,
      hasSystemd: true,
      installedInstanceId: null,
    });
  });

  it.each([
    ['no nvidia-smi', ['gpu_problem=there is no nvidia-smi: no NVIDIA driver is installed'], /no NVIDIA driver/],
    [
      'a driver that does not answer',
      ["gpu_problem=nvidia-smi failed: NVIDIA-SMI has failed because it couldn't communicate"],
      /couldn't communicate/,
    ],
    ['an empty list', [], /lists no GPU/],
    ['nonsense', ['gpu=No devices were found', 'gpu=, , ,'], /lists no GPU/],
  ])('names %s as the reason for no GPU', (_what, lines, reason) => {
    const facts = parseHostFacts([...machine, ...lines, 'end=1']);
    expect(facts.gpus).toEqual([]);
    expect(facts.gpuProblem).toMatch(reason);
  });

  it('does without what old drivers do not tell', () => {
    const facts = parseHostFacts([
      ...machine,
      'gpu=Tesla T4, 15109, 450.80.02',
      'gpu=Tesla T4, 15109, 450.80.02, [N/A]',
      'end=1',
    ]);
    expect(facts.gpus.map(({computeCapability}) => computeCapability)).toEqual([0, 0]);
    expect(facts.driverVersion).toBe('450.80.02');
  });

  it('does not count when the look was cut short, or the shell said something else', () => {
    for (const lines of [[], machine, ['This account is currently not available.']]) {
      expect(() => parseHostFacts(lines)).toThrow(expect.objectContaining({detailCode: 'HOST_LOOK_FAILED'}));
    }
  });

  it('survives figures that are missing and text without end', () => {
    const facts = parseHostFacts([
      `os=${'x'.repeat(10_000)}`,
      'cpus=',
      'ram_kib=lots',
      ...Array.from({length: 500}, () => 'gpu=A, 1, 1, 9'),
      'end=1',
    ]);
    expect(facts).toMatchObject({cpus: 0, ramGib: 0, diskFreeGb: 0, python: null});
    expect(facts.os.length).toBeLessThanOrEqual(200);
    expect(facts.gpus).toHaveLength(64);
  });
});

describe('a host as something to plan with', () => {
  it('is a type of its own that costs nothing, with the memory that CUDA leaves', () => {
    const type = hostAsType(someHost({name: 'box'}));
    expect(type).toMatchObject({
      provider: 'host',
      name: 'box',
      zones: ['host'],
      gpuModel: 'L4',
      gpuCount: 1,
      vramGibPerGpu: 22.4,
      effectiveVramGibPerGpu: 22,
      computeCapability: 8.9,
      driverVersion: '550.54.15',
      pricePerHourNanos: 0,
    });
  });

  it('counts on the least of different GPUs', () => {
    const gpus = [
      {name: 'NVIDIA L40S', memoryMib: 46_068, computeCapability: 8.9},
      {name: 'NVIDIA A10', memoryMib: 23_028, computeCapability: 8.6},
    ];
    expect(hostAsType(someHost({facts: {gpus}}))).toMatchObject({
      gpuCount: 2,
      vramGibPerGpu: 22.4,
      computeCapability: 8.6,
    });
    expect(gpuText(gpus)).toBe('NVIDIA L40S, 45.0 GiB; NVIDIA A10, 22.5 GiB');
  });

  it.each([
    ['NVIDIA H100 80GB HBM3', 'H100-SXM'],
    ['NVIDIA H100 PCIe', 'H100'],
    ['NVIDIA L40S', 'L40S'],
    ['Tesla T4', 'T4'],
    ['NVIDIA GeForce RTX 4090', 'GeForce-RTX-4090'],
  ])('knows %s as %s', (name, model) => {
    const gpus = [{name, memoryMib: 24_000, computeCapability: 9}];
    expect(hostAsType(someHost({facts: {gpus}})).gpuModel).toBe(model);
  });

  it('has no GPU to offer where none was found', () => {
    expect(hostAsType(someHost({facts: {gpus: [], driverVersion: null}}))).toMatchObject({
      gpuCount: 0,
      vramGibPerGpu: 0,
    });
  });
});
