import {afterEach, beforeEach, describe, expect, it} from 'vitest';
import {SEED_INSTANCE_TYPES} from '../../../../src/core/catalog/seed.ts';
import type {JsonObject} from '../../../support/fake-scaleway/json.ts';
import {call, type FakeAccount, instanceType, openFakeAccount} from './support/fake-account.ts';

let account: FakeAccount;
beforeEach(async () => {
  account = await openFakeAccount();
});
afterEach(() => account[Symbol.asyncDispose]());

const change = (zone: string, typeName: string, changes: JsonObject) => {
  const types = account.world.catalog.types.get(zone);
  types?.set(typeName, {...types.get(typeName), ...changes});
};
const read = async (name: string) => (await account.provider.readCatalog(call)).types.find(type => type.name === name);

describe('the catalog', () => {
  it('is the seed of the catalog, read live: same types, shapes, prices and zones', async () => {
    const {types} = await account.provider.readCatalog(call);
    const byName = (a: {name: string}, b: {name: string}) => (a.name < b.name ? -1 : 1);
    const seed = SEED_INSTANCE_TYPES.filter(({provider}) => provider === 'scaleway');
    expect(types.toSorted(byName)).toEqual(seed.toSorted(byName).map(type => ({...type, netGbps: expect.any(Number)})));
  });

  it('leaves out a zone where the type ends, and ends it when it ends everywhere', async () => {
    change('fr-par-1', instanceType, {end_of_service: true});
    expect(await read(instanceType)).toMatchObject({zones: ['fr-par-2', 'pl-waw-2'], endOfService: false});
    change('fr-par-2', instanceType, {end_of_service: true});
    change('pl-waw-2', instanceType, {end_of_service: true});
    expect(await read(instanceType)).toMatchObject({endOfService: true});
  });

  it('shows the highest price where zones differ, exact to the nano-euro', async () => {
    change('pl-waw-2', instanceType, {hourly_price: 0.787500001});
    expect(await read(instanceType)).toMatchObject({pricePerHourNanos: 787_500_001});
  });

  it('takes a GPU never seen as it is told, with a capability that no model accepts', async () => {
    const gpu = {gpu_manufacturer: 'NVIDIA', gpu_name: 'X900', gpu_memory: 96 * 2 ** 30};
    change('fr-par-2', instanceType, {gpu_info: gpu});
    change('fr-par-2', 'X900-1-96G', {...account.world.catalog.types.get('fr-par-2')?.get(instanceType)});
    expect(await read('X900-1-96G')).toMatchObject({
      gpuModel: 'X900',
      vramGibPerGpu: 96,
      computeCapability: 0,
      zones: ['fr-par-2'],
    });
  });

  it('is not read in part: one zone that fails fails it all', async () => {
    account.fault({kind: 'server_error', path: '/zones/pl-waw-3/', times: null});
    await expect(account.provider.readCatalog(call)).rejects.toMatchObject({code: 'provider_unavailable'});
  });
});
