import {describe, expect, it} from 'vitest';
import {type MakeStore, otherScope, useBench} from './harness.ts';

export function auditContract(makeStore: MakeStore): void {
  describe('audit log', () => {
    const bench = useBench(makeStore);
    const append = (subject: string) =>
      bench().store.audit.append(bench().scope, {
        actor: 'usr_x',
        action: 'key.revoke',
        subject,
        details: {reason: 'lost'},
        correlationId: 'cor_x',
      });

    it('lists what was done, latest first, to its organization alone', async () => {
      const {store, scope, clock} = bench();
      await append('key_1');
      await append('key_2');
      const entries = await store.audit.list(scope, {limit: 10});
      expect(entries.map(entry => entry.subject)).toEqual(['key_2', 'key_1']);
      expect(entries[0]).toMatchObject({
        actor: 'usr_x',
        action: 'key.revoke',
        details: {reason: 'lost'},
        atMs: clock.nowMs(),
      });
      expect(entries[0]?.hash).toMatch(/^[0-9a-f]{64}$/);
      expect(await store.audit.list(scope, {limit: 1})).toHaveLength(1);
      expect(await store.audit.list(otherScope, {limit: 10})).toEqual([]);
    });

    it('forms one chain, also when many write at once', async () => {
      const {store} = bench();
      expect(await store.audit.verify()).toEqual({ok: true, rows: 0, firstBadId: null});
      await Promise.all(Array.from({length: 20}, (_, n) => append(`key_${n}`)));
      expect(await store.audit.verify()).toEqual({ok: true, rows: 20, firstBadId: null});
    });
  });
}
