/** vLLM's log on stdout: prefix with process, level, local time and source file. Readers must match the text only. */
export interface ServerLog {
  /** A line of the API server process. */
  api(level: LogLevel, source: string, message: string): void;
  /** A line of the engine process. */
  engine(level: LogLevel, source: string, message: string): void;
  /** A line without level and time: tracebacks and uvicorn's own lines; `from` adds the process prefix. */
  plain(line: string, from?: 'api' | 'engine'): void;
  /** A progress bar, drawn over itself with carriage returns. */
  progress(text: string, isLast: boolean): void;
}

type LogLevel = 'INFO' | 'WARNING' | 'ERROR';

export function serverLog(write: (text: string) => void, now: () => Date, pid: number): ServerLog {
  const names = {api: `APIServer pid=${pid}`, engine: `EngineCore pid=${pid + 1}`};
  const line = (process: string, level: LogLevel, source: string, message: string): void => {
    const prefix = `(${process}) ${level} ${logTime(now())} [${source}]`;
    write(
      `${message
        .split('\n')
        .map(part => `${prefix} ${part}`)
        .join('\n')}\n`,
    );
  };
  return {
    api: (level, source, message) => line(names.api, level, source, message),
    engine: (level, source, message) => line(names.engine, level, source, message),
    plain: (text, from) => write(from === undefined ? `${text}\n` : `(${names[from]}) ${text}\n`),
    progress: (text, isLast) => write(`\r(${names.engine}) ${text}${isLast ? '\n' : ''}`),
  };
}

/** `09-12 10:00:01`, local time as Python's logging prints it. */
function logTime(date: Date): string {
  const two = (value: number): string => String(value).padStart(2, '0');
  const day = `${two(date.getMonth() + 1)}-${two(date.getDate())}`;
  return `${day} ${two(date.getHours())}:${two(date.getMinutes())}:${two(date.getSeconds())}`;
}

/** `12,345`, as Python's `{:,}` writes it. */
export function withThousands(value: number): string {
  return String(Math.trunc(value)).replace(/\B(?=(\d{3})+$)/g, ',');
}
