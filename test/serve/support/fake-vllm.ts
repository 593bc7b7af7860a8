import {type ChildProcess, spawn} from 'node:child_process';
import {join} from 'node:path';

const entry = join(import.meta.dirname, '../../../src/adapters/providers/mock/fake-vllm/main.ts');
const startTimeoutMs = 15_000;

/** What the fake's control server says of one request. */
export interface EngineRecord {
  readonly xRequestId: string | null;
  readonly outcome: 'open' | 'finished' | 'aborted' | 'failed' | 'rejected';
  readonly abortedIn: string | null;
  readonly path: string;
  readonly promptTokens: number;
  readonly completionTokens: number;
  readonly endedAtMs: number | null;
}

/** The shipped fake vLLM as a process of its own. */
export class FakeVllm implements AsyncDisposable {
  readonly url: string;
  private readonly controlUrl: string;
  private readonly child: ChildProcess;

  private constructor(child: ChildProcess, urls: {api: string; control: string}) {
    this.child = child;
    this.url = urls.api;
    this.controlUrl = urls.control;
  }

  static async start(model: string, options: readonly string[] = []): Promise<FakeVllm> {
    const args = [
      entry,
      model,
      '--control-port',
      'auto',
      '--startup-profile',
      'instant',
      ...portOf(options),
      ...options,
    ];
    const child = spawn(process.execPath, args, {stdio: ['ignore', 'pipe', 'inherit']});
    let log = '';
    const urls = await new Promise<{api: string; control: string}>((resolve, reject) => {
      const timer = setTimeout(() => reject(new Error(`the fake vLLM did not start:\n${log}`)), startTimeoutMs);
      child.once('exit', code => reject(new Error(`the fake vLLM ended with ${code}:\n${log}`)));
      child.stdout.setEncoding('utf8').on('data', (text: string) => {
        log += text;
        const control = /control server on (http:\S+)/.exec(log)?.[1];
        const api = /Starting vLLM API server on (http:\S+)/.exec(log)?.[1];
        if (control === undefined || api === undefined || !log.includes('startup complete')) return;
        clearTimeout(timer);
        resolve({api, control});
      });
    });
    return new FakeVllm(child, urls);
  }

  async records(): Promise<readonly EngineRecord[]> {
    const answer = await fetch(`${this.controlUrl}/requests`);
    return ((await answer.json()) as {requests: EngineRecord[]}).requests;
  }

  /** A fault of the control server's `POST /fail`. */
  async fail(fault: {mode: string; count?: number; afterTokens?: number; lingerMs?: number}): Promise<void> {
    await fetch(`${this.controlUrl}/fail`, {method: 'POST', body: JSON.stringify(fault)});
  }

  /** Resolves when the process has ended by itself. */
  async ended(): Promise<void> {
    if (this.child.exitCode === null) await new Promise(resolve => this.child.once('exit', resolve));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.child.exitCode !== null) return;
    const ended = new Promise(resolve => this.child.once('exit', resolve));
    this.child.kill('SIGKILL');
    await ended;
  }
}

/** Any free one, unless the test asks for one. */
function portOf(options: readonly string[]): string[] {
  return options.includes('--port') ? [] : ['--port', '0'];
}
