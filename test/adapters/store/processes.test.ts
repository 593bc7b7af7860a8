import {type ChildProcess, spawn} from 'node:child_process';
import {once} from 'node:events';
import {createInterface} from 'node:readline';
import {fileURLToPath} from 'node:url';
import Database from 'better-sqlite3';
import {afterEach, describe, expect, it} from 'vitest';
import {sqliteMaintenance} from '../../../src/adapters/store/sqlite-maintenance.ts';
import {FakeClock} from '../../support/fake-clock.ts';
import {migrationsDir} from './paths.ts';
import {makeStore, openStore, useDirectory} from './support.ts';

const writerPath = fileURLToPath(new URL('writer-process.ts', import.meta.url));
const PROCESSES = 4;
/** Four writes each. */
const ROUNDS = 50;

describe('several processes on one store', () => {
  const at = useDirectory();
  const children: ChildProcess[] = [];
  afterEach(() => {
    for (const child of children.splice(0)) child.kill('SIGKILL');
  });

  const start = (name: string, rounds: number) => {
    const child = spawn(process.execPath, [writerPath, at('s.db'), name, String(rounds)], {stdio: 'pipe'});
    children.push(child);
    let stderr = '';
    child.stderr.on('data', chunk => {
      stderr += chunk;
    });
    const lines = createInterface({input: child.stdout})[Symbol.asyncIterator]();
    const exit = once(child, 'exit');
    return {
      child,
      nextLine: async () => {
        const {value, done} = await lines.next();
        if (done) throw new Error(`${name} ended early: ${stderr}`);
        return JSON.parse(value);
      },
      ended: async () => ({exitCode: (await exit)[0], stderr}),
    };
  };

  it('open it for the first time together, and write together without ever being locked out', async () => {
    const writers = Array.from({length: PROCESSES}, (_, n) => start(`writer-${n}`, ROUNDS));
    for (const writer of writers) expect(await writer.nextLine()).toEqual({ready: true});
    for (const writer of writers) writer.child.stdin.write('go\n');
    const reports = await Promise.all(
      writers.map(async writer => {
        await writer.nextLine();
        return writer.nextLine();
      }),
    );
    for (const writer of writers) expect(await writer.ended()).toEqual({exitCode: 0, stderr: ''});

    expect(new Set(reports.map(report => report.organizationId)).size).toBe(1);
    await using store = await openStore(at('s.db'));
    expect(await store.organizations.list()).toHaveLength(1);
    const scope = {organizationId: reports[0].organizationId};
    expect((await store.usage.totals(scope, {})).requests).toBe(PROCESSES * ROUNDS);
    expect(await store.audit.verify()).toEqual({ok: true, rows: PROCESSES * ROUNDS, firstBadId: null});
    for (const {instanceId} of reports) {
      const file = await store.instances.load(instanceId);
      expect(file?.actions.at(-1)).toMatchObject({attempts: ROUNDS, metadata: {round: ROUNDS - 1}});
    }
  }, 60_000);

  it('leave a sound store behind when one is killed while writing', async () => {
    const writer = start('victim', 1_000_000);
    await writer.nextLine();
    writer.child.stdin.write('go\n');
    expect(await writer.nextLine()).toEqual({round: 10});
    writer.child.kill('SIGKILL');
    await writer.ended();

    expect(await sqliteMaintenance({path: at('s.db'), migrationsDir, clock: new FakeClock()}).check()).toEqual([]);
    await using store = await openStore(at('s.db'));
    expect((await store.audit.verify()).rows).toBeGreaterThanOrEqual(10);
  });

  it('wait for a lock without stopping their own work', async () => {
    const organizationId = await makeStore(at('s.db'));
    await using store = await openStore(at('s.db'), {seed: 2});
    const neighbour = new Database(at('s.db'));
    neighbour.exec('begin immediate');

    let written = false;
    const event = {
      organizationId,
      topic: 'alerts',
      type: 'x',
      subjectId: 'x',
      correlationId: null,
      payload: {},
    } as const;
    const append = store.events.append(event).then(() => {
      written = true;
    });
    for (let turn = 0; turn < 50; turn++) await new Promise(resolve => setImmediate(resolve));
    expect(written).toBe(false);
    neighbour.exec('commit');
    neighbour.close();
    await append;
    expect(await store.events.latestId()).toBeGreaterThan(0);
  });

  it('see from the change token that another one wrote', async () => {
    const organizationId = await makeStore(at('s.db'));
    await using here = await openStore(at('s.db'), {seed: 2});
    await using there = await openStore(at('s.db'), {seed: 3});
    const token = await here.events.changeToken();
    const event = {
      organizationId,
      topic: 'alerts',
      type: 'x',
      subjectId: 'x',
      correlationId: null,
      payload: {},
    } as const;
    await Promise.all(
      Array.from({length: 20}, async () => Promise.all([here.events.append(event), there.events.append(event)])),
    );
    const after = await here.events.changeToken();
    expect(after).not.toBe(token);
    await there.events.append(event);
    expect(await here.events.changeToken()).not.toBe(after);
    expect(await here.events.after(0, {limit: 100})).toHaveLength(41);
  });
});
