import {describe, expect, it} from 'vitest';
import {someHost} from '../../support/hosts.ts';
import {type MakeStore, otherScope, useBench} from './harness.ts';

export function hostContract(makeStore: MakeStore): void {
  describe('hosts', () => {
    const bench = useBench(makeStore);
    const add = (name = 'box', address = '203.0.113.7', port = 22) =>
      bench().store.hosts.add(bench().scope, someHost({id: bench().ids.next('host'), name, address, port}));
    const claim = (hostId: string, name = 'inventiv-one') =>
      bench().store.hosts.claim(bench().scope, {
        id: bench().ids.next('hostClaim'),
        hostId,
        name,
        tags: ['inventiv', 'a=b'],
        securityGroup: `${name}-sg`,
      });

    it('are kept as they were added, found by name and by id, and nothing to another organization', async () => {
      const {store, scope} = bench();
      const host = await add();
      expect(await store.hosts.list(scope)).toEqual([host]);
      expect(await store.hosts.find(scope, 'box')).toEqual(host);
      expect(await store.hosts.find(scope, host.id)).toEqual(host);
      expect(await store.hosts.find(scope, 'bo')).toBeNull();
      expect(await store.hosts.list(otherScope)).toEqual([]);
      expect(await store.hosts.find(otherScope, host.id)).toBeNull();
    });

    it('have names and addresses of their own, until they are removed', async () => {
      const {store, scope} = bench();
      const host = await add();
      await expect(add('box', '203.0.113.8')).rejects.toMatchObject({code: 'conflict'});
      await expect(add('other')).rejects.toMatchObject({code: 'conflict'});
      await add('other', '203.0.113.7', 2222);
      await store.hosts.remove(scope, host.id);
      expect((await store.hosts.list(scope)).map(({name}) => name)).toEqual(['other']);
      await add();
    });

    it('take new facts, but not once they are removed, nor from others', async () => {
      const {store, scope} = bench();
      const host = await add();
      const facts = {...host.facts, diskFreeGb: 7};
      expect(await store.hosts.saveFacts(scope, host.id, facts, 5000)).toEqual({...host, facts, checkedAtMs: 5000});
      await expect(store.hosts.saveFacts(otherScope, host.id, facts, 6000)).rejects.toMatchObject({code: 'not_found'});
      await store.hosts.remove(otherScope, host.id);
      expect(await store.hosts.list(scope)).toHaveLength(1);
      await store.hosts.remove(scope, host.id);
      await expect(store.hosts.saveFacts(scope, host.id, facts, 7000)).rejects.toMatchObject({code: 'not_found'});
    });

    it('are had by one at a time, who may ask again', async () => {
      const {store, scope} = bench();
      const host = await add();
      const first = await claim(host.id);
      expect(first).toMatchObject({
        hostId: host.id,
        name: 'inventiv-one',
        tags: ['inventiv', 'a=b'],
        isPoweredOn: false,
      });
      expect(await claim(host.id)).toEqual(first);
      expect(await claim(host.id, 'inventiv-two')).toBeNull();
      await store.hosts.powerOn(first?.id ?? '');
      await store.hosts.powerOn(first?.id ?? '');
      expect(await store.hosts.claims(scope)).toEqual([{...first, isPoweredOn: true}]);
      expect(await store.hosts.claims(otherScope)).toEqual([]);

      expect(await store.hosts.release(first?.id ?? '')).toBe(true);
      expect(await store.hosts.release(first?.id ?? '')).toBe(false);
      expect(await store.hosts.claims(scope)).toEqual([]);
      expect((await claim(host.id))?.id).not.toBe(first?.id);
    });

    it('are had by one of many who ask at once', async () => {
      const host = await add();
      const got = await Promise.all(['a', 'b', 'c', 'd'].map(name => claim(host.id, name)));
      expect(got.filter(each => each !== null)).toHaveLength(1);
    });

    it('are nobody’s when they are removed', async () => {
      const {store, scope} = bench();
      const host = await add();
      await claim(host.id);
      await store.hosts.remove(scope, host.id);
      expect(await store.hosts.claims(scope)).toEqual([]);
    });
  });
}
