import type {Failure} from '../failure.ts';

/** Machine memory and disk. */
export const hostMemoryFailures: readonly Failure[] = [
  {
    code: 'HOST_OOM',
    cause: 'The machine ran out of memory (RAM, not GPU memory) and the kernel killed the engine.',
    advice: 'Take a type with more RAM; loading needs about the largest shard of the weights beside the page cache.',
    proof:
      /OOMKilled"?[=:] ?true|Out of memory: Killed process|emory cgroup out of memory|oom-kill:constraint|result 'oom-kill'|Failed core proc\(s\): \{[^}]{0,200}: -9\b|DefaultCPUAllocator: can't allocate memory|\[Errno 12\]|Cannot allocate memory/,
    hint: /exit(?:ed)? (?:with )?(?:code|status) 137\b|\bExited \(137\)|died with exit code -9\b/,
    isRuntime: true,
  },
  {
    code: 'DISK_FULL',
    cause: 'A disk of the machine is full.',
    advice:
      'Ask for more with --disk-gb (weights x 1.1 + 60 GB). On the machine: df -h and df -i tell which mount, docker system df what fills it.',
    proof: /[Nn]o space left on device|[Dd]isk quota exceeded/,
    hint: /failed to (?:register|extract) layer/,
    isRuntime: true,
  },
];
