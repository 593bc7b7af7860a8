import {spawn, spawnSync} from 'node:child_process';
import {closeSync, mkdirSync, openSync} from 'node:fs';
import {dirname} from 'node:path';
import {setTimeout as sleep} from 'node:timers/promises';
import {writeJson} from './program.ts';
import {
  execWords,
  findUnit,
  journalPath,
  statePath,
  type UnitFile,
  type UnitState,
  unitEnvironment,
} from './unit-file.ts';

/** systemd waits 100 ms where a unit says nothing; a machine in a test has no time for what units do say. */
const restartMsMax = 300;
const restartsMax = 20;

const [unitName = ''] = process.argv.slice(2);
const unit = findUnit(unitName);
if (unit === null) throw new Error(`no unit ${unitName}`);
let mainPid = 0;
let stopping = false;
process.on('SIGTERM', () => {
  stopping = true;
  if (mainPid > 0) process.kill(mainPid, 'SIGTERM');
});
await supervise(unit);

/** Runs `ExecStart` as its `Restart=` says, for as long as nobody stops it. */
async function supervise(unit: UnitFile): Promise<void> {
  const [restart = 'no'] = unit.values('Restart');
  for (let restarts = 0; ; restarts++) {
    const exitStatus = await runOnce(unit, restarts);
    const again =
      !stopping && restarts < restartsMax && (restart === 'always' || (restart === 'on-failure' && exitStatus !== 0));
    const ended = stopping || exitStatus === 0 ? 'inactive' : 'failed';
    note({active: again ? 'activating' : ended, mainPid: 0, restarts, exitStatus});
    if (!again) return;
    const seconds = Number((unit.values('RestartSec')[0] ?? '0.1').replace(/s$/, ''));
    await sleep(Math.min(restartMsMax, seconds * 1000));
    if (stopping) return note({active: 'inactive', mainPid: 0, restarts, exitStatus});
  }
}

async function runOnce(unit: UnitFile, restarts: number): Promise<number> {
  const environment = {PATH: '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin', ...unitEnvironment(unit)};
  mkdirSync(dirname(journalPath(unit.name)), {recursive: true});
  const journal = openSync(journalPath(unit.name), 'a');
  const cwd = unit.values('WorkingDirectory')[0] ?? '/';
  const stdio: ['ignore', number, number] = ['ignore', journal, journal];
  try {
    for (const line of unit.values('ExecStartPre')) {
      const [command = '', ...args] = execWords(line);
      const {status} = spawnSync(command, args, {stdio, cwd, env: environment});
      if (status !== 0 && !line.startsWith('-')) return status ?? 1;
    }

    const [command = '', ...args] = execWords(unit.values('ExecStart')[0] ?? 'false');
    const child = spawn(command, args, {stdio, cwd, env: environment});
    const {promise, resolve} = Promise.withResolvers<number>();
    child.once('error', () => resolve(203));
    child.once('exit', (code, signal) => resolve(code ?? (signal === 'SIGTERM' && stopping ? 0 : 1)));
    mainPid = child.pid ?? 0;
    note({active: 'active', mainPid, restarts, exitStatus: 0});
    return await promise;
  } finally {
    mainPid = 0;
    closeSync(journal);
  }
}

function note(state: Omit<UnitState, 'supervisorPid'>): void {
  writeJson(statePath(unitName), {...state, supervisorPid: process.pid});
}
