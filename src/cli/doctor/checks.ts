import type {StoreMaintenance} from '../../compose/app.ts';
import type {Config} from '../../config/config.ts';
import type {Env} from '../../config/env.ts';
import {bytesText} from '../../ui/amounts.ts';
import type {CheckResult} from '../../ui/views/findings-view.ts';
import {credentialsCheck, type FindCredentials} from './credentials-check.ts';
import type {Probes} from './probes.ts';
import {ok, problem, warning} from './result.ts';

export interface DoctorSubject {
  readonly env: Env;
  readonly probes: Probes;
  /** Throws when the configuration is not valid; what depends on it is then not looked at. */
  loadConfig(): Promise<Config>;
  openStoreTools(config: Config): Promise<StoreMaintenance>;
  readonly findCredentials: FindCredentials;
}

const pythonMin = [3, 10] as const;
const freeBytesLow = 2e9;
const freeBytesTooLow = 200e6;

/** Looks at everything that has to be right, one result each. A look that itself fails is a problem of that name. */
export async function runChecks(subject: DoctorSubject): Promise<CheckResult[]> {
  const {probes} = subject;
  const {config, result} = await readConfig(subject);
  const looks: readonly Look[] = [
    ['node', () => nodeCheck(probes)],
    ['python', () => pythonCheck(probes)],
    ['config', () => result],
    ...(config === null ? [] : checksOf(config, subject)),
  ];
  return await Promise.all(looks.map(async ([name, look]) => await guarded(name, look)));
}

type Look = readonly [name: string, look: () => Promise<CheckResult> | CheckResult];

async function readConfig({loadConfig}: DoctorSubject): Promise<{config: Config | null; result: CheckResult}> {
  try {
    const config = await loadConfig();
    return {config, result: ok('config', config.file ?? 'no config file; defaults')};
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    return {config: null, result: problem('config', message, 'correct the file, then: inventiv config validate')};
  }
}

function checksOf(config: Config, {env, probes, openStoreTools, findCredentials}: DoctorSubject): Look[] {
  return [
    ['state', () => stateDirCheck(config, probes)],
    ['secret key', () => secretKeyCheck(config, env, probes)],
    ['disk', () => diskCheck(config, probes)],
    ['store', () => storeCheck(config, openStoreTools)],
    ['ports', () => portsCheck(config, probes)],
    ['credentials', () => credentialsCheck(config, env, {openStoreTools, findCredentials})],
  ];
}

async function guarded(name: Look[0], look: Look[1]): Promise<CheckResult> {
  try {
    return await look();
  } catch (error) {
    const hint =
      typeof error === 'object' && error !== null && 'hint' in error && typeof error.hint === 'string'
        ? error.hint
        : null;
    return problem(
      name,
      error instanceof Error ? error.message : String(error),
      hint ?? 'run "inventiv doctor --debug" and report what it prints',
    );
  }
}

function nodeCheck({nodeVersion}: Probes): CheckResult {
  return ok('node', `Node.js ${nodeVersion}`);
}

async function pythonCheck(probes: Probes): Promise<CheckResult> {
  const printed = await probes.pythonVersion();
  const fix =
    'install Python 3.10 or newer (Debian: apt install python3); the mock provider runs the worker agent with it';
  if (printed === null) return problem('python', 'python3 is not installed', fix);
  const match = /(\d+)\.(\d+)/.exec(printed);
  const [major, minor] = [Number(match?.[1]), Number(match?.[2])];
  const isEnough = major > pythonMin[0] || (major === pythonMin[0] && minor >= pythonMin[1]);
  return isEnough ? ok('python', printed) : problem('python', `expected Python 3.10 or newer, got "${printed}"`, fix);
}

async function stateDirCheck({paths}: Config, probes: Probes): Promise<CheckResult> {
  const {exists, writable, mode} = await probes.inspectPath(paths.stateDir);
  if (!writable) {
    return problem(
      'state',
      `${paths.stateDir} cannot be ${exists ? 'written' : 'created'}`,
      'chown it to yourself, or point INVENTIV_STATE_DIR at a directory of yours',
    );
  }

  if (mode !== null && (mode & 0o077) !== 0) {
    return warning(
      'state',
      `${paths.stateDir} is open to other users (mode ${mode.toString(8)})`,
      `chmod 700 ${paths.stateDir}`,
    );
  }

  return ok('state', exists ? paths.stateDir : `${paths.stateDir} (is made when first needed)`);
}

async function secretKeyCheck({paths}: Config, {secretKey}: Env, probes: Probes): Promise<CheckResult> {
  if (secretKey.value !== null) return ok('secret key', 'given by INVENTIV_SECRET_KEY');
  if (secretKey.file !== null) return ok('secret key', `${secretKey.file} (INVENTIV_SECRET_KEY_FILE)`);
  const {exists, mode} = await probes.inspectPath(paths.secretKey);
  if (!exists && (await probes.inspectPath(paths.secretKeyNote)).exists) {
    return ok('secret key', 'in the system keyring (is it reachable? inventiv secrets show)');
  }

  if (!exists) {
    return ok('secret key', 'not there yet, is made when first needed (if it was lost, put it back from your backup)');
  }

  if (mode !== null && (mode & 0o077) !== 0) {
    return problem(
      'secret key',
      `${paths.secretKey} can be read by others (mode ${mode.toString(8)})`,
      `chmod 600 ${paths.secretKey}`,
    );
  }

  return ok('secret key', paths.secretKey);
}

async function diskCheck({paths}: Config, probes: Probes): Promise<CheckResult> {
  const free = await probes.freeBytes(paths.stateDir);
  const message = `${bytesText(free)} free for ${paths.stateDir}`;
  const fix = 'free some space, or move the state: INVENTIV_STATE_DIR';
  if (free < freeBytesTooLow) return problem('disk', message, fix);
  return free < freeBytesLow ? warning('disk', message, fix) : ok('disk', message);
}

async function storeCheck(config: Config, openStoreTools: DoctorSubject['openStoreTools']): Promise<CheckResult> {
  const tools = await openStoreTools(config);
  const status = await tools.status();
  if (!status.exists) return ok('store', 'not created yet');
  if (status.schemaVersion !== null && status.schemaVersion > status.programVersion) {
    return problem(
      'store',
      `the store has schema ${status.schemaVersion}, this program knows ${status.programVersion}`,
      'use the newer inventiv that wrote it, or restore an older backup: inventiv db restore FILE',
    );
  }

  const findings = await tools.check();
  if (findings.length > 0)
    return problem('store', findings.slice(0, 5).join('; '), 'go back to a backup: inventiv db restore FILE');
  if (status.pending.length > 0)
    return warning('store', `${status.pending.length} migrations pending`, 'inventiv db migrate');
  return ok('store', `sound, schema ${status.schemaVersion ?? 0}, ${bytesText(status.bytes)}`);
}

async function portsCheck({serve}: Config, probes: Probes): Promise<CheckResult> {
  const ports = [serve.port, serve.adminPort];
  const free = await Promise.all(ports.map(port => probes.isPortFree(serve.host, port)));
  const taken = ports.filter((_, index) => free[index] === false);
  if (taken.length === 0) return ok('ports', `${ports.join(' and ')} on ${serve.host} are free for "serve"`);
  return warning(
    'ports',
    `${taken.join(' and ')} on ${serve.host} ${taken.length === 1 ? 'is' : 'are'} in use (by a running "inventiv serve"?)`,
    'if it is something else: inventiv serve --port PORT --admin-port PORT',
  );
}
