import type {ServerAddress} from './provider.ts';

/** Opens a shell on a machine of one provider (SSH; for the mock, the machine's own directory). */
export interface ShellOpener {
  /** Whether a login would be answered now; false while the machine is booting. Throws only for what waiting cannot mend. */
  isReachable(target: ShellTarget): Promise<boolean>;
  open(target: ShellTarget): Promise<Shell>;
}

export interface ShellTarget {
  readonly instanceId: string;
  /** The provider's id of the server. */
  readonly serverId: string;
  readonly address: ServerAddress;
  readonly signal?: AbortSignal;
}

export interface Shell extends AsyncDisposable {
  /** Runs a POSIX shell script with `sh -s`; the script and stdin never appear in a process list. */
  run(request: ShellRun): Promise<ShellResult>;
  /** Writes a file atomically (temporary name, then rename) with this mode; parents are made with 0700. */
  writeFile(path: string, content: string, mode: number): Promise<void>;
}

export interface ShellRun {
  readonly script: string;
  readonly timeoutMs: number;
  /** Called for every complete line of standard output and error, as it comes. */
  readonly onLine?: (line: string) => void;
  readonly signal?: AbortSignal;
}

export interface ShellResult {
  readonly exitCode: number;
  /** The last lines of both streams, bounded; for diagnosis. */
  readonly outputTail: readonly string[];
  readonly durationMs: number;
}
