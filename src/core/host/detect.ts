import {paths} from '../bootstrap/machine/layout.ts';
import {InventivError} from '../errors.ts';
import {secondMs} from '../time.ts';
import type {HostFacts, HostGpu} from './host.ts';

export const detectTimeoutMs = 60 * secondMs;
const gpusMax = 64;
const textMax = 200;

/** Looks at a machine and changes nothing on it. One `key=value` line per fact; `end=1` says that it came to its end. */
export const detectScript = `
os=$( (. /etc/os-release && printf '%s' "$PRETTY_NAME") 2>/dev/null)
echo "os=\${os:-$(uname -sr)}"
echo "cpus=$(nproc 2>/dev/null || getconf _NPROCESSORS_ONLN)"
echo "ram_kib=$(awk '/^MemTotal:/ {print $2}' /proc/meminfo 2>/dev/null)"
echo "disk_free_kib=$(df -Pk /opt 2>/dev/null | awk 'NR == 2 {print $4}')"
echo "python=$(python3 -c 'import platform; print(platform.python_version())' 2>/dev/null)"
command -v docker >/dev/null 2>&1 && docker info >/dev/null 2>&1 && echo "docker=1"
[ -d /run/systemd/system ] && command -v systemctl >/dev/null 2>&1 && echo "systemd=1"
if command -v nvidia-smi >/dev/null 2>&1; then
  query() { nvidia-smi --query-gpu="$1" --format=csv,noheader,nounits 2>&1; }
  # Drivers before 470 do not know compute_cap.
  if list=$(query name,memory.total,driver_version,compute_cap) || list=$(query name,memory.total,driver_version); then
    printf '%s\\n' "$list" | sed 's/^/gpu=/'
  else
    printf 'gpu_problem=nvidia-smi failed: %s\\n' "$(printf '%s' "$list" | head -n 1)"
  fi
else
  echo "gpu_problem=there is no nvidia-smi: no NVIDIA driver is installed"
fi
echo "installed=$(head -n 1 "$INVENTIV_ROOT/${paths.owner}" 2>/dev/null)"
echo "end=1"
`;

/** What the script printed, as facts. Figures that are missing read as 0, not as an error: a plan then refuses them. */
export function parseHostFacts(lines: readonly string[]): HostFacts {
  const values = new Map<string, string>();
  const gpuLines: string[] = [];
  for (const line of lines) {
    const [, key, value] = /^([a-z_]+)=(.*)$/.exec(line) ?? [];
    if (key === 'gpu') gpuLines.push(value ?? '');
    else if (key !== undefined) values.set(key, (value ?? '').trim().slice(0, textMax));
  }

  if (values.get('end') !== '1') {
    throw new InventivError(
      'instance_failed',
      `The look at the machine did not come to its end: ${lines.at(-1) ?? 'no output'}`,
      {
        hint: 'Log in by hand and see whether "sh" works: inventiv ssh, or ssh.',
        detailCode: 'HOST_LOOK_FAILED',
        retryable: true,
      },
    );
  }

  const parsed = gpuLines
    .slice(0, gpusMax)
    .map(parseGpu)
    .filter(gpu => gpu !== null);
  const figure = (key: string) => Number(values.get(key)) || 0;
  const text = (key: string) => values.get(key) || null;
  return {
    os: text('os') ?? 'unknown',
    cpus: figure('cpus'),
    ramGib: Math.floor((figure('ram_kib') / 1024 ** 2) * 10) / 10,
    diskFreeGb: Math.floor((figure('disk_free_kib') * 1024) / 1e9),
    gpus: parsed.map(({gpu}) => gpu),
    driverVersion: parsed[0]?.driverVersion ?? null,
    gpuProblem: parsed.length > 0 ? null : (text('gpu_problem') ?? 'nvidia-smi lists no GPU'),
    python: text('python'),
    hasDocker: values.get('docker') === '1',
    hasSystemd: values.get('systemd') === '1',
    installedInstanceId: text('installed'),
  };
}

/** `NVIDIA L4, 23034, 550.54.15, 8.9`; `[N/A]` where the driver does not know. Null: not a GPU line. */
function parseGpu(line: string): {gpu: HostGpu; driverVersion: string} | null {
  const [name = '', memory = '', driverVersion = '', capability = ''] = line.split(',').map(part => part.trim());
  const memoryMib = Number(memory);
  if (name === '' || !Number.isFinite(memoryMib) || memoryMib <= 0) return null;
  return {gpu: {name: name.slice(0, textMax), memoryMib, computeCapability: Number(capability) || 0}, driverVersion};
}
