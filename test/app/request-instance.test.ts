import {describe, expect, it} from 'vitest';
import {InventivError} from '../../src/core/errors.ts';
import {TestApp, testModel} from '../support/test-app.ts';

describe('requesting instances', () => {
  it('writes the intent for everything that will exist, and asks the provider for nothing', async () => {
    await using app = await TestApp.open();
    const {id} = await app.request({name: 'one'});
    const {instance, resources, actions} = await app.client.instances.show({instance: id});
    expect(instance).toMatchObject({name: 'one', state: 'provisioning', progressPercent: 5, costSoFarNanos: 0});
    expect(resources.map(({kind, status, providerId}) => [kind, status, providerId]).sort()).toEqual([
      ['security_group', 'planned', null],
      ['server', 'planned', null],
    ]);
    expect(actions.map(action => action.type)).toEqual(['REQUEST_CREATE']);
    expect(new Set(app.cloud.calls.map(call => call.method))).toEqual(new Set(['readCatalog']));
  });

  it('names resources so that they end in the id of their instance', async () => {
    await using app = await TestApp.open();
    const {id} = await app.request({name: 'one'});
    const tail = id.slice(-10);
    const {resources} = await app.client.instances.show({instance: id});
    expect(resources.map(resource => resource.name).sort()).toEqual([
      `inventiv-one-${tail}`,
      `inventiv-one-${tail}-security-group`,
    ]);
  });

  it('opens the machine to the ranges that were asked for, and to nobody else', async () => {
    await using app = await TestApp.open();
    const wish = {model: testModel, provider: 'mock', sourceRanges: ['203.0.113.7', '198.51.100.0/24']} as const;
    const ranges = ['203.0.113.7/32', '198.51.100.0/24'];
    const {sourceRanges, openPorts} = await app.client.instances.plan({...wish, sourceRanges: [...wish.sourceRanges]});
    expect({sourceRanges, openPorts}).toEqual({sourceRanges: ranges, openPorts: [22, 8000, 8080]});
    await app.drive((await app.request({sourceRanges: [...wish.sourceRanges]})).id);
    expect([...app.cloud.groups.values()]).toMatchObject([{sourceRanges: ranges}]);
    await expect(app.request({sourceRanges: ['203.0.113.7/24']})).rejects.toMatchObject({code: 'invalid_input'});
  });

  it('makes up names from the model that differ', async () => {
    await using app = await TestApp.open();
    const created = await app.client.instances.create({model: testModel, provider: 'mock', count: 3});
    const names = created.map(instance => instance.name);
    expect(new Set(names).size).toBe(3);
    for (const name of names) expect(name).toMatch(/^qwen2-5-0-5b-instruct-[0-9a-z]{4}$/);
  });

  it('numbers the instances of one name', async () => {
    await using app = await TestApp.open();
    const created = await app.client.instances.create({model: testModel, provider: 'mock', name: 'web', count: 2});
    expect(created.map(instance => instance.name)).toEqual(['web-1', 'web-2']);
  });

  it('refuses a name that is taken, and takes it again once its owner is gone', async () => {
    await using app = await TestApp.open();
    const first = await app.request({name: 'web'});
    await expect(app.request({name: 'web'})).rejects.toMatchObject({code: 'conflict'});
    await app.client.instances.terminate({instances: ['web']});
    await app.drive(first.id);
    const second = await app.request({name: 'web'});
    expect((await app.client.instances.show({instance: 'web'})).instance.id).toBe(second.id);
  });

  it.each(['Web', 'web_1', '-web', 'web-', 'wéb', '', 'a'.repeat(64), 'a b', '../etc'])(
    'refuses the name %j and says how names look',
    async name => {
      await using app = await TestApp.open();
      await expect(app.request({name})).rejects.toMatchObject({code: 'invalid_input', param: 'name'});
      expect(app.cloud.calls).toEqual([]);
    },
  );

  it('names models near to one that is not there, and how to add it', async () => {
    await using app = await TestApp.open();
    await expect(app.request({model: 'Qwen/Qwen2.5-0.5B-Instrukt'})).rejects.toMatchObject({
      code: 'model_not_found',
      param: 'model',
      hint: expect.stringMatching(/Qwen\/Qwen2\.5-0\.5B-Instruct.*models add/),
    });
  });

  it('refuses a disabled model and says how to enable it', async () => {
    await using app = await TestApp.open();
    const {model} = await app.client.models.show({model: testModel});
    await app.client.models.setActive({model: model.id, active: false});
    await expect(app.request()).rejects.toMatchObject({
      code: 'model_not_found',
      detailCode: 'MODEL_INACTIVE',
      hint: expect.stringContaining('models enable'),
    });
  });

  it('says why nothing fits, and what would', async () => {
    await using app = await TestApp.open();
    const failed = await app.request({model: 'meta-llama/Llama-3.3-70B-Instruct'}).catch((error: unknown) => error);
    expect(failed).toBeInstanceOf(InventivError);
    expect(failed).toMatchObject({hint: expect.stringMatching(/\w+ /)});
    expect(await app.client.instances.list({})).toEqual([]);
  });

  it('refuses a machine that is out of stock everywhere as lack of capacity', async () => {
    await using app = await TestApp.open();
    app.cloud.catalog = {
      ...app.cloud.catalog,
      availability: app.cloud.catalog.availability.map(each => ({...each, stock: 'shortage'})),
    };
    await expect(app.request()).rejects.toMatchObject({code: 'no_capacity', hint: expect.any(String)});
  });

  it('passes over a zone without stock', async () => {
    await using app = await TestApp.open();
    const {zone} = await app.request();
    app.cloud.catalog = {
      ...app.cloud.catalog,
      availability: app.cloud.catalog.availability.map(each =>
        each.zone === zone ? {...each, stock: 'shortage'} : each,
      ),
    };
    const other = await app.request();
    expect(other.zone).not.toBe(zone);
  });

  it('refuses a provider that this version does not have, naming those it has', async () => {
    await using app = await TestApp.open();
    await expect(app.request({provider: 'host'})).rejects.toMatchObject({
      code: 'invalid_input',
      param: 'provider',
      hint: expect.stringContaining('mock'),
    });
  });

  it('plans without writing anything', async () => {
    await using app = await TestApp.open();
    const plan = await app.client.instances.plan({model: testModel, provider: 'mock'});
    expect(plan).toMatchObject({provider: 'mock', runtime: 'native', mode: 'mono', model: {hfId: testModel}});
    expect(plan.pricePerHourNanos).toBeGreaterThan(0);
    expect(plan.sizing.length).toBeGreaterThan(0);
    expect(await app.client.instances.list({includeGone: true})).toEqual([]);
  });
});
