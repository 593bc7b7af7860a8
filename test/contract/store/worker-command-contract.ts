import {describe, expect, it} from 'vitest';
import {commandMaxAgeMs, openCommandsMax, type WorkerCommand} from '../../../src/core/worker/command.ts';
import {type Bench, type MakeStore, otherScope, useBench} from './harness.ts';
import {aSample, newInstance} from './rows.ts';

const noRotation = {nextTokenHash: null};

export function workerCommandContract(makeStore: MakeStore): void {
  describe('worker commands', () => {
    const bench = useBench(makeStore);
    const create = async (name = 'first') => (await bench().store.instances.create(newInstance(bench(), {name}))).id;
    const enrolled = async () => {
      const id = await create();
      await bench().store.workers.saveEnrolment(id, 'secret');
      await bench().store.workers.enrol({secretHash: 'secret', bootId: 'boot-1', tokenHash: 'token-1'});
      return id;
    };

    it('tells a worker its own, oldest first, until each was answered', async () => {
      const {store, scope, clock} = bench();
      const [id, other] = [await create(), await create('other')];
      const first = aCommand(bench(), id);
      await store.workerCommands.enqueue(first, noRotation);
      await clock.advance(1);
      const second = aCommand(bench(), id, {type: 'collect_logs', tail: 50});
      await store.workerCommands.enqueue(second, noRotation);

      expect(await store.workerCommands.deliver(other)).toEqual([]);
      expect(await store.workerCommands.deliver(id)).toMatchObject([{id: first.id}, {id: second.id, tail: 50}]);
      const answer = {atMs: clock.nowMs(), ok: true, message: 'done', logs: {events: ['one']}};
      expect(await store.workerCommands.answer(other, [{...answer, id: first.id}])).toBe(0);
      expect(await store.workerCommands.answer(id, [{...answer, id: first.id}])).toBe(1);
      expect(await store.workerCommands.answer(id, [{...answer, id: first.id, message: 'again'}])).toBe(0);
      expect(await store.workerCommands.deliver(id)).toMatchObject([{id: second.id}]);
      expect(await store.workerCommands.list(scope, id, 10)).toMatchObject([
        {id: second.id, deliveries: 2, answer: null},
        {id: first.id, deliveries: 1, answer: {ok: true, message: 'done', logs: {events: ['one']}}},
      ]);
      expect(await store.workerCommands.list(otherScope, id, 10)).toEqual([]);
    });

    it('bounds what waits, and forgets what was not answered for a day', async () => {
      const {store, clock} = bench();
      const id = await create();
      for (let sent = 0; sent < openCommandsMax; sent++) {
        await store.workerCommands.enqueue(aCommand(bench(), id), noRotation);
      }

      await expect(store.workerCommands.enqueue(aCommand(bench(), id), noRotation)).rejects.toMatchObject({
        code: 'conflict',
      });
      await clock.advance(commandMaxAgeMs);
      expect(await store.workerCommands.deliver(id)).toEqual([]);
      await store.workerCommands.enqueue(aCommand(bench(), id), noRotation);
      expect(await store.workerCommands.deliver(id)).toHaveLength(1);
    });

    it('lets both tokens in during a rotation, until the first heartbeat with the next one', async () => {
      const {workers, workerCommands} = bench().store;
      const id = await enrolled();
      const beat = async (seq: number, tokenHash: string) =>
        (await workers.recordHeartbeats([{instanceId: id, bootId: 'boot-1', seq, sample: aSample(id), tokenHash}]))[0];
      await beat(1, 'token-1');
      const command = aCommand(bench(), id, {type: 'rotate_token', sealed: 'sealed-token'});
      await workerCommands.enqueue(command, {nextTokenHash: 'token-2'});
      for (const token of ['token-1', 'token-2']) {
        expect(await workers.findByTokenHash(token)).toMatchObject({instanceId: id, lastSeq: 1});
      }

      expect(await beat(2, 'token-1')).toBe('recorded');
      expect(await workers.findByTokenHash('token-1')).not.toBeNull();
      expect(await beat(2, 'token-2')).toBe('replayed');
      expect(await workers.findByTokenHash('token-1')).not.toBeNull();
      expect(await beat(3, 'token-2')).toBe('recorded');
      expect(await workers.findByTokenHash('token-1')).toBeNull();
      expect(await workers.findByTokenHash('token-2')).toMatchObject({lastSeq: 3});
    });

    it('replaces a rotation that still waits, and keeps no token after the answer', async () => {
      const {store, scope, clock} = bench();
      const id = await enrolled();
      const rotate = async (next: string) => {
        await clock.advance(1);
        const command = aCommand(bench(), id, {type: 'rotate_token', sealed: `sealed-${next}`});
        await store.workerCommands.enqueue(command, {nextTokenHash: next});
        return command;
      };
      await rotate('token-2');
      const second = await rotate('token-3');
      expect(await store.workers.findByTokenHash('token-2')).toBeNull();
      expect(await store.workerCommands.deliver(id)).toMatchObject([{id: second.id, sealed: 'sealed-token-3'}]);
      await store.workerCommands.answer(id, [{id: second.id, atMs: 1, ok: true, message: '', logs: null}]);
      const listed = await store.workerCommands.list(scope, id, 10);
      expect(listed.map(({sealed, answer}) => [sealed, answer?.ok])).toEqual([
        [null, true],
        [null, false],
      ]);
      await expect(
        store.workerCommands.enqueue(aCommand(bench(), await create('never'), {type: 'rotate_token'}), {
          nextTokenHash: 'token-4',
        }),
      ).rejects.toMatchObject({code: 'conflict'});
    });
  });
}

function aCommand({ids, scope, clock}: Bench, instanceId: string, more: Partial<WorkerCommand> = {}): WorkerCommand {
  return {
    id: ids.next('command'),
    organizationId: scope.organizationId,
    instanceId,
    type: 'drain',
    tail: null,
    sealed: null,
    requestedBy: 'operator',
    createdAtMs: clock.nowMs(),
    deliveredAtMs: null,
    deliveries: 0,
    answer: null,
    ...more,
  };
}
