import type {VmGpu, VmScenario} from '../scenario.ts';
import {Exit, print, runProgram} from './program.ts';

await runProgram('nvidia-smi', (argv, scenario) => {
  if (scenario.nvidiaSmi === 'driver-failed') {
    print(
      "NVIDIA-SMI has failed because it couldn't communicate with the NVIDIA driver. Make sure that the latest NVIDIA " +
        'driver is installed and running.\n',
    );
    throw new Exit(9);
  }

  if (scenario.gpus.length === 0) {
    print('No devices were found');
    throw new Exit(6);
  }

  const query = argv.find(arg => arg.startsWith('--query-gpu='));
  if (query !== undefined) queryGpus(query.slice('--query-gpu='.length), argv, scenario);
  else if (argv.includes('-L') || argv.includes('--list-gpus'))
    scenario.gpus.forEach((gpu, index) => {
      print(`GPU ${index}: ${gpu.name} (UUID: ${uuidOf(index)})`);
    });
  else print(`NVIDIA-SMI ${scenario.driverVersion}    Driver Version: ${scenario.driverVersion}    CUDA Version: 13.0`);
});

function queryGpus(list: string, argv: readonly string[], scenario: VmScenario): void {
  const format = argv.find(arg => arg.startsWith('--format='))?.slice('--format='.length) ?? '';
  const units = !format.includes('nounits');
  const fields = list.split(',').map(field => field.trim());
  const rows = scenario.gpus.map((gpu, index) =>
    fields.map(field => {
      const value = gpuFact(field, gpu, index, scenario);
      if (value === undefined) throw new Exit(2, `Field "${field}" is not a valid field to query.\n`);
      const [number, unit] = value;
      return units && unit !== undefined ? `${number} ${unit}` : String(number);
    }),
  );
  if (!format.includes('noheader')) print(fields.join(', '));
  for (const row of rows) print(row.join(', '));
}

function gpuFact(
  field: string,
  gpu: VmGpu,
  index: number,
  scenario: VmScenario,
): readonly [value: string | number, unit?: string] | undefined {
  const values: Record<string, readonly [string | number, string?]> = {
    index: [index],
    uuid: [uuidOf(index)],
    name: [gpu.name],
    driver_version: [scenario.driverVersion],
    compute_cap: [gpu.computeCapability],
    'memory.total': [gpu.memoryMib, 'MiB'],
    'memory.used': [412 + index, 'MiB'],
    'memory.free': [gpu.memoryMib - 412 - index, 'MiB'],
    'utilization.gpu': [3 * index, '%'],
    'temperature.gpu': [38 + index],
    'power.draw': [31.5, 'W'],
    'power.limit': [72, 'W'],
    'clocks_event_reasons.active': ['0x0000000000000000'],
    count: [scenario.gpus.length],
  };
  return values[field];
}

function uuidOf(index: number): string {
  return `GPU-0000000${index}-1111-2222-3333-44444444555${index}`;
}
