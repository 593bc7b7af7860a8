import {appendFileSync, cpSync, mkdirSync, readdirSync, writeFileSync} from 'node:fs';
import {describe, expect, it} from 'vitest';
import {sqliteMaintenance} from '../../../src/adapters/store/sqlite-maintenance.ts';
import {FakeClock} from '../../support/fake-clock.ts';
import {migrationsDir} from './paths.ts';
import {makeStore, openStore, tamper, useDirectory} from './support.ts';

const newest = readdirSync(migrationsDir).filter(name => name.endsWith('.sql')).length;
const nextName = `${String(newest + 1).padStart(4, '0')}_next.sql`;

describe('migrations', () => {
  const at = useDirectory();
  const nextMigrations = (sql: string) => {
    cpSync(migrationsDir, at('migrations'), {recursive: true});
    writeFileSync(at('migrations', nextName), sql);
    return at('migrations');
  };
  const maintenance = (dir: string) =>
    sqliteMaintenance({path: at('s.db'), migrationsDir: dir, clock: new FakeClock()});

  it('are applied when a store of an older program is opened, and then no more', async () => {
    await makeStore(at('s.db'));
    const dir = nextMigrations(
      '-- what follows\nCREATE TABLE extra (id {{identity}});\nCREATE INDEX extra_ids ON extra (id);\n',
    );
    expect((await maintenance(dir).status()).pending).toEqual([nextName]);
    await using store = await openStore(at('s.db'), {migrationsDir: dir});

    expect(await store.organizations.list()).toHaveLength(1);
    expect(await maintenance(dir).status()).toMatchObject({
      schemaVersion: newest + 1,
      programVersion: newest + 1,
      pending: [],
    });
    expect(await maintenance(dir).migrate()).toEqual({applied: []});
    expect(await maintenance(dir).check()).toEqual([]);
  });

  it('are undone whole when one statement fails', async () => {
    await makeStore(at('s.db'));
    const dir = nextMigrations('CREATE TABLE extra (id BIGINT);\nCREATE TABLE organizations (id BIGINT);\n');
    await expect(openStore(at('s.db'), {migrationsDir: dir})).rejects.toThrow(/organizations/);

    expect((await maintenance(dir).status()).schemaVersion).toBe(newest);
    await using store = await openStore(at('s.db'));
    expect(await store.organizations.list()).toHaveLength(1);
  });

  it('refuse a store of a newer program, saying where it is and what to do', async () => {
    await makeStore(at('s.db'));
    tamper(at('s.db'), `insert into schema_migrations values (${newest + 1}, 'later.sql', 'x', 1)`);
    await expect(openStore(at('s.db'))).rejects.toMatchObject({
      code: 'store_newer',
      message: expect.stringContaining(at('s.db')),
      hint: expect.stringContaining('Upgrade inventiv'),
    });
  });

  it('refuse to go on over an applied migration that was altered', async () => {
    await makeStore(at('s.db'));
    const dir = nextMigrations('CREATE TABLE extra (id BIGINT);\n');
    appendFileSync(at('migrations', '0001_foundation.sql'), '-- a late thought\n');

    const altered = expect.stringContaining('0001_foundation.sql was altered');
    await expect(openStore(at('s.db'), {migrationsDir: dir})).rejects.toMatchObject({
      code: 'store_corrupt',
      message: altered,
    });
    expect(await maintenance(dir).check()).toEqual([altered]);
  });

  it('leave the database of another program alone', async () => {
    tamper(at('s.db'), 'create table notes (text)');
    await expect(openStore(at('s.db'))).rejects.toMatchObject({
      code: 'store_corrupt',
      message: expect.stringContaining('belongs to another program'),
    });
  });

  it('must be numbered without a gap', async () => {
    mkdirSync(at('migrations'));
    writeFileSync(at('migrations', '0002_second.sql'), 'CREATE TABLE second (id BIGINT);\n');
    await expect(openStore(at('s.db'), {migrationsDir: at('migrations')})).rejects.toThrow('Expected migration 1');
    await expect(openStore(at('s.db'), {migrationsDir: at('nowhere')})).rejects.toThrow(
      'Cannot read the database migrations',
    );
  });
});
