import {afterAll, describe, expect, it} from 'vitest';
import {Installation, tinyModel} from '../support/installation.ts';
import {describeResult} from '../support/running-cli.ts';
import {startServe} from '../support/serve-process.ts';
import {until} from '../support/until.ts';

const installation = new Installation();
const up = ['up', '--model', tinyModel, '--name'];

afterAll(async () => {
  await installation[Symbol.asyncDispose]();
});

describe.concurrent('an up that is stopped', () => {
  const moments = {
    server: /creating the server$/m,
    install: /installing the worker$/m,
    engine: /waiting for the engine to answer$/m,
  } as const;

  it.each([
    ['SIGINT', 130, 'server'],
    ['SIGTERM', 143, 'install'],
    ['SIGHUP', 129, 'engine'],
  ] as const)('by %s ends with %i, says how to go on, and is gone on with', async (signal, exitCode, moment) => {
    const name = `stopped-${moment}`;
    const command = installation.start([...up, name]);
    await command.printed(moments[moment]);
    command.signal(signal);
    const result = await command.ended;
    expect(result.exitCode, describeResult(result)).toBe(exitCode);
    for (const words of [`inventiv up --resume ${name}`, `inventiv down ${name}`, '€0.8151/h'])
      expect(result.stderr).toContain(words);
    await expectResumed(name);
  });

  // Every other moment is tried by the crash matrix.
  it.each(['server', 'install'] as const)('by SIGKILL (%s) is gone on with, without a second server', async moment => {
    const name = `killed-${moment}`;
    const command = installation.start([...up, name]);
    await command.printed(moments[moment]);
    command.signal('SIGKILL');
    expect((await command.ended).signal).toBe('SIGKILL');
    await expectResumed(name);
  });

  async function expectResumed(name: string): Promise<void> {
    await installation.ok(['up', '--resume', name]);
    const {servers} = await installation.cloud.control.inventory();
    expect(servers.filter(server => server.name.includes(name))).toHaveLength(1);
  }
});

describe('a down that is killed', () => {
  it('is finished by the next one, and nothing is left', async () => {
    const command = installation.start(['down', '--all', '--yes']);
    await command.printed(/stopping the server$/m);
    command.signal('SIGKILL');
    await command.ended;
    await installation.ok(['down', '--all', '--yes']);
    expect(await installation.json(['ps'])).toEqual([]);
    await installation.expectNothingLeft();
  });
});

describe('two that want the same', () => {
  it('two ups with one name: one works, the other is told of the conflict', async () => {
    const results = await Promise.all([installation.run([...up, 'same']), installation.run([...up, 'same'])]);
    const codes = results.map(({exitCode}) => exitCode).toSorted();
    expect(codes, results.map(describeResult).join('\n')).toEqual([0, 5]);
    const refused = results.find(({exitCode}) => exitCode === 5);
    expect(refused?.stderr).toMatch(/An instance named "same" is already \w+/);
    expect(refused?.stderr).toContain('inventiv show same');
    expect((await installation.cloud.control.inventory()).servers).toHaveLength(1);
  });

  it('two serves on one store both serve; on one port the second is told of it', async () => {
    const [first, second] = await Promise.all([startServe(installation), startServe(installation)]);
    const key = (await installation.ok(['keys', 'create', 'both', '--quiet'])).trim();
    const headers = {authorization: `Bearer ${key}`};
    for (const {openaiUrl} of [first, second]) {
      const isServed = async () => (await fetch(`${openaiUrl}/models/${tinyModel}`, {headers})).status === 200;
      await until('both to serve the model', isServed);
    }

    const port = new URL(first.openaiUrl).port;
    const third = await installation.run(['serve', '--port', port, '--admin-port', '0']);
    expect(third.exitCode, describeResult(third)).toBe(5);
    expect(third.stderr).toContain(`Port ${port} on 127.0.0.1 is in use`);
    expect(third.stderr).toMatch(/inventiv serve --port \d+/);
    const results = await Promise.all([first.stop(), second.stop()]);
    expect(results.map(({exitCode}) => exitCode)).toEqual([0, 0]);
  });
});

describe('serve', () => {
  it('that is killed loses no usage of a request it answered', async () => {
    const key = (await installation.ok(['keys', 'create', 'killed', '--quiet'])).trim();
    const serve = await startServe(installation);
    const replies = await Promise.all(
      Array.from({length: 20}, () =>
        fetch(`${serve.openaiUrl}/chat/completions`, {
          method: 'POST',
          headers: {authorization: `Bearer ${key}`, 'content-type': 'application/json'},
          body: JSON.stringify({model: tinyModel, messages: [{role: 'user', content: 'Hello'}], max_tokens: 3}),
        }).then(async reply => (await reply.json()) as {usage: {completion_tokens: number}}),
      ),
    );
    serve.cli.signal('SIGKILL');
    await serve.cli.ended;
    expect(replies.map(({usage}) => usage.completion_tokens)).toEqual(replies.map(() => 3));

    // What was not written yet waits in the journal for the next serve.
    expect((await (await startServe(installation)).stop()).exitCode).toBe(0);
    expect(await installation.json(['usage', 'report', '--key', 'killed'])).toMatchObject({
      requests: 20,
      completionTokens: 60,
    });
  });

  it('brings a detached up to ready, takes down a detached down, and leaves nothing', async () => {
    const serve = await startServe(installation);
    await installation.ok([...up, 'detached', '--detach']);
    await installation.ok(['wait', 'detached']);
    await installation.ok(['down', '--all', '--yes', '--detach']);
    await until('serve to take all down', async () => (await installation.json<unknown[]>(['ps'])).length === 0);
    const stopped = await serve.stop();
    expect(stopped.exitCode, describeResult(stopped)).toBe(0);
    await installation.expectNothingLeft();
  });
});
