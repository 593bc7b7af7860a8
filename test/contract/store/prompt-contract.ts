import {describe, expect, it} from 'vitest';
import type {PromptSubject} from '../../../src/core/prompts/prompt.ts';
import {type MakeStore, otherScope, useBench} from './harness.ts';

export function promptContract(makeStore: MakeStore): void {
  describe('system prompts', () => {
    const bench = useBench(makeStore);
    const model: PromptSubject = {level: 'model', subject: 'a/b'};
    const put = (text: string | null, subject = model, createdBy = 'ada') =>
      bench().store.prompts.put(bench().scope, {...subject, text, createdBy});

    it('keep every version, with who made it and when', async () => {
      const {store, scope, clock} = bench();
      await put('one');
      await clock.advance(1000);
      await put('two', model, 'bob');
      await put(null);
      await put('two');
      const history = await store.prompts.history(scope, model, {limit: 10});
      expect(history.map(({version, text, createdBy}) => [version, text, createdBy])).toEqual([
        [4, 'two', 'ada'],
        [3, null, 'ada'],
        [2, 'two', 'bob'],
        [1, 'one', 'ada'],
      ]);
      expect((history[0]?.createdAtMs ?? 0) - (history[3]?.createdAtMs ?? 0)).toBe(1000);
      expect(await store.prompts.history(scope, model, {limit: 10, version: 2})).toEqual([history[2]]);
      expect(await store.prompts.history(scope, model, {limit: 1})).toEqual([history[0]]);
    });

    it('are not another version when the text is the same, and nobody hears of it', async () => {
      const {store} = bench();
      await put('one');
      expect(await put('one', model, 'bob')).toMatchObject({version: 1, createdBy: 'ada'});
      await put(null);
      expect(await put(null)).toMatchObject({version: 2, text: null});
      const events = await store.events.after(0, {limit: 10, topics: ['prompts']});
      expect(events.map(({type, subjectId, payload}) => [type, subjectId, payload])).toEqual([
        ['prompt.set', 'a/b', {level: 'model', version: 1}],
        ['prompt.unset', 'a/b', {level: 'model', version: 2}],
      ]);
    });

    it('are in force in their last version, and not when that took them away', async () => {
      const {store, scope} = bench();
      const key: PromptSubject = {level: 'key', subject: 'key_1'};
      await put('one');
      await put('two');
      await put('mine', key);
      await put('gone', {level: 'organization', subject: scope.organizationId});
      await put(null, {level: 'organization', subject: scope.organizationId});
      const inForce = await store.prompts.list(scope);
      expect(inForce.map(({level, text, version}) => [level, text, version])).toEqual([
        ['key', 'mine', 1],
        ['model', 'two', 2],
      ]);
      expect(await store.prompts.listInForce()).toEqual(inForce);
    });

    it('are nothing to another organization', async () => {
      const {store} = bench();
      await put('one');
      expect(await store.prompts.list(otherScope)).toEqual([]);
      expect(await store.prompts.history(otherScope, model, {limit: 10})).toEqual([]);
    });
  });
}
