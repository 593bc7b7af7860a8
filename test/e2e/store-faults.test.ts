import {
  closeSync,
  copyFileSync,
  mkdirSync,
  openSync,
  readFileSync,
  rmSync,
  truncateSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import {join} from 'node:path';
import Database from 'better-sqlite3';
import {afterAll, beforeAll, describe, expect, it} from 'vitest';
import {Installation, tinyModel} from '../support/installation.ts';
import {type CliResult, describeResult} from '../support/running-cli.ts';
import {canMount, mountDisk} from '../support/tmpfs.ts';

const mayMount = canMount();

describe('a state directory that cannot be used', () => {
  it.each([
    ['has a file in its place', 'taken'],
    ['lies below a file', join('taken', 'state')],
  ])('that %s is named, with what to do', async (_, place) => {
    await using base = new Installation();
    writeFileSync(join(base.directory, 'taken'), 'not a directory');
    const result = await base.run(['ps'], {env: {INVENTIV_STATE_DIR: join(base.directory, place)}});
    expectRefused(result, 1, /Cannot write the database \S+taken/);
    expect(result.stderr).toMatch(/inventiv config path/);
  });

  it.runIf(mayMount)('that is read-only is named, with what to do', async () => {
    using disk = mountDisk('ro');
    await using base = new Installation({stateDir: join(disk.path, 'state')});
    expectRefused(await base.run(['ps']), 1, /Cannot write the database/);
  });

  it.runIf(process.platform === 'linux')('where no directory can ever be made is named, at once', async () => {
    await using base = new Installation({stateDir: '/proc/none/state'});
    expectRefused(await base.run(['ps'], {timeoutMs: 20_000}), 1, /Cannot write the database \/proc\/none\/state/);
  });

  it('is refused when it is a relative path, with the absolute one to type', async () => {
    await using base = new Installation();
    const result = await base.run(['ps'], {env: {INVENTIV_STATE_DIR: 'here'}});
    expectRefused(result, 2, /absolute path, got "here"/);
    expect(result.stderr).toContain('export INVENTIV_STATE_DIR="$PWD/here"');
  });
});

describe.runIf(mayMount)('a full disk', () => {
  it('is told before the first start, and the start works once there is room', async () => {
    using disk = mountDisk('size=4m');
    await using installation = new Installation({stateDir: join(disk.path, 'state')});
    fill(disk.path);
    expectRefused(await installation.run(['ps']), 1, /full/);
    rmSync(join(disk.path, 'fill'));
    expect(await installation.json(['ps'])).toEqual([]);
    expect(await installation.json(['db', 'check'])).toEqual({sound: true, findings: []});
  });

  it('loses nothing of a running instance: it can be taken down once there is room', async () => {
    using disk = mountDisk('size=8m');
    await using installation = new Installation({stateDir: join(disk.path, 'state')});
    await installation.ok(['up', '--model', tinyModel, '--name', 'one']);
    fill(disk.path);
    expectRefused(await installation.run(['down', 'one', '--yes']), 1, /is full: 0 kB are free in \S+/);
    expect(await installation.cloud.whatExists()).not.toEqual([]);
    rmSync(join(disk.path, 'fill'));
    await installation.ok(['down', 'one', '--yes']);
    await installation.expectNothingLeft();
  });
});

describe('a database that is not what was left there', () => {
  const installation = new Installation();
  const database = join(installation.stateDir, 'inventiv.db');
  const good = join(installation.directory, 'good.db');

  beforeAll(async () => {
    await installation.ok(['keys', 'create', 'mine']);
    copyFileSync(database, good);
  });
  afterAll(async () => {
    await installation[Symbol.asyncDispose]();
  });

  const place = (damage: () => void) => {
    for (const ending of ['-wal', '-shm']) rmSync(`${database}${ending}`, {force: true});
    copyFileSync(good, database);
    damage();
  };

  it.each([
    ['other content', () => writeFileSync(database, 'this is no database at all, only text')],
    ['pages overwritten', () => overwritePages(database)],
    ['its end missing', () => truncateSync(database, 100_000)],
  ])('with %s is called damaged, with the way back, and stays as it is', async (_, damage) => {
    place(damage);
    const before = readFileSync(database);
    const refused = await installation.run(['ps']);
    expectRefused(refused, 1, /damaged/);
    expect(refused.stderr).toMatch(/inventiv db restore/);
    expect(readFileSync(database).equals(before)).toBe(true);
  });

  it('comes back from a backup', async () => {
    place(() => overwritePages(database));
    expect((await installation.run(['db', 'check'])).exitCode).toBe(10);
    await installation.ok(['db', 'restore', good, '--yes']);
    expect(await installation.json(['keys', 'list'])).toMatchObject([{name: 'mine'}]);
    expect(await installation.json(['db', 'check'])).toEqual({sound: true, findings: []});
  });

  it('of a newer version is refused untouched, with both versions', async () => {
    place(() => runSql(database, "insert into schema_migrations values (99, '0099_future.sql', 'x', 1)"));
    const before = readFileSync(database);
    const result = await installation.run(['up', '--model', tinyModel]);
    expectRefused(result, 2, /schema version 99; this inventiv knows versions up to \d+/);
    expect(readFileSync(database).equals(before)).toBe(true);
  });

  it('of a newer version is shown as such by db status, with what to do', async () => {
    place(() => runSql(database, "insert into schema_migrations values (99, '0099_future.sql', 'x', 1)"));
    const result = await installation.run(['db', 'status']);
    expectRefused(result, 2, /schema version 99; this inventiv knows versions up to \d+/);
    expect(result.stderr).toContain('Upgrade inventiv');
    expect(result.stdout).toContain('the store is newer than this program');
    expect(result.stdout).not.toContain('nothing');
  });

  it.each(['keys', 'db'])('that was emptied is begun anew with one warning on stderr (%s)', async first => {
    place(() => truncateSync(database, 0));
    const args = first === 'db' ? ['db', 'status'] : ['keys', 'list'];
    const warned = await installation.run([...args, '--json']);
    expect(warned.exitCode, describeResult(warned)).toBe(0);
    expect(JSON.parse(warned.stderr)).toMatchObject({
      warning: {message: expect.stringContaining('may be forgotten'), hint: expect.stringContaining('db restore')},
    });
    const {stderr} = await installation.run(['keys', 'list']);
    expect(stderr).toMatch(first === 'db' ? /^warning: The store/ : /^$/);
    expect((await installation.run(['keys', 'list'])).stderr).toBe('');
  });

  it('with an altered migration is found by db check', async () => {
    place(() => runSql(database, "update schema_migrations set checksum = 'x' where version = 1"));
    const result = await installation.run(['db', 'check']);
    expect([result.exitCode, result.stdout]).toEqual([10, expect.stringContaining('altered')]);
  });
});

function expectRefused(result: CliResult, exitCode: number, message: RegExp): void {
  expect(result.exitCode, describeResult(result)).toBe(exitCode);
  expect(result.stderr).toMatch(message);
  expect(result.stderr).not.toMatch(/^\s+at /m);
}

/** Writes until the file system has no room for another byte. */
function fill(path: string): void {
  mkdirSync(path, {recursive: true});
  const file = openSync(join(path, 'fill'), 'w');
  for (const size of [65_536, 4096, 1]) {
    try {
      for (;;) writeSync(file, Buffer.alloc(size));
    } catch (error) {
      if (!(error instanceof Error && 'code' in error && error.code === 'ENOSPC')) throw error;
    }
  }

  closeSync(file);
}

function overwritePages(database: string): void {
  const file = openSync(database, 'r+');
  writeSync(file, Buffer.alloc(20 * 4096, 0xa5), 0, undefined, 3 * 4096);
  closeSync(file);
}

function runSql(path: string, sql: string): void {
  const database = new Database(path);
  database.exec(sql);
  database.close();
}
