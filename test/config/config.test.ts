import {mkdirSync, mkdtempSync, rmSync, writeFileSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {afterEach, beforeEach, describe, expect, it} from 'vitest';
import {loadConfig} from '../../src/config/config.ts';
import {configKeys, configSchema} from '../../src/config/config-schema.ts';
import {readEnv} from '../../src/config/env.ts';
import {configCandidates, statePaths} from '../../src/config/paths.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'inventiv-config-'));
});
afterEach(() => rmSync(folder, {recursive: true}));

function envOf(variables: Record<string, string> = {}) {
  return readEnv({HOME: join(folder, 'home'), ...variables});
}

function write(name: string, text: string): string {
  const file = join(folder, name);
  mkdirSync(join(file, '..'), {recursive: true});
  writeFileSync(file, text);
  return file;
}

async function refusalOf(text: string, name = 'inventiv.config.yaml') {
  const file = write(name, text);
  return await loadConfig(envOf(), folder).then(
    () => {
      throw new Error('expected the file to be refused');
    },
    (error: Error & {code?: string; hint?: string}) => ({
      file,
      code: error.code,
      message: error.message,
      hint: error.hint,
    }),
  );
}

describe('loadConfig', () => {
  it('gives the defaults when there is no file', async () => {
    const config = await loadConfig(envOf(), folder);
    expect(config).toMatchObject({
      file: null,
      provider: 'mock',
      onFailure: 'terminate',
      waitTimeout: '30m',
      serve: {host: '127.0.0.1', port: 4141, adminPort: 4142},
    });
    expect(config.paths.database).toBe(join(folder, 'home/.local/state/inventiv/inventiv.db'));
  });

  it("takes the file of the working directory before the user's", async () => {
    write('home/.config/inventiv/config.yaml', 'provider: host\n');
    expect((await loadConfig(envOf(), folder)).provider).toBe('host');
    write('inventiv.config.json', '{"provider": "scaleway", "serve": {"port": 5000}}');
    expect(await loadConfig(envOf(), folder)).toMatchObject({
      provider: 'scaleway',
      serve: {port: 5000, adminPort: 4142},
    });
  });

  it('puts the environment over the file', async () => {
    write('inventiv.config.yaml', 'provider: scaleway\nzone: fr-par-1\nstateDir: /from/file\n');
    const config = await loadConfig(
      envOf({INVENTIV_PROVIDER: 'mock', INVENTIV_ZONE: 'fr-par-2', INVENTIV_STATE_DIR: '/from/env'}),
      folder,
    );
    expect(config).toMatchObject({provider: 'mock', zone: 'fr-par-2', paths: {stateDir: '/from/env'}});
  });

  it('reads a scenario relative to the file that names it', async () => {
    write('inventiv.config.yaml', 'mock:\n  scenario: faults.json\n');
    expect((await loadConfig(envOf(), folder)).mock.scenario).toBe(join(folder, 'faults.json'));
  });

  it('accepts an empty file', async () => {
    write('inventiv.config.yaml', '# nothing yet\n');
    expect((await loadConfig(envOf(), folder)).provider).toBe('mock');
  });
});

describe('a wrong config file', () => {
  it('is refused with file, line, key and the nearest name', async () => {
    const refusal = await refusalOf('provider: mock\nserve:\n  host: 127.0.0.1\n  prot: 4141\n');
    expect(refusal.code).toBe('invalid_config');
    expect(refusal.message).toBe(`${refusal.file}:4: unknown key "serve.prot" (did you mean "port"?)`);
    expect(refusal.hint).toContain('inventiv config validate');
  });

  it('lists what is known where nothing is near', async () => {
    expect((await refusalOf('mock:\n  xyzzy: 1\n')).message).toContain('(known here: profile, scenario)');
  });

  it('names line and key of a wrong value, in JSON too', async () => {
    const {message, file} = await refusalOf('{\n  "serve": {\n    "port": 99999\n  }\n}\n', 'inventiv.config.json');
    expect(message).toContain(`${file}:3: serve.port: `);
  });

  it('reports several problems in the order of their lines, and bounds them', async () => {
    const {message} = await refusalOf(
      `waitTimeout: soon\n${Array.from({length: 8}, (_, index) => `wrong${index}: 1`).join('\n')}\n`,
    );
    const lines = message.split('\n');
    expect(lines[0]).toContain(':1: waitTimeout: expected a duration');
    expect(lines).toHaveLength(6);
    expect(lines.at(-1)).toBe('and 4 more');
  });

  it('says where the YAML is broken', async () => {
    expect((await refusalOf('provider: mock\nserve: [1, 2\n')).message).toMatch(
      /inventiv\.config\.yaml:\d+: not valid YAML/,
    );
  });

  it('refuses a list, a repeated key and aliases', async () => {
    expect((await refusalOf('- provider\n')).message).toContain('expected settings as "key: value" lines');
    expect((await refusalOf('provider: mock\nprovider: host\n')).message).toContain(':2: not valid YAML');
    expect((await refusalOf('zone: &a x\nmodel: *a\n')).message).toContain('aliases');
  });

  it('refuses one that is named and not there', async () => {
    await expect(loadConfig(envOf({INVENTIV_CONFIG: '/nowhere.yaml'}), folder)).rejects.toMatchObject({
      code: 'invalid_config',
    });
  });

  it('refuses an unknown provider of the environment', async () => {
    await expect(loadConfig(envOf({INVENTIV_PROVIDER: 'aws'}), folder)).rejects.toMatchObject({
      code: 'invalid_config',
      message: 'INVENTIV_PROVIDER must be one of mock, scaleway, host, got "aws".',
    });
  });
});

describe('the known keys', () => {
  it('are those that the schema accepts', () => {
    for (const [section, keys] of Object.entries(configKeys)) {
      for (const key of keys) {
        const path = section === '' ? [key] : [...section.split('.'), key];
        const parsed = configSchema.safeParse(path.reduceRight<unknown>((inner, name) => ({[name]: inner}), undefined));
        expect(parsed.success, `${section}.${key}`).toBe(true);
      }
    }
  });
});

describe('paths', () => {
  it('follow XDG and INVENTIV_STATE_DIR', () => {
    expect(statePaths(envOf({XDG_STATE_HOME: '/xdg'})).stateDir).toBe('/xdg/inventiv');
    expect(statePaths(envOf({INVENTIV_STATE_DIR: '/mine', XDG_STATE_HOME: '/xdg'}))).toMatchObject({
      stateDir: '/mine',
      secretKey: '/mine/secret.key',
      mockDir: '/mine/mock',
    });
    expect(configCandidates(envOf({XDG_CONFIG_HOME: '/xdg'}), '/here')).toContain('/xdg/inventiv/config.yaml');
  });

  it('refuse a relative state directory, for every command would use another', () => {
    expect(() => statePaths(envOf({INVENTIV_STATE_DIR: 'state'}))).toThrow('absolute path');
  });
});

describe('the environment', () => {
  it('takes empty for unset', () => {
    expect(readEnv({HOME: '/h', NO_COLOR: '', INVENTIV_MODEL: '  '})).toMatchObject({
      model: null,
      terminal: {noColour: false},
    });
  });

  it('ignores COLUMNS that are no width', () => {
    expect(readEnv({COLUMNS: 'wide'}).terminal.columns).toBeNull();
    expect(readEnv({COLUMNS: '3'}).terminal.columns).toBeNull();
    expect(readEnv({COLUMNS: '120'}).terminal.columns).toBe(120);
  });
});

describe('ssh settings', () => {
  it('log in as root with the keys of the installation and the agent when nothing is said', async () => {
    const config = await loadConfig(envOf({SSH_AUTH_SOCK: '/run/agent'}), folder);
    expect(config.ssh).toEqual({user: 'root', keyFiles: [], agentSocket: '/run/agent', connectTimeoutMs: 15_000});
  });

  it('find key files below the home and beside the config file, and may leave the agent alone', async () => {
    write(
      'inventiv.config.yaml',
      'ssh: {user: ubuntu, keys: [~/.ssh/id_a, keys/b, /etc/c], agent: false, connectTimeout: 40s}\n',
    );
    const config = await loadConfig(envOf({SSH_AUTH_SOCK: '/run/agent'}), folder);
    expect(config.ssh).toEqual({
      user: 'ubuntu',
      keyFiles: [join(folder, 'home/.ssh/id_a'), join(folder, 'keys/b'), '/etc/c'],
      agentSocket: null,
      connectTimeoutMs: 40_000,
    });
  });

  it('are overridden by the environment', async () => {
    write('inventiv.config.yaml', 'ssh: {user: ubuntu, keys: [a]}\n');
    const config = await loadConfig(envOf({INVENTIV_SSH_USER: 'admin', INVENTIV_SSH_KEY: '/k'}), folder);
    expect(config.ssh).toMatchObject({user: 'admin', keyFiles: ['/k']});
  });

  it.each(['ssh: {user: "a b"}', 'ssh: {keys: id_a}', 'ssh: {connectTimeout: 5}', 'ssh: {key: [a]}'])(
    'are refused as %s',
    async text => {
      expect((await refusalOf(text)).code).toBe('invalid_config');
    },
  );
});
