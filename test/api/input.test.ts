import {describe, expect, it} from 'vitest';
import {TestApp, testModel} from '../support/test-app.ts';

describe('input of the API', () => {
  const bad = [
    ['count', {count: 0}],
    ['count', {count: 65}],
    ['count', {count: 1.5}],
    ['diskGb', {diskGb: 1}],
    ['maxModelLen', {maxModelLen: 1}],
    ['zone', {zone: 'z'.repeat(65)}],
    ['model', {model: ''}],
    ['model', {model: 'm'.repeat(1_000_000)}],
    ['engineCommand', {engineCommand: []}],
  ] as const;

  it.each(bad)('names the field %s that it refuses (%#)', async (param, wish) => {
    await using app = await TestApp.open();
    const failed = await app.client.instances
      .create({
        model: testModel,
        provider: 'mock',
        ...wish,
        engineCommand: 'engineCommand' in wish ? [...wish.engineCommand] : undefined,
      })
      .catch((error: unknown) => error);
    expect(failed).toMatchObject({code: 'invalid_input', param, hint: expect.any(String)});
    expect(String(failed).length).toBeLessThan(500);
  });

  it('says what an empty id or name should be', async () => {
    await using app = await TestApp.open();
    const refused = {code: 'invalid_input', message: 'instance: expected an id or a name, got nothing.'};
    await expect(app.client.instances.show({instance: ''})).rejects.toMatchObject(refused);
    await expect(app.client.instances.terminate({instances: ['ok', '']})).rejects.toMatchObject({
      message: 'instances.1: expected an id or a name, got nothing.',
    });
    await expect(app.client.models.size({model: ''})).rejects.toMatchObject({
      message: 'model: expected an id or a name, got nothing.',
    });
    await expect(app.client.keys.create({name: 'n'.repeat(101)})).rejects.toMatchObject({
      message: expect.not.stringContaining('got nothing'),
    });
  });

  it('names a field inside a list', async () => {
    await using app = await TestApp.open();
    await expect(app.client.instances.terminate({instances: ['ok', '']})).rejects.toMatchObject({
      code: 'invalid_input',
      param: 'instances.1',
    });
  });
});
