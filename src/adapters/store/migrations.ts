import {createHash} from 'node:crypto';
import {readdirSync, readFileSync} from 'node:fs';
import {join} from 'node:path';
import {InventivError} from '../../core/errors.ts';

export interface MigrationFile {
  readonly version: number;
  /** File name without directory, such as `0001_foundation.sql`. */
  readonly name: string;
  readonly path: string;
}

const FILE_NAME = /^(\d{4})_[a-z0-9_]+\.sql$/;

/** The program's migrations, oldest first. Their numbers must be 1, 2, 3 ... */
export function listMigrations(directory: string): readonly MigrationFile[] {
  const files = readNames(directory)
    .filter(name => name.endsWith('.sql'))
    .sort()
    .map(name => ({name, version: Number(FILE_NAME.exec(name)?.[1] ?? Number.NaN), path: join(directory, name)}));

  files.forEach((file, index) => {
    if (file.version !== index + 1) {
      throw new InventivError('unexpected', `Expected migration ${index + 1} in ${directory}, found ${file.name}.`, {
        hint: 'Install inventiv again: its files are incomplete.',
      });
    }
  });

  return files;
}

/** Text with `{{identity}}` filled in, cut into statements, and the checksum of the file as it is on disk. */
export function readMigration(
  file: MigrationFile,
  identity: string,
): {statements: readonly string[]; checksum: string} {
  const text = readFileSync(file.path, 'utf8');
  const statements = text
    .replace(/^\s*--.*$/gm, '')
    .replaceAll('{{identity}}', identity)
    .split(/;\s*$/m)
    .map(statement => statement.trim())
    .filter(statement => statement !== '');

  return {statements, checksum: createHash('sha256').update(text).digest('hex')};
}

function readNames(directory: string): string[] {
  try {
    return readdirSync(directory);
  } catch (thrown) {
    throw new InventivError('unexpected', `Cannot read the database migrations in ${directory}.`, {
      hint: 'Install inventiv again: its files are incomplete.',
      cause: thrown,
    });
  }
}
