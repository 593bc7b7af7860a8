import {describe, expect, it} from 'vitest';
import type {InstanceType} from '../../../src/core/catalog/instance-type.ts';
import {eurNanos} from '../../../src/core/money.ts';
import {type MakeStore, useBench} from './harness.ts';

export function catalogContract(makeStore: MakeStore): void {
  describe('catalogue', () => {
    const bench = useBench(makeStore);

    it('gives a catalogue back as it was saved, in the order of the provider', async () => {
      const {store} = bench();
      const catalog = {
        types: [aType('L4-2-24G', ['mock-2', 'mock-1']), aType('L4-1-24G', ['mock-1']), aType('A-NONE', [])],
        availability: [
          {typeName: 'L4-1-24G', zone: 'mock-1', stock: 'scarce' as const},
          {typeName: 'A-NEW', zone: 'mock-3', stock: 'shortage' as const},
        ],
      };
      await store.catalog.save('mock', catalog, 500);
      expect(await store.catalog.read('mock')).toEqual({catalog, syncedAtMs: 500});
      expect(await store.catalog.read('scaleway')).toBeNull();
    });

    it('replaces the whole catalogue of one provider and leaves the others', async () => {
      const {store} = bench();
      await store.catalog.save('mock', {types: [aType('OLD', ['mock-1'])], availability: []}, 1);
      await store.catalog.save('host', {types: [{...aType('HOST', ['here']), provider: 'host'}], availability: []}, 2);
      await store.catalog.save('mock', {types: [aType('NEW', ['mock-2'])], availability: []}, 3);

      expect((await store.catalog.read('mock'))?.catalog.types.map(type => type.name)).toEqual(['NEW']);
      expect((await store.catalog.read('host'))?.catalog.types.map(type => type.name)).toEqual(['HOST']);
    });

    it('keeps what operators say of types, whatever the provider says next, until it is taken back', async () => {
      const {store} = bench();
      const edit = {
        ...{typeName: 'L4', pricePerHourNanos: 5, usableVramGibPerGpu: null, disabled: false},
        ...{editedBy: 'me', editedAtMs: 7},
      };
      await store.catalog.putEdit('mock', {...edit, disabled: true});
      await store.catalog.putEdit('mock', edit);
      await store.catalog.putEdit('mock', {...edit, typeName: 'A', pricePerHourNanos: null, usableVramGibPerGpu: 21.5});
      await store.catalog.putEdit('host', edit);
      await store.catalog.save('mock', {types: [aType('L4', ['mock-1'])], availability: []}, 3);
      expect((await store.catalog.edits('mock')).map(({typeName}) => typeName)).toEqual(['A', 'L4']);
      expect((await store.catalog.edits('mock'))[1]).toEqual(edit);
      expect((await store.catalog.read('mock'))?.catalog.types[0]).toEqual(aType('L4', ['mock-1']));
      expect(await store.catalog.dropEdits('mock', 'L4')).toBe(1);
      expect(await store.catalog.dropEdits('mock', 'L4')).toBe(0);
      expect(await store.catalog.dropEdits('mock', null)).toBe(1);
      expect(await store.catalog.edits('host')).toEqual([edit]);
    });
  });
}

function aType(name: string, zones: readonly string[]): InstanceType {
  return {
    provider: 'mock',
    name,
    gpuModel: 'L4',
    gpuCount: 1,
    vramGibPerGpu: 24,
    effectiveVramGibPerGpu: 22.5,
    vcpus: 8,
    ramGib: 48,
    scratchBytesMax: 3_000_000_000_000,
    computeCapability: 8.9,
    nvlink: false,
    netGbps: 2.5,
    pricePerHourNanos: eurNanos(787_500_000),
    zones,
    endOfService: false,
    localVolumeAllowed: true,
  };
}
