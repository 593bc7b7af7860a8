import {describe, expect, it} from 'vitest';
import {type MakeStore, otherScope, useBench} from './harness.ts';
import {aModel} from './rows.ts';

export function modelContract(makeStore: MakeStore): void {
  describe('models', () => {
    const bench = useBench(makeStore);
    const other = aModel({id: 'other', hfId: 'some/other', active: false});

    it('seeds once, and finds by id and by Hugging Face id', async () => {
      const {store, scope} = bench();
      await store.models.seed([aModel(), other]);
      await store.models.seed([aModel({displayName: 'a later edition'}), other]);

      expect(await store.models.find(scope, aModel().id)).toEqual(aModel());
      expect(await store.models.find(scope, aModel().hfId)).toEqual(aModel());
      expect(await store.models.list(scope, {includeInactive: false})).toEqual([aModel()]);
      expect(await store.models.list(scope, {includeInactive: true})).toHaveLength(2);
    });

    it('does not bring back what an operator removed, nor undo what one changed', async () => {
      const {store, scope} = bench();
      await store.models.seed([aModel(), other]);
      await store.models.remove(scope, aModel().id);
      await store.models.put(scope, {...other, displayName: 'Mine'}, 'update');
      await store.models.setActive(scope, 'other', true);
      await store.models.seed([aModel(), other]);

      expect(await store.models.find(scope, aModel().id)).toBeNull();
      expect(await store.models.find(scope, 'other')).toEqual({...other, displayName: 'Mine', active: true});
    });

    it('creates again what was removed', async () => {
      const {store, scope} = bench();
      await store.models.put(scope, aModel(), 'create');
      await store.models.remove(scope, aModel().id);
      await store.models.put(scope, aModel({displayName: 'again'}), 'create');
      expect((await store.models.find(scope, aModel().id))?.displayName).toBe('again');
    });

    it('refuses a taken id, a taken Hugging Face id, and an update of what is not there', async () => {
      const {store, scope} = bench();
      await store.models.put(scope, aModel(), 'create');
      await expect(store.models.put(scope, aModel(), 'create')).rejects.toMatchObject({code: 'conflict'});
      await expect(store.models.put(scope, aModel({id: 'twin'}), 'create')).rejects.toMatchObject({code: 'conflict'});
      await expect(store.models.put(scope, other, 'update')).rejects.toMatchObject({code: 'model_not_found'});
      await expect(store.models.remove(scope, 'other')).rejects.toMatchObject({code: 'model_not_found'});
      await expect(store.models.setActive(scope, 'other', true)).rejects.toMatchObject({code: 'model_not_found'});
    });

    it('keeps catalogues of organizations apart', async () => {
      const {store, scope} = bench();
      await store.models.put(scope, aModel(), 'create');
      expect(await store.models.find(otherScope, aModel().id)).toBeNull();
      expect(await store.models.list(otherScope, {includeInactive: true})).toEqual([]);
      await expect(store.models.remove(otherScope, aModel().id)).rejects.toMatchObject({code: 'model_not_found'});
    });

    it('tells of each change', async () => {
      const {store, scope} = bench();
      await store.models.put(scope, aModel(), 'create');
      await store.models.setActive(scope, aModel().id, false);
      await store.models.setActive(scope, aModel().id, false);
      await store.models.remove(scope, aModel().id);
      const events = await store.events.after(0, {limit: 10, topics: ['models']});
      expect(events.map(event => event.type)).toEqual(['model.created', 'model.disabled', 'model.removed']);
    });
  });
}
