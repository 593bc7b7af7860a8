import {mkdirSync, statSync, writeFileSync} from 'node:fs';
import Database from 'better-sqlite3';
import {describe, expect, it} from 'vitest';
import {SAMPLES_KEPT_PER_INSTANCE} from '../../../src/adapters/store/bounds.ts';
import {translateSqliteError} from '../../../src/adapters/store/sqlite-errors.ts';
import {aSample, newInstance} from '../../contract/store/rows.ts';
import {FakeClock} from '../../support/fake-clock.ts';
import {seededIds} from '../../support/seeded-ids.ts';
import {makeStore, openStore, tamper, useDirectory} from './support.ts';

describe('opening a store', () => {
  const at = useDirectory();

  it('makes directory, database and side files for the present user alone', async () => {
    await using store = await openStore(at('state', 'deep', 's.db'));
    await store.organizations.ensureDefault({userName: 'operator'});
    const modeOf = (...names: string[]) => (statSync(at(...names)).mode & 0o777).toString(8);
    expect(modeOf('state')).toBe('700');
    expect(modeOf('state', 'deep')).toBe('700');
    for (const suffix of ['', '-wal', '-shm']) expect(modeOf('state', 'deep', `s.db${suffix}`)).toBe('600');
  });

  it('uses WAL and foreign keys, and keeps what was written', async () => {
    const organizationId = await makeStore(at('s.db'));
    await using store = await openStore(at('s.db'), {seed: 2});
    expect((await store.organizations.ensureDefault({userName: 'another'})).organization.id).toBe(organizationId);
    const database = new Database(at('s.db'), {readonly: true});
    expect(database.pragma('journal_mode', {simple: true})).toBe('wal');
    database.close();
    const event = {
      organizationId: 'org_none',
      topic: 'alerts',
      type: 'x',
      subjectId: 'x',
      correlationId: null,
      payload: {},
    } as const;
    await expect(store.events.append(event)).rejects.toThrow(/FOREIGN KEY/);
  });

  it('says that a path below a file cannot be written', async () => {
    writeFileSync(at('file'), '');
    await expect(openStore(at('file', 's.db'))).rejects.toMatchObject({
      code: 'store_unwritable',
      hint: expect.stringContaining('permissions'),
    });
  });

  it.runIf(process.platform === 'linux')('says that no directory can be made below /proc, and ends', async () => {
    await expect(openStore('/proc/none/deep/s.db')).rejects.toMatchObject({
      code: 'store_unwritable',
      message: expect.stringContaining('/proc/none'),
      hint: expect.stringContaining('inventiv config path'),
    });
  });

  it('says that a directory stands where the database should be', async () => {
    mkdirSync(at('s.db'));
    await expect(openStore(at('s.db'))).rejects.toMatchObject({
      code: 'store_unwritable',
      message: expect.stringContaining(at('s.db')),
    });
  });

  it('says that a file which is no database is damaged, and how to go on', async () => {
    writeFileSync(at('s.db'), 'this is not a database, not at all; it only has enough bytes to be one'.repeat(100));
    await expect(openStore(at('s.db'))).rejects.toMatchObject({
      code: 'store_corrupt',
      hint: expect.stringContaining('inventiv db restore'),
    });
  });

  it('names a full disk', () => {
    const database = new Database(at('small.db'));
    database.pragma('max_page_count = 2');
    const fill = () => database.exec('create table a (b); create table c (d); create table e (f)');
    let thrown: unknown = null;
    try {
      fill();
    } catch (error) {
      thrown = error;
    }

    expect(translateSqliteError(thrown, 'small.db')).toMatchObject({
      code: 'store_unwritable',
      message: expect.stringContaining('is full'),
    });
    database.close();
  });

  describe('an I/O error', () => {
    const ioError = Object.assign(new Error('disk I/O error'), {code: 'SQLITE_IOERR_SHMSIZE'});

    it('on a disk without room is told as a full disk: where, and how much is free', () => {
      expect(translateSqliteError(ioError, at('s.db'), () => 12_288)).toMatchObject({
        code: 'store_unwritable',
        message: `The disk that holds the database ${at('s.db')} is full: 12 kB are free in ${at()}.`,
        hint: expect.stringContaining('Free some space'),
      });
    });

    it('on a disk with room stays what SQLite calls it', () => {
      expect(translateSqliteError(ioError, at('s.db'))).toMatchObject({
        code: 'store_unwritable',
        message: `Cannot write the database ${at('s.db')} (disk I/O error).`,
      });
    });

    it('where the free room cannot be read stays what SQLite calls it', () => {
      expect(translateSqliteError(ioError, at('none', 's.db'))).toMatchObject({
        message: expect.stringContaining('(disk I/O error)'),
      });
    });
  });

  it('names a quota where the disk is full for this user alone', () => {
    const quota = Object.assign(new Error('write'), {code: 'EDQUOT'});
    expect(translateSqliteError(quota, at('s.db'), () => 5e9)).toMatchObject({
      message: `The disk that holds the database ${at('s.db')} is full: 5000 MB are free in ${at()}, so a quota may be used up.`,
    });
  });

  it('names the row that holds something unreadable, where it matters', async () => {
    const organizationId = await makeStore(at('s.db'));
    tamper(
      at('s.db'),
      `insert into models values ('${organizationId}', 'bad', 'x/bad', 1, 'operator', '{"id":', 1, 1, null);
       insert into events (organization_id, topic, type, subject_id, at_ms, payload) values ('${organizationId}', 'alerts', 't', 's', 1, 'nonsense')`,
    );
    await using store = await openStore(at('s.db'));
    await expect(store.models.find({organizationId}, 'bad')).rejects.toMatchObject({
      code: 'store_corrupt',
      message: expect.stringContaining('models.spec of bad'),
    });
    expect(await store.events.after(0, {limit: 1})).toMatchObject([{payload: {unreadable: true}}]);
  });

  it('keeps a bounded number of samples per instance', async () => {
    const organizationId = await makeStore(at('s.db'));
    await using store = await openStore(at('s.db'), {seed: 2});
    const bench = {store, clock: new FakeClock(), ids: seededIds(3), scope: {organizationId}, userId: ''};
    const {id} = await store.instances.create(newInstance(bench));
    await store.workers.saveEnrolment(id, 's');
    await store.workers.enrol({secretHash: 's', bootId: 'b', tokenHash: 't'});
    // Old ones go at every twentieth heartbeat: the last one here is such a one.
    const lastSeq = SAMPLES_KEPT_PER_INSTANCE + 20;
    for (let seq = 0; seq <= lastSeq; seq++) {
      await store.workers.recordHeartbeats([{instanceId: id, bootId: 'b', seq, sample: aSample(id, {atMs: seq})}]);
    }

    const database = new Database(at('s.db'), {readonly: true});
    const row = database.prepare('select count(*) as kept, min(at_ms) as oldest from worker_samples').get();
    database.close();
    expect(row).toEqual({kept: SAMPLES_KEPT_PER_INSTANCE, oldest: 21});
  });
});
