import {describe, expect, it} from 'vitest';
import {type MakeStore, otherScope, useBench} from './harness.ts';
import {aKey} from './rows.ts';

export function rateLimitContract(makeStore: MakeStore): void {
  describe('rate limits', () => {
    const bench = useBench(makeStore);
    const rates = {requestsPerMinute: 60, tokensPerMinute: null, concurrency: 4};
    const all = {keyId: null, modelHfId: null};
    const put = (id: string, owner: {keyId: string | null; modelHfId: string | null} = all, requestsPerMinute = 60) =>
      bench().store.rateLimits.put(bench().scope, {id, ...owner, ...rates, requestsPerMinute});

    it('are one for each owner: the same owner again keeps its id', async () => {
      const {store, scope} = bench();
      const key = aKey(bench());
      await store.keys.create(scope, key);
      await put('a');
      await put('b', {keyId: key.id, modelHfId: null});
      await put('c', {keyId: null, modelHfId: 'a/b'});
      await put('d', {keyId: key.id, modelHfId: 'a/b'});
      expect(await put('e', all, 90)).toMatchObject({id: 'a', requestsPerMinute: 90, tokensPerMinute: null});
      const listed = await store.rateLimits.list(scope);
      expect(listed.map(({id}) => id).toSorted()).toEqual(['a', 'b', 'c', 'd']);
      expect(await store.rateLimits.listAll()).toEqual(listed);
      expect(listed.find(({id}) => id === 'd')).toMatchObject({keyId: key.id, modelHfId: 'a/b', userId: null});
    });

    it('go, and are told of in the feed', async () => {
      const {store, scope} = bench();
      await put('a');
      expect(await store.rateLimits.remove(otherScope, all)).toBeNull();
      expect(await store.rateLimits.remove(scope, all)).toMatchObject({id: 'a', concurrency: 4});
      expect(await store.rateLimits.remove(scope, all)).toBeNull();
      expect(await store.rateLimits.listAll()).toEqual([]);
      const events = await store.events.after(0, {limit: 10, topics: ['limits']});
      expect(events.map(({type, subjectId}) => [type, subjectId])).toEqual([
        ['rate_limit.set', 'a'],
        ['rate_limit.unset', 'a'],
      ]);
    });

    it('are refused beyond what the gate reads: one that is kept has to hold', async () => {
      for (let count = 0; count < 1000; count++) await put(`id-${count}`, {keyId: null, modelHfId: `a/${count}`});
      await expect(put('more', {keyId: null, modelHfId: 'a/more'})).rejects.toMatchObject({code: 'conflict'});
      expect(await put('same', {keyId: null, modelHfId: 'a/0'}, 90)).toMatchObject({id: 'id-0', requestsPerMinute: 90});
    });

    it('of another organization are not there', async () => {
      await put('a');
      expect(await bench().store.rateLimits.list(otherScope)).toEqual([]);
    });
  });
}
