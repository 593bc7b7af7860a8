import {describe, expect, it} from 'vitest';
import {type MakeStore, useBench} from './harness.ts';
import {newInstance} from './rows.ts';

const TTL_MS = 30_000;

export function leaseContract(makeStore: MakeStore): void {
  describe('leases', () => {
    const bench = useBench(makeStore);
    const create = async () => (await bench().store.instances.create(newInstance(bench()))).id;

    it('gives a free instance to one of many at once', async () => {
      const {instances} = bench().store;
      const id = await create();
      const won = await Promise.all(['a', 'b', 'c'].map(owner => instances.acquireLease(id, owner, TTL_MS)));
      expect(won.filter(Boolean)).toHaveLength(1);
    });

    it('lets the owner take it again and renew it, and nobody else until it expires', async () => {
      const {store, clock} = bench();
      const {instances} = store;
      const id = await create();
      expect(await instances.acquireLease(id, 'a', TTL_MS)).toBe(true);
      expect(await instances.acquireLease(id, 'a', TTL_MS)).toBe(true);
      await clock.advance(TTL_MS - 1);
      expect(await instances.acquireLease(id, 'b', TTL_MS)).toBe(false);
      expect(await instances.renewLease(id, 'a', TTL_MS)).toBe(true);
      expect(await instances.renewLease(id, 'b', TTL_MS)).toBe(false);
      await clock.advance(TTL_MS - 1);
      expect(await instances.acquireLease(id, 'b', TTL_MS)).toBe(false);
      await clock.advance(1);
      expect(await instances.acquireLease(id, 'b', TTL_MS)).toBe(true);
      expect(await instances.renewLease(id, 'a', TTL_MS)).toBe(false);
      expect((await instances.load(id))?.instance.lease).toEqual({owner: 'b', expiresAtMs: clock.nowMs() + TTL_MS});
    });

    it('is given back by its owner alone', async () => {
      const {instances} = bench().store;
      const id = await create();
      await instances.acquireLease(id, 'a', TTL_MS);
      await instances.releaseLease(id, 'b');
      expect(await instances.acquireLease(id, 'b', TTL_MS)).toBe(false);
      await instances.releaseLease(id, 'a');
      expect(await instances.acquireLease(id, 'b', TTL_MS)).toBe(true);
      expect(await instances.acquireLease('ins_none', 'b', TTL_MS)).toBe(false);
    });

    it('does not outlive a clock that went back by more than its length', async () => {
      const {store, clock} = bench();
      const id = await create();
      await store.instances.acquireLease(id, 'dead', TTL_MS);
      clock.set(clock.nowMs() - TTL_MS + 1);
      expect(await store.instances.acquireLease(id, 'b', TTL_MS)).toBe(false);
      clock.set(clock.nowMs() - 1);
      expect(await store.instances.acquireLease(id, 'b', TTL_MS)).toBe(true);
    });

    it('keeps a driver that lost its lease from recording', async () => {
      const {store, clock} = bench();
      const id = await create();
      const record = (leaseOwner: string) =>
        store.instances.record({
          instanceId: id,
          correlationId: 'c',
          leaseOwner,
          actions: [{kind: 'start', type: 'HEALTH_CHECK'}],
        });

      await store.instances.acquireLease(id, 'a', TTL_MS);
      await record('a');
      await clock.advance(TTL_MS);
      await store.instances.acquireLease(id, 'b', TTL_MS);
      await expect(record('a')).rejects.toMatchObject({code: 'lease_held', retryable: true});
      await record('b');
      await clock.advance(TTL_MS);
      // Nobody alive holds it: late, but alone.
      await record('a');
      expect((await store.instances.load(id))?.actions.at(-1)?.attempts).toBe(3);
    });
  });
}
