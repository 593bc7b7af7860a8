import {describe, expect, it} from 'vitest';
import {type MakeStore, useBench} from './harness.ts';
import {aSample, newInstance} from './rows.ts';

export function workerContract(makeStore: MakeStore): void {
  describe('workers', () => {
    const bench = useBench(makeStore);
    const create = async (name = 'first') => (await bench().store.instances.create(newInstance(bench(), {name}))).id;
    const enrolled = async () => {
      const id = await create();
      await bench().store.workers.saveEnrolment(id, 'secret');
      await bench().store.workers.enrol({secretHash: 'secret', bootId: 'boot-1', tokenHash: 'token-1'});
      return id;
    };

    it('lets one worker in per secret', async () => {
      const {workers} = bench().store;
      const id = await create();
      await workers.saveEnrolment(id, 'secret');
      const outcomes = await Promise.all(
        [1, 2].map(n => workers.enrol({secretHash: 'secret', bootId: `boot-${n}`, tokenHash: `token-${n}`})),
      );
      expect(outcomes).toEqual([{kind: 'accepted', instanceId: id}, {kind: 'unknown'}]);
      expect(await workers.findByTokenHash('token-1')).toMatchObject({instanceId: id, bootId: 'boot-1', gone: false});
      expect(await workers.findByTokenHash('token-2')).toBeNull();
    });

    it('replaces an unused secret, and an earlier token', async () => {
      const {workers} = bench().store;
      const id = await enrolled();
      await workers.saveEnrolment(id, 'second');
      await workers.saveEnrolment(id, 'third');
      expect(await workers.enrol({secretHash: 'second', bootId: 'b', tokenHash: 't'})).toEqual({kind: 'unknown'});
      expect(await workers.enrol({secretHash: 'third', bootId: 'boot-2', tokenHash: 'token-2'})).toMatchObject({
        kind: 'accepted',
      });
      expect(await workers.findByTokenHash('token-1')).toBeNull();
      expect(await workers.findByTokenHash('token-2')).toMatchObject({bootId: 'boot-2'});
    });

    it('tells a worker whose instance is gone to stop', async () => {
      const {store} = bench();
      const id = await enrolled();
      await store.workers.saveEnrolment(id, 'late');
      for (const [from, to] of [
        ['provisioning', 'terminating'],
        ['terminating', 'terminated'],
      ] as const) {
        await store.instances.record({instanceId: id, correlationId: 'c', transition: {from, to, reason: 'x'}});
      }

      expect(await store.workers.enrol({secretHash: 'late', bootId: 'b', tokenHash: 't'})).toEqual({kind: 'gone'});
      expect(await store.workers.findByTokenHash('token-1')).toMatchObject({gone: true});
    });

    it('answers a lost enrolment again to the same boot, until its token was used', async () => {
      const {workers} = bench().store;
      const id = await enrolled();
      expect(await workers.enrol({secretHash: 'secret', bootId: 'boot-1', tokenHash: 'again'})).toMatchObject({
        kind: 'accepted',
        instanceId: id,
      });
      expect(await workers.findByTokenHash('token-1')).toBeNull();
      expect(await workers.enrol({secretHash: 'secret', bootId: 'boot-9', tokenHash: 'thief'})).toEqual({
        kind: 'unknown',
      });

      const sample = aSample(id);
      expect(await workers.recordHeartbeats([{instanceId: id, bootId: 'boot-1', seq: 0, sample}])).toEqual([
        'recorded',
      ]);
      expect(await workers.enrol({secretHash: 'secret', bootId: 'boot-1', tokenHash: 'late'})).toEqual({
        kind: 'unknown',
      });
    });

    it('records a heartbeat once, in order, from the boot that enrolled', async () => {
      const {store, clock} = bench();
      const id = await enrolled();
      const beat = async (seq: number, bootId = 'boot-1') =>
        (
          await store.workers.recordHeartbeats([{instanceId: id, bootId, seq, sample: aSample(id, {atMs: 100 + seq})}])
        )[0];

      expect(await beat(0)).toBe('recorded');
      expect(await beat(2)).toBe('recorded');
      expect(await beat(2)).toBe('replayed');
      expect(await beat(1)).toBe('replayed');
      expect(await beat(3, 'boot-2')).toBe('other_boot');
      expect(await store.workers.latestSamples([id])).toEqual([aSample(id, {atMs: 102})]);
      expect(await store.workers.findByTokenHash('token-1')).toMatchObject({lastSeq: 2});
      expect((await store.instances.load(id))?.instance.lastSeenAtMs).toBe(clock.nowMs());
    });

    it('answers with the latest sample of each instance that has one', async () => {
      const {store} = bench();
      const id = await enrolled();
      const silent = await create('silent');
      await store.workers.recordHeartbeats([{instanceId: id, bootId: 'boot-1', seq: 1, sample: aSample(id)}]);
      expect(await store.workers.latestSamples([id, silent, 'ins_none'])).toEqual([aSample(id)]);
      expect(await store.workers.latestSamples([])).toEqual([]);
    });

    it('writes many heartbeats at once, each judged as if it came alone', async () => {
      const {store} = bench();
      const id = await enrolled();
      const other = await create('never enrolled');
      const beat = (seq: number, more: {instanceId?: string; bootId?: string} = {}) => ({
        ...{instanceId: id, bootId: 'boot-1', seq, sample: aSample(id, {atMs: seq}), ...more},
      });
      expect(
        await store.workers.recordHeartbeats([
          beat(1),
          beat(3),
          beat(2),
          beat(3),
          beat(4, {bootId: 'boot-2'}),
          beat(5, {instanceId: other}),
        ]),
      ).toEqual(['recorded', 'recorded', 'replayed', 'replayed', 'other_boot', 'other_boot']);
      expect(await store.workers.recordHeartbeats([])).toEqual([]);
      expect((await store.workers.recentSamples(id, 10)).map(({atMs}) => atMs)).toEqual([1, 3]);
      expect((await store.workers.recentSamples(id, 1)).map(({atMs}) => atMs)).toEqual([3]);
      expect(await store.workers.findByTokenHash('token-1')).toMatchObject({lastSeq: 3});
    });
  });
}
