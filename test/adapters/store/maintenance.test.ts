import {existsSync, readdirSync, readFileSync, statSync, truncateSync, writeFileSync} from 'node:fs';
import {describe, expect, it} from 'vitest';
import {sqliteMaintenance} from '../../../src/adapters/store/sqlite-maintenance.ts';
import {FakeClock} from '../../support/fake-clock.ts';
import {migrationsDir} from './paths.ts';
import {makeStore, openStore, tamper, useDirectory} from './support.ts';

describe('maintenance of a store', () => {
  const at = useDirectory();
  const maintenance = () => sqliteMaintenance({path: at('s.db'), migrationsDir, clock: new FakeClock()});
  const slugs = async () => {
    await using store = await openStore(at('s.db'), {seed: 9});
    return (await store.organizations.list()).map(organization => organization.slug);
  };
  const rename = (slug: string) => tamper(at('s.db'), `update organizations set slug = '${slug}'`);

  it('reports a store that is not there without making one', async () => {
    expect(await maintenance().status()).toMatchObject({exists: false, schemaVersion: null, bytes: 0});
    expect((await maintenance().status()).pending).toContain('0001_foundation.sql');
    expect(await maintenance().check()).toEqual([]);
    await expect(maintenance().backup(at('b.db'))).rejects.toMatchObject({code: 'not_found'});
    expect(readdirSync(at())).toEqual([]);
  });

  it('makes the schema when asked to migrate, once', async () => {
    expect((await maintenance().migrate()).applied).toContain('0001_foundation.sql');
    expect((await maintenance().migrate()).applied).toEqual([]);
    expect(await maintenance().status()).toMatchObject({exists: true, pending: []});
    expect(await maintenance().check()).toEqual([]);
  });

  it('backs up a store in use into one private file, and restores it', async () => {
    const store = await openStore(at('s.db'));
    await store.organizations.ensureDefault({userName: 'operator'});
    // What was written is still in the -wal file.
    const {bytes} = await maintenance().backup(at('b.db'));
    await store[Symbol.asyncDispose]();

    expect(statSync(at('b.db'))).toMatchObject({size: bytes});
    expect(statSync(at('b.db')).mode & 0o777).toBe(0o600);
    expect(readdirSync(at()).sort()).toEqual(['b.db', 's.db']);

    rename('changed');
    const {previousKeptAt} = await maintenance().restore(at('b.db'));
    expect(await slugs()).toEqual(['default']);
    expect(previousKeptAt).toBe(`${at('s.db')}.before-restore-20300101T000000000Z`);

    const later = sqliteMaintenance({path: at('s.db'), migrationsDir, clock: new FakeClock(Date.UTC(2031, 0, 1))});
    await later.restore(previousKeptAt ?? '');
    expect(await slugs()).toEqual(['changed']);
    expect(await later.check()).toEqual([]);
  });

  it('restores where no store is', async () => {
    await makeStore(at('s.db'));
    await maintenance().backup(at('b.db'));
    const elsewhere = sqliteMaintenance({path: at('new', 's.db'), migrationsDir, clock: new FakeClock()});
    expect(await elsewhere.restore(at('b.db'))).toEqual({previousKeptAt: null});
    expect(await elsewhere.check()).toEqual([]);
    expect(readdirSync(at('new'))).toEqual(['s.db']);
  });

  it('never overwrites a file with a backup', async () => {
    await makeStore(at('s.db'));
    writeFileSync(at('b.db'), 'precious');
    await expect(maintenance().backup(at('b.db'))).rejects.toMatchObject({code: 'conflict'});
    expect(readFileSync(at('b.db'), 'utf8')).toBe('precious');
    await expect(maintenance().backup(at('none', 'b.db'))).rejects.toMatchObject({code: 'store_unwritable'});
  });

  it("refuses a backup that is missing, no database, another program's, or newer, and keeps the store", async () => {
    await makeStore(at('s.db'));
    rename('mine');
    await expect(maintenance().restore(at('none.db'))).rejects.toMatchObject({code: 'not_found'});
    writeFileSync(at('text.db'), 'no database'.repeat(1000));
    await expect(maintenance().restore(at('text.db'))).rejects.toMatchObject({code: 'store_corrupt'});
    tamper(at('other.db'), 'create table notes (text)');
    await expect(maintenance().restore(at('other.db'))).rejects.toMatchObject({code: 'store_corrupt'});
    await maintenance().backup(at('newer.db'));
    tamper(at('newer.db'), `insert into schema_migrations values (999, 'later.sql', 'x', 1)`);
    await expect(maintenance().restore(at('newer.db'))).rejects.toMatchObject({code: 'store_newer'});

    expect(await slugs()).toEqual(['mine']);
    expect(readdirSync(at()).filter(name => name.includes('incoming') || name.includes('before-restore'))).toEqual([]);
  });

  it('refuses to restore while somebody has the store open', async () => {
    await makeStore(at('s.db'));
    await maintenance().backup(at('b.db'));
    const store = await openStore(at('s.db'));
    await expect(maintenance().restore(at('b.db'))).rejects.toMatchObject({
      code: 'conflict',
      hint: expect.stringContaining('inventiv serve'),
    });
    expect(await store.organizations.list()).toHaveLength(1);
    await store[Symbol.asyncDispose]();
    await maintenance().restore(at('b.db'));
  });

  it('restores over a store that is too damaged to open, and keeps that', async () => {
    await makeStore(at('s.db'));
    await maintenance().backup(at('b.db'));
    writeFileSync(at('s.db'), 'damaged'.repeat(1000));
    const {previousKeptAt} = await maintenance().restore(at('b.db'));
    expect(await slugs()).toEqual(['default']);
    expect(readFileSync(previousKeptAt ?? '', 'utf8')).toMatch(/^damaged/);
  });

  it('finds a damaged file, a broken reference and a changed audit log', async () => {
    const organizationId = await makeStore(at('s.db'));
    {
      await using store = await openStore(at('s.db'), {seed: 2});
      for (const subject of ['a', 'b', 'c']) {
        await store.audit.append({organizationId}, {actor: 'x', action: 'y', subject, details: {}, correlationId: 'z'});
      }
    }

    expect(await maintenance().check()).toEqual([]);
    tamper(at('s.db'), `update audit_log set subject = 'forged' where subject = 'b'`);
    expect(await maintenance().check()).toEqual([expect.stringContaining('audit log was altered')]);
    tamper(
      at('s.db'),
      `update audit_log set subject = 'b' where subject = 'forged'; delete from audit_log where subject = 'c'`,
    );
    expect(await maintenance().check()).toEqual([expect.stringContaining('audit log was altered')]);
    tamper(at('s.db'), `insert into memberships values ('org_none', 'usr_none', 'user', 1)`);
    expect(await maintenance().check()).toContainEqual(expect.stringContaining('memberships refers to a row of'));

    truncateSync(at('s.db'), Math.floor(statSync(at('s.db')).size / 2));
    expect(await maintenance().check()).not.toEqual([]);
    expect(existsSync(at('s.db'))).toBe(true);
  });
});
