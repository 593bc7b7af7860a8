import {describe, expect, it} from 'vitest';
import {type MakeStore, useBench} from './harness.ts';

export function organizationContract(makeStore: MakeStore): void {
  describe('organizations', () => {
    const bench = useBench(makeStore);

    it('makes one default organization owned by the operator, however often it is asked', async () => {
      const {store} = bench();
      const first = await store.organizations.ensureDefault({userName: 'operator'});
      const again = await store.organizations.ensureDefault({userName: 'somebody else'});

      expect(again).toEqual(first);
      expect(first.user.name).toBe('operator');
      expect(first.membership).toEqual({organizationId: first.organization.id, userId: first.user.id, role: 'owner'});
      expect(await store.organizations.list()).toEqual([first.organization]);
    });

    it('makes one when many ask at once', async () => {
      const {store} = bench();
      const asked = await Promise.all([1, 2, 3].map(n => store.organizations.ensureDefault({userName: `user ${n}`})));

      expect(new Set(asked.map(({organization}) => organization.id)).size).toBe(1);
      expect(await store.organizations.list()).toHaveLength(1);
    });
  });
}
