import {describe, expect, it} from 'vitest';
import {type MakeStore, otherScope, useBench} from './harness.ts';

export function credentialContract(makeStore: MakeStore): void {
  describe('provider credentials', () => {
    const bench = useBench(makeStore);
    const add = (mode: 'first' | 'next', provider = 'scaleway') =>
      bench().store.credentials.add(bench().scope, {
        id: bench().ids.next('credentials'),
        provider,
        mode,
        keyPrefix: 'SCWABCD',
        createdBy: 'operator',
        seal: version => `sealed ${provider} ${version}`,
      });
    const current = async () => (await bench().store.credentials.current(bench().scope, 'scaleway'))?.version ?? null;
    const rollBack = (toVersion: number | null, verify = () => {}) =>
      bench().store.credentials.rollBack(bench().scope, {provider: 'scaleway', toVersion, verify});

    it('gives back the first version as it was stored', async () => {
      const {store, scope, clock} = bench();
      const stored = await add('first');
      expect(stored).toMatchObject({
        version: 1,
        sealed: 'sealed scaleway 1',
        keyPrefix: 'SCWABCD',
        createdBy: 'operator',
        createdAtMs: clock.nowMs(),
        checkedAtMs: null,
        replacedAtMs: null,
      });
      expect(await store.credentials.current(scope, 'scaleway')).toEqual(stored);
      expect(await store.credentials.versions(scope, 'scaleway')).toEqual([stored]);
    });

    it('tells the first from the next: neither takes the place of the other', async () => {
      await expect(add('next')).rejects.toMatchObject({code: 'not_found'});
      await add('first');
      await expect(add('first')).rejects.toMatchObject({code: 'conflict'});
      expect(await current()).toBe(1);
    });

    it('keeps organizations and providers apart', async () => {
      const {store} = bench();
      await add('first');
      await add('first', 'elsewhere');
      expect(await store.credentials.current(otherScope, 'scaleway')).toBeNull();
      expect(await store.credentials.versions(otherScope, 'scaleway')).toEqual([]);
      await expect(store.credentials.remove(otherScope, 'scaleway')).rejects.toMatchObject({code: 'not_found'});
      expect(await current()).toBe(1);
    });

    it('has one version in use, whoever writes at once', async () => {
      await add('first');
      const results = await Promise.allSettled(Array.from({length: 5}, () => add('next')));
      expect(results.filter(({status}) => status === 'rejected')).toEqual([]);
      const versions = await bench().store.credentials.versions(bench().scope, 'scaleway');
      expect(versions.filter(({replacedAtMs}) => replacedAtMs === null).map(({version}) => version)).toEqual([6]);
    });

    it('goes back to the version before, and from there forth again', async () => {
      await add('first');
      await add('next');
      expect(await rollBack(null)).toMatchObject({version: 1, replacedAtMs: null});
      expect(await current()).toBe(1);
      expect(await rollBack(null)).toMatchObject({version: 2});
      expect(await add('next')).toMatchObject({version: 3});
    });

    it('goes back to the one that was in use last, not to the one that was given up', async () => {
      const {clock} = bench();
      await add('first');
      await clock.advance(1);
      await add('next');
      await clock.advance(1);
      await rollBack(null);
      await clock.advance(1);
      await add('next');
      expect(await rollBack(null)).toMatchObject({version: 1});
    });

    it('goes back to a version by its number, and refuses one that is not there', async () => {
      await expect(rollBack(1)).rejects.toMatchObject({code: 'not_found'});
      await add('first');
      await expect(rollBack(null)).rejects.toMatchObject({code: 'not_found'});
      await add('next');
      await add('next');
      expect(await rollBack(1)).toMatchObject({version: 1});
      await expect(rollBack(1)).rejects.toMatchObject({code: 'conflict'});
      await expect(rollBack(9)).rejects.toMatchObject({code: 'not_found', hint: 'Versions kept: 3, 2.'});
    });

    it('changes nothing when the version to go back to is refused', async () => {
      await add('first');
      await add('next');
      const refuse = () => {
        throw new Error('not this one');
      };
      await expect(rollBack(null, refuse)).rejects.toThrow('not this one');
      expect(await current()).toBe(2);
    });

    it('keeps five versions and forgets what was sealed in older ones', async () => {
      const {store, scope} = bench();
      await add('first');
      for (let count = 0; count < 6; count++) await add('next');
      const versions = await store.credentials.versions(scope, 'scaleway');
      expect(versions.map(({version}) => version)).toEqual([7, 6, 5, 4, 3]);
      await expect(rollBack(1)).rejects.toMatchObject({code: 'not_found'});
    });

    it('forgets all versions at once, and never uses a number twice', async () => {
      const {store, scope} = bench();
      await add('first');
      await add('next');
      expect(await store.credentials.remove(scope, 'scaleway')).toEqual({versions: 2});
      expect(await current()).toBeNull();
      expect(await store.credentials.versions(scope, 'scaleway')).toEqual([]);
      await expect(store.credentials.remove(scope, 'scaleway')).rejects.toMatchObject({code: 'not_found'});
      expect(await add('first')).toMatchObject({version: 3});
    });

    it('keeps when a version was accepted, for its organization only', async () => {
      const {store, scope} = bench();
      const {id} = await add('first');
      await store.credentials.markChecked(otherScope, id, 5);
      expect(await store.credentials.current(scope, 'scaleway')).toMatchObject({checkedAtMs: null});
      await store.credentials.markChecked(scope, id, 7);
      expect(await store.credentials.current(scope, 'scaleway')).toMatchObject({checkedAtMs: 7});
    });
  });
}
