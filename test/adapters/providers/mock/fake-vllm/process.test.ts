import {type ChildProcess, spawn} from 'node:child_process';
import {once} from 'node:events';
import {connect} from 'node:net';
import {fileURLToPath} from 'node:url';
import {afterEach, describe, expect, it} from 'vitest';
import {until} from './in-process-server.ts';

const MAIN = fileURLToPath(new URL('../../../../../src/adapters/providers/mock/fake-vllm/main.ts', import.meta.url));

class FakeProcess {
  readonly child: ChildProcess;
  output = '';
  exit: {code: number | null; signal: string | null} | null = null;

  constructor(args: string[], env: Record<string, string> = {}) {
    this.child = spawn(process.execPath, [MAIN, ...args], {env: {PATH: process.env.PATH ?? '', ...env}});
    for (const stream of [this.child.stdout, this.child.stderr]) {
      stream?.on('data', (part: Buffer) => {
        this.output += part.toString();
      });
    }
    this.child.once('close', (code, signal) => {
      this.exit = {code, signal};
    });
  }

  /** The capture of `pattern` in the output, as soon as it is there. */
  async find(pattern: RegExp): Promise<string> {
    const match = await until(
      () => pattern.exec(this.output),
      found => found !== null || this.exit !== null,
    );
    if (match === null) throw new Error(`ended without ${pattern}: ${this.output}`);
    return match[1] ?? '';
  }

  url(): Promise<string> {
    return this.find(/Starting vLLM API server on (http:\/\/127\.0\.0\.1:\d+)\n/);
  }

  async ended(): Promise<{code: number | null; signal: string | null}> {
    if (this.exit === null) await once(this.child, 'close');
    return {code: this.child.exitCode, signal: this.child.signalCode};
  }
}

const started: FakeProcess[] = [];
const start = (args: string[], env: Record<string, string> = {}): FakeProcess => {
  const fake = new FakeProcess(args, env);
  started.push(fake);
  return fake;
};

afterEach(async () => {
  for (const fake of started.splice(0)) {
    fake.child.kill('SIGKILL');
    await fake.ended();
  }
});

function connects(port: number): Promise<boolean> {
  return new Promise(resolve => {
    const socket = connect(port, '127.0.0.1');
    socket.once('connect', () => {
      socket.destroy();
      resolve(true);
    });
    socket.once('error', () => resolve(false));
  });
}

describe('fake vLLM process', () => {
  it('refuses connections until it is ready, although it already logs', async () => {
    // A port that was just free: another process gives it back first.
    const probe = start(['m', '--port', '0', '--startup-ms', '0']);
    const port = Number(new URL(await probe.url()).port);
    probe.child.kill('SIGTERM');
    await probe.ended();
    const fake = start(['m', '--port', String(port), '--startup-ms', '0', '--phase-ms', 'load=1000']);
    await fake.find(/(Starting to load model)/);
    expect(await connects(port)).toBe(false);
    const response = await fetch(`${await fake.url()}/health`);
    expect(response.status).toBe(200);
    expect(await fake.find(/(Application startup complete)/)).not.toBe('');
  });

  it('runs several at once on ports that the system chooses, with the key from the environment', async () => {
    const fakes = ['a', 'b', 'c'].map(name =>
      start([name, '--port', '0', '--startup-ms', '0'], {VLLM_API_KEY: `key-${name}`}),
    );
    const urls = await Promise.all(fakes.map(fake => fake.url()));
    expect(new Set(urls).size).toBe(3);
    const headers = {authorization: 'Bearer key-b'};
    const answers = await Promise.all(urls.map(async url => (await fetch(`${url}/v1/models`, {headers})).status));
    expect(answers).toEqual([401, 200, 401]);
    expect(fakes[1]?.output).not.toContain('key-b');
  });

  it('finishes what runs on SIGTERM, takes nothing new, and exits with 0', async () => {
    const fake = start(['m', '--port', '0', '--startup-ms', '0', '--itl-ms', '10']);
    const url = await fake.url();
    const body = JSON.stringify({prompt: 'harbour', max_tokens: 20, ignore_eos: true, stream: true});
    const response = await fetch(`${url}/v1/completions`, {method: 'POST', body});
    fake.child.kill('SIGTERM');
    await fake.find(/(Shutting down)/);
    expect(await connects(Number(new URL(url).port))).toBe(false);
    expect((await response.text()).trimEnd().endsWith('data: [DONE]')).toBe(true);
    expect(await fake.ended()).toEqual({code: 0, signal: null});
  });

  it('cuts what still runs when its shutdown time is over', async () => {
    const fake = start(['m', '--port', '0', '--startup-ms', '0', '--itl-ms', '50', '--shutdown-timeout', '0.05']);
    const body = JSON.stringify({prompt: 'harbour', max_tokens: 5000, ignore_eos: true, stream: true});
    const response = await fetch(`${await fake.url()}/v1/completions`, {method: 'POST', body});
    fake.child.kill('SIGTERM');
    await expect(response.text()).rejects.toThrow();
    expect(await fake.ended()).toEqual({code: 0, signal: null});
  });

  it('can be stopped while it starts', async () => {
    const fake = start(['m', '--port', '0', '--startup-profile', 'warm-8b']);
    await fake.find(/(vLLM API server version)/);
    fake.child.kill('SIGTERM');
    expect(await fake.ended()).toEqual({code: 143, signal: null});
  });

  it('exits as the scripted failure says', async () => {
    const [oom, docker, killed] = [
      start(['m', '--startup-ms', '0', '--fail', 'GPU_OOM_LOAD']),
      start(['m', '--startup-ms', '0', '--fail', 'DRIVER_OLD']),
      start(['m', '--startup-ms', '0', '--fail', 'HOST_OOM']),
    ];
    expect(await oom?.ended()).toEqual({code: 1, signal: null});
    expect(oom?.output).toContain('Engine core initialization failed. See root cause above');
    expect(await docker?.ended()).toEqual({code: 125, signal: null});
    expect(docker?.output).not.toContain('vLLM API server version');
    expect(await killed?.ended()).toEqual({code: null, signal: 'SIGKILL'});
  });

  it('dies at the first request when told so: 500, unhealthy, gone', async () => {
    const fake = start(['m', '--port', '0', '--startup-ms', '0', '--fail', 'RUNTIME_DEAD']);
    const url = await fake.url();
    expect((await fetch(`${url}/health`)).status).toBe(200);
    const body = JSON.stringify({prompt: 'harbour', max_tokens: 1});
    const response = await fetch(`${url}/v1/completions`, {method: 'POST', body});
    expect(response.status).toBe(500);
    expect((await fetch(`${url}/health`)).status).toBe(503);
    expect(await fake.ended()).toEqual({code: 1, signal: null});
    expect(fake.output).toContain('EngineDeadError');
  });

  it('says that its port is taken as Python says it', async () => {
    const first = start(['m', '--port', '0', '--startup-ms', '0']);
    const port = new URL(await first.url()).port;
    const second = start(['m', '--port', port, '--startup-ms', '0']);
    expect(await second.ended()).toEqual({code: 1, signal: null});
    expect(second.output).toContain('[Errno 98] Address already in use');
  });

  it('has its control server before it is ready', async () => {
    const args = ['m', '--port', '0', '--control-port', 'auto', '--startup-profile', 'warm-8b'];
    const fake = start(args);
    const control = await fake.find(/control server on (http:\S+)/);
    expect(await (await fetch(`${control}/stats`)).json()).toMatchObject({phase: 'starting', requests: {received: 0}});
  });

  it('refuses a wrong command line with exit code 2 and explains itself', async () => {
    const wrong = start(['m', '--no-such-flag']);
    expect(await wrong.ended()).toEqual({code: 2, signal: null});
    expect(wrong.output).toContain('error: unrecognized arguments: --no-such-flag');
    const help = start(['--help']);
    expect(await help.ended()).toEqual({code: 0, signal: null});
    for (const part of ['--startup-ms', '--fail', 'GPU_OOM_LOAD', 'init_gpu', 'POST /fail'])
      expect(help.output).toContain(part);
  });
});
