import {mkdirSync, readFileSync, symlinkSync} from 'node:fs';
import {join} from 'node:path';
import {afterAll, beforeAll, describe, expect, it} from 'vitest';
import {fakeVllmCommand} from '../../support/fake-vllm-control.ts';
import {Installation, tinyModel} from '../../support/installation.ts';
import {describeResult} from '../../support/running-cli.ts';
import {startServe} from '../../support/serve-process.ts';
import {until} from '../../support/until.ts';

const installation = new Installation();

afterAll(async () => {
  await installation[Symbol.asyncDispose]();
});

const nameOf = (fail: string) => fail.toLowerCase().replaceAll(/[^a-z]+/g, '-');

describe.concurrent('an engine that fails while it starts', () => {
  it.each([
    {fail: 'DRIVER_OLD', phase: 'the container', cause: /unsatisfied condition: cuda/, hint: /--image/},
    {fail: 'NO_GPU_RUNTIME', phase: 'boot', cause: /Failed to infer device type/, hint: /NVIDIA container toolkit/},
    {fail: 'HF_GATED', phase: 'config', cause: /gated repo/, hint: /HF_TOKEN/},
    {fail: 'DISK_FULL', phase: 'download', cause: /No space left on device/, hint: /--disk-gb/},
    {fail: 'GPU_BUSY', phase: 'init_gpu', cause: /Another process/, hint: /nvidia-smi/},
    {fail: 'GPU_OOM_LOAD', phase: 'load', cause: /CUDA out of memory/, hint: /inventiv models size/},
    {fail: 'GPU_OOM_LOAD@compile', phase: 'compile', cause: /CUDA out of memory/, hint: /inventiv models size/},
    {fail: 'KV_TOO_SMALL', phase: 'kv', cause: /max seq len \(16384\)/, hint: /--max-model-len/},
    {fail: 'NCCL@graphs', phase: 'graphs', cause: /NCCL error/, hint: /Try again once/},
    {fail: 'RUNTIME_DEAD', phase: 'the first request', cause: /illegal memory access/, hint: /Start it again/},
  ])('at $phase ($fail) is named with its cause and what to do', async ({fail, cause, hint}) => {
    const engine = fakeVllmCommand('--fail', fail);
    const args = ['up', '--model', tinyModel, '--name', nameOf(fail), '--engine-command', engine];
    const result = await installation.run(args);
    // The panel is wrapped to the width of a page.
    const panel = result.stderr.slice(result.stderr.lastIndexOf('failed: ')).replaceAll(/\s+/g, ' ');
    expect(result.exitCode, describeResult(result)).toBe(1);
    expect(panel).toMatch(new RegExp(`^failed: ${fail.split('@')[0]} `));
    expect(panel).toMatch(cause);
    expect(panel).toMatch(hint);
    expect(result.stdout).toBe('');
  });
});

describe('after failed starts', () => {
  it('every instance is terminated with its cause on record, and nothing is left', async () => {
    const all = await installation.json<{state: string; failure: {code: string}}[]>(['ps', '--all']);
    expect(all).toHaveLength(10);
    expect(all.map(({state, failure}) => [state, typeof failure.code])).toEqual(
      all.map(() => ['terminated', 'string']),
    );
    await installation.expectNothingLeft();
  });

  it('the last words of an engine can be read although its machine is gone', async () => {
    expect(await installation.ok(['logs', nameOf('KV_TOO_SMALL'), '--source', 'engine'])).toMatch(/max seq len/);
  });

  it('--on-failure keep leaves the machine for diagnosis, until it is taken down', async () => {
    const engine = fakeVllmCommand('--fail', 'ARGS');
    const args = ['up', '--model', tinyModel, '--name', 'kept', '--on-failure', 'keep', '--engine-command', engine];
    const result = await installation.run(args);
    expect(result.exitCode, describeResult(result)).toBe(1);
    expect(await installation.json(['ps'])).toMatchObject([{name: 'kept', state: 'startup_failed'}]);
    expect(await installation.cloud.whatExists()).not.toEqual([]);
    await installation.ok(['down', 'kept', '--yes']);
    await installation.expectNothingLeft();
  });
});

describe('an engine that the kernel killed while it started', () => {
  it('is told as a lack of memory, though its log says nothing', async () => {
    const args = [
      'up',
      '--model',
      tinyModel,
      '--name',
      'killed',
      '--engine-command',
      "sh -c 'echo loading; kill -9 $$'",
    ];
    const result = await installation.run(args);
    expect(result.exitCode, describeResult(result)).toBe(1);
    expect(result.stderr).toMatch(/failed: HOST_OOM/);
    expect(result.stderr).toContain('engine exited with status 137');
    await installation.expectNothingLeft();
  });
});

describe('a machine without python3', () => {
  it('is named, with what to do, and goes', async () => {
    await using bare = new Installation();
    const bin = join(bare.directory, 'bin');
    mkdirSync(bin);
    for (const program of ['sh', 'bash', 'mkdir', 'chmod', 'cat', 'kill', 'tail', 'sleep', 'cut', 'sha256sum']) {
      symlinkSync(join('/usr/bin', program), join(bin, program));
    }

    const result = await bare.run(['up', '--model', tinyModel], {env: {PATH: bin}});
    expect(result.exitCode, describeResult(result)).toBe(1);
    expect(result.stderr).toMatch(/failed: PYTHON_MISSING/);
    expect(result.stderr).toMatch(/Install Python 3\.10/);
    await bare.expectNothingLeft();
  });
});

describe('a ready worker', () => {
  let pidOf: (name: 'agent' | 'engine') => number;

  beforeAll(async () => {
    await installation.ok(['up', '--model', tinyModel, '--name', 'worker']);
    const [server] = (await installation.cloud.control.inventory()).servers;
    const run = join(installation.stateDir, 'mock', 'servers', server?.id ?? '', 'root', 'run');
    pidOf = name => Number(readFileSync(join(run, `${name}.pid`), 'utf8'));
  });

  it('whose agent was killed still answers, through serve too, and the loss of its logs is told', async () => {
    process.kill(pidOf('agent'), 'SIGKILL');
    await installation.ok(['wait', 'worker']);
    expect(await installation.ok(['chat', '--model', tinyModel, 'Hello', '--quiet'])).toMatch(/\S/);
    const logs = await installation.run(['logs', 'worker', '--source', 'agent']);
    expect(logs).toMatchObject({exitCode: 1, stdout: ''});
    expect(logs.stderr).toMatch(/^warning: The agent did not answer\.\n {2}. .*inventiv show worker/);
    const json = await installation.run(['logs', 'worker', '--source', 'engine', '--json']);
    expect(json).toMatchObject({exitCode: 1, stderr: ''});
    expect(JSON.parse(json.stdout)).toMatchObject({level: 'warning', text: 'The agent did not answer.'});
    expect(await installation.json(['ps'])).toMatchObject([{name: 'worker', state: 'ready'}]);
  });

  it('whose engine died is an error to clients at once, and goes with down', async () => {
    const key = (await installation.ok(['keys', 'create', 'client', '--quiet'])).trim();
    const serve = await startServe(installation);
    const ask = () =>
      fetch(`${serve.openaiUrl}/chat/completions`, {
        method: 'POST',
        headers: {authorization: `Bearer ${key}`, 'content-type': 'application/json'},
        body: JSON.stringify({model: tinyModel, messages: [{role: 'user', content: 'Hello'}], max_tokens: 2}),
      });
    expect((await ask()).status).toBe(200);
    process.kill(pidOf('engine'), 'SIGKILL');
    const refused = await until('requests to be refused', async () => {
      const reply = await ask();
      return reply.status === 200 ? null : reply;
    });
    expect([502, 503]).toContain(refused.status);
    expect(await refused.json()).toMatchObject({error: {type: 'server_error', message: expect.any(String)}});
    expect((await serve.stop()).exitCode).toBe(0);
    await installation.ok(['down', '--all', '--yes']);
    await installation.expectNothingLeft();
  });
});
