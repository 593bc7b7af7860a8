import {spawn, spawnSync} from 'node:child_process';
import {existsSync, mkdirSync, readFileSync, rmSync, symlinkSync} from 'node:fs';
import {dirname, join} from 'node:path';
import {setTimeout as sleep} from 'node:timers/promises';
import {Exit, endGroup, isAlive, print, readJsonOr, runProgram, signalIfThere, writeJson} from './program.ts';
import {
  enabledUnits,
  execWords,
  findUnit,
  fullName,
  inactive,
  isMasked,
  journalPath,
  statePath,
  type UnitFile,
  type UnitState,
  unitEnvironment,
  wantsDirectory,
} from './unit-file.ts';

const stopWaitMs = 5_000;
const notActive = 3;

await runProgram('systemctl', async argv => {
  const words = argv.filter(arg => !arg.startsWith('-') && !isValueOf(argv, arg));
  const [verb = '', ...given] = words;
  const names = given.map(fullName);
  const now = argv.includes('--now');
  const quiet = argv.includes('--quiet') || argv.includes('-q');
  switch (verb) {
    case 'daemon-reload':
    case 'reset-failed':
      return;
    case 'start':
      for (const name of names) await start(name);
      return;
    case 'stop':
      for (const name of names) await stop(name);
      return;
    case 'restart':
    case 'try-restart':
      for (const name of names) {
        if (verb === 'try-restart' && stateOf(name).active !== 'active') continue;
        await stop(name);
        await start(name);
      }
      return;
    case 'reload':
    case 'kill':
      for (const name of names) reload(name, verb === 'kill' ? signalOf(argv) : null);
      return;
    case 'enable':
      for (const name of names) {
        enable(name);
        if (now) await start(name);
      }
      return;
    case 'disable':
      for (const name of names) {
        rmSync(join(wantsDirectory, name), {force: true});
        if (now) await stop(name);
      }
      return;
    case 'mask':
      for (const name of names) {
        rmSync(join('/etc/systemd/system', name), {force: true});
        symlinkSync('/dev/null', join('/etc/systemd/system', name));
      }
      return;
    case 'unmask':
      for (const name of names) if (isMasked(name)) rmSync(join('/etc/systemd/system', name));
      return;
    case 'is-active':
      return tell(names, quiet, name => stateOf(name).active, 'active', notActive);
    case 'is-enabled':
      return tell(names, quiet, enabledState, 'enabled', 1);
    case 'is-failed':
      return tell(names, quiet, name => stateOf(name).active, 'failed', 1);
    case 'is-system-running':
      return print('running');
    case 'status':
      for (const name of names) status(name);
      return;
    case 'show':
      for (const name of names) show(name, argv);
      return;
    case 'list-units':
    case 'list-unit-files':
      for (const name of enabledUnits()) print(`${name} loaded ${stateOf(name).active}`);
      return;
    default:
      throw new Exit(1, `Unknown command verb ${verb}.`);
  }
});

/** The word after `-p` or `-n` is its value. */
function isValueOf(argv: readonly string[], arg: string): boolean {
  return ['-p', '--property', '-n', '--signal', '-s'].includes(argv[argv.indexOf(arg) - 1] ?? '');
}

function signalOf(argv: readonly string[]): NodeJS.Signals {
  const at = argv.findIndex(arg => arg === '-s' || arg === '--signal');
  const given = at >= 0 ? argv[at + 1] : argv.find(arg => arg.startsWith('--signal='))?.slice('--signal='.length);
  return `SIG${(given ?? 'TERM').replace(/^SIG/, '')}` as NodeJS.Signals;
}

async function start(name: string): Promise<void> {
  const unit = requireUnit(name);
  if (isMasked(name)) throw new Exit(1, `Failed to start ${name}: Unit ${name} is masked.`);
  if (stateOf(name).active === 'active') return;
  mkdirSync(dirname(statePath(name)), {recursive: true});
  const [type = 'simple'] = unit.values('Type');
  if (type === 'oneshot') return runOneshot(unit);
  const supervisor = spawn(process.execPath, [join(import.meta.dirname, 'unit-supervisor.ts'), name], {
    detached: true,
    stdio: 'ignore',
    cwd: '/',
  });
  supervisor.unref();
  const startedState = await untilStarted(name, supervisor.pid ?? 0);
  // A simple unit has started when its process has; one that tells (notify) is asked for a moment longer.
  if (startedState === 'failed')
    throw new Exit(
      1,
      `Job for ${name} failed because the control process exited with error code.\nSee "systemctl status ${name}" and "journalctl -xeu ${name}" for details.`,
    );
}

async function untilStarted(name: string, supervisorPid: number): Promise<string> {
  while (isAlive(supervisorPid)) {
    const state = readJsonOr<UnitState>(statePath(name), inactive);
    if (state.supervisorPid === supervisorPid) return state.active;
    await sleep(10);
  }
  return stateOf(name).active;
}

function runOneshot(unit: UnitFile): void {
  const [remains = 'no'] = unit.values('RemainAfterExit');
  for (const line of unit.values('ExecStart')) {
    const [command = '', ...args] = execWords(line);
    const env = {...process.env, ...unitEnvironment(unit)};
    const {status} = spawnSync(command, args, {cwd: unit.values('WorkingDirectory')[0] ?? '/', env, stdio: 'ignore'});
    if (status !== 0) {
      writeJson(statePath(unit.name), {...inactive, active: 'failed', exitStatus: status ?? 1});
      throw new Exit(1, `Job for ${unit.name} failed because the control process exited with error code.`);
    }
  }
  writeJson(statePath(unit.name), {...inactive, active: remains === 'yes' ? 'active' : 'inactive'});
}

async function stop(name: string): Promise<void> {
  const {supervisorPid, active} = stateOf(name);
  if (active === 'inactive') return;
  for (const line of findUnit(name)?.values('ExecStop') ?? []) {
    const [command = '', ...args] = execWords(line);
    spawnSync(command, args, {stdio: 'ignore'});
  }

  if (supervisorPid > 0) {
    signalIfThere(supervisorPid, 'SIGTERM');
    const giveUpAtMs = Date.now() + stopWaitMs;
    while (isAlive(supervisorPid) && Date.now() < giveUpAtMs) await sleep(20);
    await endGroup(supervisorPid);
  }
  writeJson(statePath(name), inactive);
}

function reload(name: string, signal: NodeJS.Signals | null): void {
  const {mainPid} = stateOf(name);
  if (mainPid === 0) throw new Exit(1, `${name} is not active, cannot reload.`);
  if (signal !== null) {
    process.kill(mainPid, signal);
    return;
  }

  for (const line of requireUnit(name).values('ExecReload')) {
    const [command = '', ...args] = execWords(line.replaceAll('$MAINPID', String(mainPid)));
    if (spawnSync(command, args, {stdio: 'ignore'}).status !== 0) throw new Exit(1, `Job for ${name} failed.`);
  }
}

function enable(name: string): void {
  const {path} = requireUnit(name);
  mkdirSync(wantsDirectory, {recursive: true});
  if (!existsSync(join(wantsDirectory, name))) symlinkSync(path, join(wantsDirectory, name));
}

/** As it is, not as it was noted: what a supervisor left when it was killed does not count. */
function stateOf(name: string): UnitState {
  const state = readJsonOr<UnitState>(statePath(name), inactive);
  if (state.supervisorPid === 0 || isAlive(state.supervisorPid)) return state;
  return state.active === 'failed' ? state : inactive;
}

function enabledState(name: string): string {
  if (isMasked(name)) return 'masked';
  if (enabledUnits().includes(name)) return 'enabled';
  return findUnit(name) === null ? 'not-found' : 'disabled';
}

function tell(
  names: readonly string[],
  quiet: boolean,
  ask: (name: string) => string,
  wanted: string,
  otherwise: number,
): void {
  const answers = names.map(ask);
  if (!quiet) for (const answer of answers) print(answer);
  if (!answers.includes(wanted)) throw new Exit(otherwise);
}

function status(name: string): void {
  const unit = requireUnit(name, 4);
  const {active, mainPid} = stateOf(name);
  print(`${active === 'active' ? '●' : '○'} ${name} - ${unit.values('Description')[0] ?? name}`);
  print(`     Loaded: loaded (${unit.path}; ${enabledState(name)}; preset: enabled)`);
  print(`     Active: ${active}${active === 'active' ? ' (running)' : ' (dead)'}`);
  if (mainPid > 0) print(`   Main PID: ${mainPid}`);
  if (existsSync(journalPath(name))) print(readFileSync(journalPath(name), 'utf8').split('\n').slice(-11).join('\n'));
  if (active !== 'active') throw new Exit(notActive);
}

function show(name: string, argv: readonly string[]): void {
  const {active, mainPid, restarts, exitStatus} = stateOf(name);
  const all: Record<string, string | number> = {
    Id: name,
    LoadState: isMasked(name) ? 'masked' : findUnit(name) === null ? 'not-found' : 'loaded',
    ActiveState: active,
    SubState: active === 'active' ? 'running' : active === 'failed' ? 'failed' : 'dead',
    MainPID: mainPid,
    NRestarts: restarts,
    ExecMainStatus: exitStatus,
    UnitFileState: enabledState(name),
  };
  const asked = argv.flatMap((arg, at) => {
    if (arg.startsWith('--property=')) return arg.slice('--property='.length).split(',');
    return arg === '-p' || arg === '--property' ? (argv[at + 1] ?? '').split(',') : [];
  });
  for (const [key, value] of Object.entries(all)) {
    if (asked.length > 0 && !asked.includes(key)) continue;
    print(argv.includes('--value') ? String(value) : `${key}=${value}`);
  }
}

function requireUnit(name: string, code = 5): UnitFile {
  const unit = findUnit(name);
  if (unit === null) throw new Exit(code, `Failed to start ${name}: Unit ${name} not found.`);
  return unit;
}
