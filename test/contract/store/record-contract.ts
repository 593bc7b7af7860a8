import {describe, expect, it} from 'vitest';
import type {InstanceState} from '../../../src/core/instance/state.ts';
import {type MakeStore, useBench} from './harness.ts';
import {aResource, newInstance} from './rows.ts';

export function recordContract(makeStore: MakeStore): void {
  describe('recording changes', () => {
    const bench = useBench(makeStore);
    const create = async () => bench().store.instances.create(newInstance(bench()));
    const typesAfter = async (id: number) =>
      (await bench().store.events.after(id, {limit: 100})).map(event => `${event.topic} ${event.type}`);

    it('writes actions, resources, fields, state, history and events of one change together', async () => {
      const {store, scope, clock} = bench();
      const {id} = await create();
      const volume = aResource(bench(), id, {status: 'attached', isBoot: true});
      const before = await store.events.latestId();
      await clock.advance(1000);

      const file = await store.instances.record({
        instanceId: id,
        correlationId: 'cor_x',
        actions: [
          {kind: 'succeed', type: 'PROVIDER_CREATE', metadata: {serverId: 's-1'}},
          {kind: 'start', type: 'PROVIDER_START'},
        ],
        resources: [{kind: 'insert', resource: volume}],
        fields: {billedFromMs: clock.nowMs(), spentBeforeNanos: 7, consecutiveFailures: 2, zone: 'mock-2'},
        transition: {from: 'provisioning', to: 'booting', reason: 'power on'},
      });

      expect(file.instance).toMatchObject({
        state: 'booting',
        stateReason: 'power on',
        stateSinceMs: clock.nowMs(),
        billedFromMs: clock.nowMs(),
        spentBeforeNanos: 7,
        consecutiveFailures: 2,
        zone: 'mock-2',
      });
      expect(file).toEqual(await store.instances.load(id));
      expect(file.actions.map(action => [action.type, action.status])).toEqual([
        ['REQUEST_CREATE', 'success'],
        ['PROVIDER_CREATE', 'success'],
        ['PROVIDER_START', 'in_progress'],
      ]);
      expect(file.resources.find(resource => resource.id === volume.id)).toEqual({
        ...volume,
        attachedAtMs: clock.nowMs(),
      });
      expect((await store.instances.history(scope, id)).at(-1)).toMatchObject({from: 'provisioning', to: 'booting'});
      expect(await typesAfter(before)).toEqual([
        'actions action.succeeded',
        'actions action.started',
        'volumes resource.attached',
        'instances instance.updated',
        'instances instance.state_changed',
      ]);
      const last = (await store.events.after(before, {limit: 100})).at(-1);
      expect(last).toMatchObject({
        subjectId: id,
        correlationId: 'cor_x',
        payload: {from: 'provisioning', to: 'booting', reason: 'power on', name: 'first', progress: 20},
      });
    });

    it('counts attempts of an action in progress, merges metadata, and ends it', async () => {
      const {store} = bench();
      const {id} = await create();
      const record = (action: NonNullable<Parameters<typeof store.instances.record>[0]['actions']>[number]) =>
        store.instances.record({instanceId: id, correlationId: 'c', actions: [action]});

      await record({kind: 'start', type: 'PROVIDER_CREATE', metadata: {a: 1, b: 1}});
      await record({kind: 'start', type: 'PROVIDER_CREATE', metadata: {b: 2}});
      await record({kind: 'note', type: 'PROVIDER_CREATE', metadata: {c: 3}});
      await bench().clock.advance(250);
      const failed = await record({
        kind: 'fail',
        type: 'PROVIDER_CREATE',
        errorCode: 'no_capacity',
        errorMessage: 'none left',
      });
      expect(failed.actions.at(-1)).toMatchObject({
        status: 'failed',
        attempts: 2,
        metadata: {a: 1, b: 2, c: 3},
        errorCode: 'no_capacity',
        errorMessage: 'none left',
        finishedAtMs: bench().clock.nowMs(),
      });

      const again = await record({kind: 'start', type: 'PROVIDER_CREATE'});
      expect(
        again.actions
          .filter(action => action.type === 'PROVIDER_CREATE')
          .map(action => [action.status, action.attempts]),
      ).toEqual([
        ['failed', 2],
        ['in_progress', 1],
      ]);
      expect((await typesAfter(0)).filter(type => type.startsWith('actions'))).toEqual([
        'actions action.succeeded',
        'actions action.started',
        'actions action.started',
        'actions action.noted',
        'actions action.failed',
        'actions action.started',
      ]);
      await expect(record({kind: 'note', type: 'PROVIDER_STOP', metadata: {}})).rejects.toMatchObject({
        code: 'conflict',
      });
    });

    it('sets the time of each resource status once, and tells of it', async () => {
      const {store, clock} = bench();
      const {id} = await create();
      const volume = aResource(bench(), id);
      const before = await store.events.latestId();
      await store.instances.record({
        instanceId: id,
        correlationId: 'c',
        resources: [{kind: 'insert', resource: volume}],
      });
      for (const status of ['attached', 'detached', 'deleting', 'deleting', 'deleted'] as const) {
        await clock.advance(10);
        await store.instances.record({
          instanceId: id,
          correlationId: 'c',
          resources: [{kind: 'update', resourceId: volume.id, status, deleteAttempts: 1, lastError: null}],
        });
      }

      const startMs = volume.createdAtMs;
      const kept = (await store.instances.load(id))?.resources.find(resource => resource.id === volume.id);
      expect(kept).toMatchObject({
        status: 'deleted',
        attachedAtMs: startMs + 10,
        detachedAtMs: startMs + 20,
        deletingAtMs: startMs + 30,
        deletedAtMs: startMs + 50,
        deleteAttempts: 1,
      });
      expect(await typesAfter(before)).toEqual(
        ['planned', 'attached', 'detached', 'deleting', 'deleted'].map(status => `volumes resource.${status}`),
      );
      const {scope} = bench();
      expect(await store.instances.resources(scope, {kind: 'volume', includeDeleted: false})).toEqual([]);
      expect(await store.instances.resources(scope, {kind: 'volume', includeDeleted: true})).toHaveLength(1);
    });

    it('updates what a resource is, and keeps what is not named', async () => {
      const {store} = bench();
      const request = newInstance(bench());
      await store.instances.create(request);
      const [server] = request.resources;
      if (!server) throw new Error('the new instance plans a server');
      const before = await store.events.latestId();

      const file = await store.instances.record({
        instanceId: request.instance.id,
        correlationId: 'c',
        resources: [
          {
            kind: 'update',
            resourceId: server.id,
            providerId: 'srv-1',
            address: '127.0.0.1',
            sizeBytes: 5,
            isBoot: true,
          },
        ],
      });
      expect(file.resources).toEqual([
        {...server, providerId: 'srv-1', address: '127.0.0.1', sizeBytes: 5, isBoot: true},
      ]);
      expect(await typesAfter(before)).toEqual(['instances resource.updated']);
    });

    it('lets one of two transitions from the same state win, and writes nothing of the loser', async () => {
      const {store, scope} = bench();
      const {id} = await create();
      const outcomes = await Promise.allSettled(
        (['booting', 'terminating'] as const).map(to =>
          store.instances.record({
            instanceId: id,
            correlationId: 'c',
            actions: [{kind: 'start', type: to === 'booting' ? 'PROVIDER_START' : 'EXECUTE_TERMINATE'}],
            transition: {from: 'provisioning', to, reason: 'race'},
          }),
        ),
      );

      expect(outcomes.map(outcome => outcome.status)).toEqual(['fulfilled', 'rejected']);
      expect(outcomes[1]).toMatchObject({reason: {code: 'conflict', retryable: true}});
      expect((await store.instances.actions(scope, id)).map(action => action.type)).toEqual([
        'REQUEST_CREATE',
        'PROVIDER_START',
      ]);
      expect(await store.instances.history(scope, id)).toHaveLength(2);
    });

    it('refuses a transition that the table does not have, and rolls everything back', async () => {
      const {store} = bench();
      const {id} = await create();
      const before = await store.instances.load(id);
      const latest = await store.events.latestId();
      const illegal = store.instances.record({
        instanceId: id,
        correlationId: 'c',
        fields: {consecutiveFailures: 9},
        actions: [{kind: 'start', type: 'HEALTH_CHECK'}],
        transition: {from: 'provisioning', to: 'ready', reason: 'wish'},
      });

      await expect(illegal).rejects.toMatchObject({code: 'illegal_transition'});
      expect(await store.instances.load(id)).toEqual(before);
      expect(await store.events.latestId()).toBe(latest);
    });

    it('changes nothing when the state asked for is the present one', async () => {
      const {store, scope} = bench();
      const {id} = await create();
      const latest = await store.events.latestId();
      const transition = {from: 'provisioning', to: 'provisioning', reason: 'again'} as const;
      const file = await store.instances.record({instanceId: id, correlationId: 'c', transition});
      expect(file.instance.stateReason).toBe('requested');
      expect(await store.instances.history(scope, id)).toHaveLength(1);
      expect(await store.events.latestId()).toBe(latest);
    });

    it('sets the times of ready (the first), terminated and archived', async () => {
      const {store, clock} = bench();
      const {id, createdAtMs} = await create();
      let from: InstanceState = 'provisioning';
      for (const to of [
        'booting',
        'starting',
        'ready',
        'worker_dead',
        'ready',
        'terminating',
        'terminated',
        'archived',
      ] as const) {
        await clock.advance(100);
        await store.instances.record({instanceId: id, correlationId: 'c', transition: {from, to, reason: to}});
        from = to;
      }

      expect((await store.instances.load(id))?.instance).toMatchObject({
        readyAtMs: createdAtMs + 300,
        terminatedAtMs: createdAtMs + 700,
        archivedAtMs: createdAtMs + 800,
      });
    });

    it('keeps history in order when the clock goes back', async () => {
      const {store, scope, clock} = bench();
      const {id} = await create();
      clock.set(clock.nowMs() - 3_600_000);
      await store.instances.record({
        instanceId: id,
        correlationId: 'c',
        transition: {from: 'provisioning', to: 'booting', reason: 'x'},
      });
      const times = (await store.instances.history(scope, id)).map(change => change.atMs);
      expect(times).toEqual([...times].sort((a, b) => a - b));
    });

    it('keeps endpoint and failure, clears them with null, and is silent about heartbeats', async () => {
      const {store} = bench();
      const {id} = await create();
      const endpoint = {openaiUrl: 'http://127.0.0.1:1', agentUrl: 'http://127.0.0.1:2', tlsFingerprint: null};
      const failure = {
        code: 'HF_GATED',
        errorCode: 'instance_failed',
        message: 'no access',
        hint: null,
        atMs: 5,
      } as const;
      const set = await store.instances.record({
        instanceId: id,
        correlationId: 'c',
        fields: {endpoint, failure, agentVersion: '1.0.0', agentSha256: 'ab'},
      });
      expect(set.instance).toMatchObject({endpoint, failure, agentVersion: '1.0.0', agentSha256: 'ab'});

      const cleared = await store.instances.record({
        instanceId: id,
        correlationId: 'c',
        fields: {endpoint: null, failure: null},
      });
      expect(cleared.instance).toMatchObject({endpoint: null, failure: null, agentVersion: '1.0.0'});

      const latest = await store.events.latestId();
      await store.instances.record({
        instanceId: id,
        correlationId: 'c',
        fields: {lastSeenAtMs: 7, consecutiveFailures: 0},
      });
      expect(await store.events.latestId()).toBe(latest);
    });

    it('says not found for instances and resources that are not there', async () => {
      const {store} = bench();
      const {id} = await create();
      await expect(store.instances.record({instanceId: 'ins_none', correlationId: 'c'})).rejects.toMatchObject({
        code: 'not_found',
      });
      const resources = [{kind: 'update', resourceId: 'res_none', status: 'deleted'}] as const;
      await expect(store.instances.record({instanceId: id, correlationId: 'c', resources})).rejects.toMatchObject({
        code: 'not_found',
      });
    });

    it('refuses a second resource of the same kind and name', async () => {
      const {store} = bench();
      const {id} = await create();
      const insert = (name: string) => {
        const resource = aResource(bench(), id, {name});
        return store.instances.record({instanceId: id, correlationId: 'c', resources: [{kind: 'insert', resource}]});
      };
      await insert('same');
      await expect(insert('same')).rejects.toMatchObject({code: 'conflict'});
    });
  });
}
