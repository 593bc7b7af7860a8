import {afterEach, beforeEach} from 'vitest';
import type {OrgScope} from '../../../src/core/tenancy/org-scope.ts';
import type {Clock} from '../../../src/ports/clock.ts';
import type {Ids} from '../../../src/ports/ids.ts';
import type {Store} from '../../../src/ports/store.ts';
import {FakeClock} from '../../support/fake-clock.ts';
import {seededIds} from '../../support/seeded-ids.ts';

/** Opens a store of the kind under test on an empty database; the suite disposes of it. */
export type MakeStore = (parts: {clock: Clock; ids: Ids}) => Promise<Store>;

export interface Bench {
  readonly store: Store;
  readonly clock: FakeClock;
  readonly ids: Ids;
  readonly scope: OrgScope;
  readonly userId: string;
}

/** Nobody's organization: what belongs to another must look like nothing. */
export const otherScope: OrgScope = {organizationId: 'org_00000000000000000000000000'};

/** A fresh store with its default organization before each test. */
export function useBench(makeStore: MakeStore): () => Bench {
  let bench: Bench | null = null;

  beforeEach(async () => {
    const clock = new FakeClock();
    const ids = seededIds();
    const store = await makeStore({clock, ids});
    const {organization, user} = await store.organizations.ensureDefault({userName: 'operator'});
    bench = {store, clock, ids, scope: {organizationId: organization.id}, userId: user.id};
  });

  afterEach(async () => {
    await bench?.store[Symbol.asyncDispose]();
    bench = null;
  });

  return () => {
    if (!bench) throw new Error('the bench exists inside tests only');
    return bench;
  };
}
