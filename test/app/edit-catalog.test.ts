import {afterEach, beforeEach, describe, expect, it} from 'vitest';
import {TestApp, testModel} from '../support/test-app.ts';

let app: TestApp;
beforeEach(async () => {
  app = await TestApp.open();
});
afterEach(() => app[Symbol.asyncDispose]());

const plan = () => app.client.instances.plan({model: testModel, provider: 'mock'});
const catalog = async () => (await app.client.catalog.show({provider: 'mock'})).types;

describe('an edited catalogue', () => {
  it('prices plans and instances from now on, over every sync', async () => {
    const before = await plan();
    const edited = {provider: 'mock', type: before.type.toLowerCase(), pricePerHourNanos: 100_000_000} as const;
    expect(await app.client.catalog.set(edited)).toMatchObject({type: before.type, disabled: false});
    await app.client.catalog.sync({provider: 'mock'});
    const after = await plan();
    expect(after.type).toBe(before.type);
    expect(after.pricePerHourNanos).toBeLessThan(before.pricePerHourNanos);
    expect((await app.request()).pricePerHourNanos).toBe(after.pricePerHourNanos);
    const type = (await catalog()).find(({name}) => name === before.type);
    expect(type).toMatchObject({
      pricePerHourNanos: 100_000_000,
      edited: {fields: ['pricePerHourNanos'], by: 'operator'},
    });
    expect(await app.client.catalog.reset({provider: 'mock', type: before.type})).toEqual({reset: 1});
    expect((await plan()).pricePerHourNanos).toBe(before.pricePerHourNanos);
  });

  it('never proposes what was turned off, and says who did it', async () => {
    const before = await plan();
    await app.client.catalog.set({provider: 'mock', type: before.type, disabled: true});
    const after = await plan();
    expect(after.type).not.toBe(before.type);
    expect(after.refused.find(({type}) => type === before.type)).toMatchObject({
      code: 'DISABLED',
      reason: 'turned off here by operator',
    });
    for (const {name} of await catalog()) await app.client.catalog.set({provider: 'mock', type: name, disabled: true});
    const refusal = app.client.instances.plan({model: testModel, provider: 'mock', type: before.type});
    await expect(refusal).rejects.toMatchObject({hint: expect.stringContaining('--no-disabled')});
    await app.client.catalog.set({provider: 'mock', type: before.type, disabled: false});
    expect((await plan()).type).toBe(before.type);
    expect((await catalog()).find(({name}) => name === before.type)?.edited).toBeNull();
  });

  it('sizes by the memory that was measured', async () => {
    const before = await plan();
    await app.client.catalog.set({provider: 'mock', type: before.type, usableVramGibPerGpu: 0.5});
    expect((await plan()).type).not.toBe(before.type);
    const one = {provider: 'mock', type: before.type, usableVramGibPerGpu: null} as const;
    expect((await app.client.catalog.set(one)).usableVramGibPerGpu).toBeNull();
    expect((await plan()).type).toBe(before.type);
  });

  it('keeps what is not said anew, and is written into the audit log', async () => {
    const [type] = await catalog();
    const one = {provider: 'mock', type: type?.name ?? ''} as const;
    await app.client.catalog.set({...one, pricePerHourNanos: 5});
    expect(await app.client.catalog.set({...one, disabled: true})).toMatchObject({
      pricePerHourNanos: 5,
      disabled: true,
    });
    expect(await app.client.catalog.reset({provider: 'mock'})).toEqual({reset: 1});
    expect(await app.client.catalog.reset({provider: 'mock'})).toEqual({reset: 0});
    const log = await app.store.audit.list(app.caller.scope, {limit: 10});
    expect(log.map(({action}) => action)).toEqual(['catalog.reset', 'catalog.set', 'catalog.set']);
  });

  it('refuses types nobody sells, with near names, and callers who may not', async () => {
    await expect(
      app.client.catalog.set({provider: 'mock', type: 'MOCK-L4-1-24', disabled: true}),
    ).rejects.toMatchObject({code: 'not_found', hint: expect.stringContaining('MOCK-L4-1-24G')});
    const manager = app.clientAs({role: 'manager'});
    await expect(manager.catalog.reset({provider: 'mock'})).rejects.toMatchObject({code: 'not_allowed'});
  });
});
