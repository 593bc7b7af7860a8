import {spawnSync} from 'node:child_process';
import {existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {afterEach, beforeEach, describe, expect, it} from 'vitest';
import {hasPart} from '../../support/parts.ts';
import {binPath} from '../../support/running-cli.ts';

let directory: string;
let stateDir: string;

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'inventiv-keyring-'));
  stateDir = join(directory, 'state');
  mkdirSync(join(directory, 'run'), {mode: 0o700});
  writeFileSync(join(directory, 'keys'), credentials);
});
afterEach(() => rmSync(directory, {recursive: true, force: true}));

const credentials = `SCW_ACCESS_KEY=SCWFAKE0000000000000
SCW_SECRET_KEY=11111111-2222-4333-8444-555555555555
SCW_DEFAULT_PROJECT_ID=aaaaaaaa-bbbb-4ccc-8ddd-eeeeeeeeeeee
`;

describe('the key in the system keyring', () => {
  it.runIf(hasPart('gnome-keyring'))('opens what was sealed, and nothing else does', () => {
    const session = inSession(`
      inventiv credentials set scaleway --file ${directory}/keys
      inventiv secrets move --to keyring
      inventiv secrets show --quiet
      inventiv credentials list
      inventiv credentials rotate scaleway --no-test --file ${directory}/keys
    `);
    expect(session.status, session.output).toBe(0);
    expect(session.output).toContain(`Sealed with the key in ${stateDir}/secret.key (mode 0600)`);
    expect(session.output).toMatch(/The key is kept in the system keyring \(inventiv\/[0-9a-f-]{36}\) from now on/);
    expect(session.output).toContain('\nkeyring\n');
    expect(session.output).toContain('SCWFAKE..., stored by the organization (version 1)');
    expect(session.output).toMatch(/Sealed with the key in the system keyring/);
    expect(existsSync(join(stateDir, 'secret.key'))).toBe(false);

    const without = run('inventiv secrets show; inventiv ps; inventiv credentials list; test ! -e "$STATE/secret.key"');
    expect(without.output).toContain('The system keyring could not be read');
    expect(without.output).toContain('No instances.');
    expect(without.output).not.toContain('stored by the organization');
    expect(without.status, without.output).toBe(0);

    const back = inSession('inventiv secrets move --to file && inventiv credentials list');
    expect(back.status, back.output).toBe(0);
    expect(back.output).toContain('stored by the organization (version 2)');
    expect(existsSync(join(stateDir, 'secret.key'))).toBe(true);
  });

  it('is not believed to be kept where there is none: the file stays', () => {
    const {status, output} = run(
      'inventiv secrets show && inventiv credentials set scaleway --file keys && inventiv secrets move --to keyring',
    );
    expect(status, output).toBe(2);
    expect(output).toContain('The system keyring could not be written');
    expect(existsSync(join(stateDir, 'secret.key'))).toBe(true);
    expect(run('inventiv credentials list').output).toContain('stored by the organization (version 1)');
  });
});

/** A login session with D-Bus and an unlocked keyring of its own. */
function inSession(script: string): {status: number | null; output: string} {
  const unlock = 'printf secret | gnome-keyring-daemon --unlock --components=secrets >/dev/null 2>&1';
  return run(script, ['dbus-run-session', '--', 'sh', '-ec'], `${unlock}\n`);
}

function run(
  script: string,
  shell: readonly string[] = ['sh', '-c'],
  before = '',
): {status: number | null; output: string} {
  const [command = 'sh', ...args] = shell;
  const program = `inventiv() { '${process.execPath}' '${binPath}' "$@"; }\n${before}${script}`;
  const {status, stdout, stderr} = spawnSync(command, [...args, program], {
    ...{cwd: directory, encoding: 'utf8', timeout: 100_000},
    env: {
      ...{PATH: process.env.PATH, HOME: directory, XDG_RUNTIME_DIR: join(directory, 'run'), NO_COLOR: '1'},
      ...{INVENTIV_STATE_DIR: stateDir, STATE: stateDir, LANG: 'C.UTF-8'},
    },
  });
  return {status, output: `${stdout}${stderr}`};
}
