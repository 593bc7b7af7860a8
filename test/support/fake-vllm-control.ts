import {join} from 'node:path';
import type {RequestRecord} from '../../src/adapters/providers/mock/fake-vllm/request-ledger.ts';
import type {Installation} from './installation.ts';

const fakeVllmPath = join(import.meta.dirname, '../../dist/src/adapters/providers/mock/fake-vllm/main.js');

/** Value of `--engine-command` that starts the fake vLLM with these options. */
export function fakeVllmCommand(...options: readonly string[]): string {
  return [process.execPath, fakeVllmPath, ...options].map(word => `'${word}'`).join(' ');
}

/**
 * The same, with one token a minute after the first, and one request at a time. Through a shell, because inventiv appends
 * `--max-num-seqs` itself and the last one counts.
 */
export function slowFakeVllmCommand(): string {
  const options = '--control-port auto --jitter 0 --itl-ms 60000 --output-len 1000 --max-num-seqs 1';
  return `sh -c 'exec "${process.execPath}" "${fakeVllmPath}" "$@" ${options}' fake-vllm`;
}

export interface TokenTotals {
  readonly prompt: number;
  readonly completion: number;
}

export interface FakeStats {
  readonly pid: number;
  readonly requests: Readonly<Record<'finished' | 'aborted' | 'running' | 'waiting', number>>;
  readonly tokens: {readonly total: TokenTotals};
}

/** The control port of a fake vLLM that was started with `--control-port auto`. */
export class FakeVllmControl {
  readonly #url: string;

  private constructor(url: string) {
    this.#url = url;
  }

  /** The port is in the engine's log, which `inventiv logs` shows. */
  static async of(installation: Installation, instance: string): Promise<FakeVllmControl> {
    const log = await installation.ok(['logs', instance, '--source', 'engine', '--tail', '1000']);
    const url = /control server on (http:\S+)/.exec(log)?.[1];
    if (url === undefined) throw new Error(`no control port in the engine's log:\n${log}`);
    return new FakeVllmControl(url);
  }

  async stats(): Promise<FakeStats> {
    return (await this.#get('/stats')) as FakeStats;
  }

  async requests(outcome: RequestRecord['outcome']): Promise<readonly RequestRecord[]> {
    const {requests} = (await this.#get(`/requests?outcome=${outcome}`)) as {requests: RequestRecord[]};
    return requests;
  }

  async reset(): Promise<void> {
    await fetch(`${this.#url}/reset`, {method: 'POST'});
  }

  async #get(path: string): Promise<unknown> {
    const response = await fetch(`${this.#url}${path}`);
    if (!response.ok) throw new Error(`${path}: ${response.status} ${await response.text()}`);
    return await response.json();
  }
}
