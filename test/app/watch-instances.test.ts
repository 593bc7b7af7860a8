import {describe, expect, it} from 'vitest';
import {driveInstance} from '../../src/app/drive-instance/drive.ts';
import {watchInstances} from '../../src/app/watch-instances.ts';
import {InventivError} from '../../src/core/errors.ts';
import {secondMs} from '../../src/core/time.ts';
import {TestApp} from '../support/test-app.ts';

const never = new AbortController().signal;

describe('watching instances', () => {
  it('tells a settled instance once and ends', async () => {
    await using app = await TestApp.open();
    const {id} = await app.makeReady();
    const glimpses = await collect(app, watchInstances(app.tools, [id], {signal: never}));
    expect(glimpses).toHaveLength(1);
    expect(glimpses[0]).toMatchObject({file: {instance: {state: 'ready'}}, action: {type: 'INSTANCE_READY'}});
  });

  it('tells every action of a drive that runs beside it, each end once', async () => {
    await using app = await TestApp.open();
    const {id} = await app.request();
    const watching = collect(app, watchInstances(app.tools, [id], {signal: never}));
    const [glimpses] = await Promise.all([watching, app.run(driveInstance(app.tools, id, never))]);
    const ends = glimpses.filter(({action}) => action?.status === 'success').map(({action}) => action?.type);
    const recorded = (await app.client.instances.actions({instance: id})).map(action => action.type);
    expect(ends).toEqual(recorded);
  });

  it('waits for several, and for the slowest of them', async () => {
    await using app = await TestApp.open();
    const [first, second] = [await app.request(), await app.request()];
    const watching = collect(app, watchInstances(app.tools, [first.id, second.id], {signal: never}));
    const driving = (async () => {
      await app.drive(first.id);
      await app.drive(second.id);
    })();
    const [glimpses] = await Promise.all([watching, driving]);
    expect(glimpses.at(-1)?.file.instance).toMatchObject({id: second.id, state: 'ready'});
  });

  it('told to wait for a state goes on past a settled instance that may still get there', async () => {
    await using app = await TestApp.open();
    const {id} = await app.makeReady();
    const watching = collect(app, watchInstances(app.tools, [id], {until: ['terminated'], signal: never}));
    const downing = (async () => {
      await app.clock.sleep(60 * secondMs);
      await app.client.instances.terminate({instances: [id]});
      await driveInstance(app.tools, id, never);
    })();
    const [glimpses] = await Promise.all([watching, app.run(downing)]);
    expect(glimpses.at(-1)?.file.instance.state).toBe('terminated');
  });

  it('told to wait for ready ends when the instance failed', async () => {
    await using app = await TestApp.open();
    app.cloud.fail('ensureServer', new InventivError('quota_exceeded', 'no.'));
    const {id} = await app.request({fallback: 'none'});
    const watching = collect(app, watchInstances(app.tools, [id], {until: ['ready'], signal: never}));
    const [glimpses] = await Promise.all([watching, app.drive(id)]);
    expect(glimpses.at(-1)?.file.instance.failure).not.toBeNull();
  });

  it('ends when it is told to', async () => {
    await using app = await TestApp.open();
    const {id} = await app.request();
    const stop = new AbortController();
    const watching = collect(app, watchInstances(app.tools, [id], {signal: stop.signal}));
    await app.run(app.clock.sleep(secondMs));
    stop.abort();
    expect(await watching).toHaveLength(1);
  });

  it('leaves out an instance that does not exist', async () => {
    await using app = await TestApp.open();
    expect(await collect(app, watchInstances(app.tools, ['ins_none'], {signal: never}))).toEqual([]);
  });

  it('reads instances only when something was written', async () => {
    await using app = await TestApp.open();
    const {id} = await app.request();
    let loads = 0;
    const load = (instanceId: string) => {
      loads += 1;
      return app.store.instances.load(instanceId);
    };
    const stop = new AbortController();
    const watching = collect(app, watchInstances({...app.tools, instances: {load}}, [id], {signal: stop.signal}));
    await app.run(app.clock.sleep(60 * secondMs));
    stop.abort();
    await watching;
    expect(loads).toBe(1);
  });
});

function collect<T>(app: TestApp, glimpses: AsyncIterable<T>): Promise<T[]> {
  return app.run(Array.fromAsync(glimpses));
}
