import {execFileSync, spawn, spawnSync} from 'node:child_process';
import {createHash} from 'node:crypto';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import {tmpdir} from 'node:os';
import {dirname, join} from 'node:path';
import {afterEach, beforeEach, describe, expect, it} from 'vitest';
import {
  engineAliveScript,
  engineDeadExitCode,
  engineExitedText,
  engineLogLinesMax,
} from '../../../src/core/bootstrap/engine-watch.ts';
import {type NativeBootstrapRequest, nativeBootstrap} from '../../../src/core/bootstrap/native.ts';
import {parseBootstrapLine} from '../../../src/core/bootstrap/phase-parser.ts';

const agentSource = 'import time\ntime.sleep(600)\n';
const request: NativeBootstrapRequest = {
  instanceId: 'ins_1',
  agentSource,
  agentSha256: createHash('sha256').update(agentSource).digest('hex'),
  workerKey: 'inw-very-secret',
  engineCommand: ['./engine'],
  engineArgs: ['a/model', '--max-model-len', '4096'],
  servedModelName: 'a/model',
  maxModelLen: 4096,
  gpuCount: 2,
  openaiPort: 8000,
  agentPort: 8080,
  controlPlane: null,
};

/** The interpreter itself: a version manager's wrapper would be seen as processes of its own. */
const python = execFileSync('python3', ['-c', 'import sys; print(sys.executable)'], {encoding: 'utf8'}).trim();

let root = '';
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'inventiv-bootstrap-'));
  mkdirSync(join(root, 'bin'));
  symlinkSync(python, join(root, 'bin', 'python3'));
  // An engine that notes how it was called, and stays.
  writeFileSync(
    join(root, 'engine'),
    '#!/bin/sh\nprintf "%s\\n" "$VLLM_API_KEY" "$@" > called\necho started\nexec sleep 600\n',
    {mode: 0o755},
  );
});
afterEach(() => {
  killAll();
  rmSync(root, {recursive: true, force: true, maxRetries: 5});
});

describe('the native bootstrap', () => {
  it('starts engine and agent, telling phases and facts', () => {
    const lines = install(request);
    expect(lines.filter(line => line.kind === 'phase').map(line => line.name)).toEqual([
      'preflight',
      'engine',
      'agent',
    ]);
    expect(lines.filter(line => line.kind === 'failure')).toEqual([]);
    expect(lines).toContainEqual({kind: 'fact', fact: {engine: 'started'}});
    expect(processesIn(root)).toHaveLength(2);
    expect(alive()).toBe(0);
  });

  it('gives the engine its arguments as they are, and the key in its environment', () => {
    const odd = ['a/model', '--override', `{"a": "it's $HOME \`id\`"}`];
    install({...request, engineArgs: odd});
    waitFor(() => existsSync(join(root, 'called')));
    expect(readFileSync(join(root, 'called'), 'utf8').split('\n').slice(0, -1)).toEqual([
      'inw-very-secret',
      'serve',
      ...odd,
      ...['--host', '127.0.0.1', '--port', '8000'],
    ]);
  });

  it('has secrets in files for their owner only, and in no script', () => {
    const {files, steps} = nativeBootstrap({
      ...request,
      controlPlane: {url: 'https://control.example', enrolmentSecret: 'enrol-secret'},
    });
    const secret = files.filter(file => /secret/.test(file.content) || file.content.includes(request.workerKey));
    expect(secret.map(file => file.mode)).toEqual(secret.map(() => 0o600));
    expect(secret.map(file => file.path)).toEqual(
      expect.arrayContaining(['secrets/worker.key', 'secrets/enrolment.secret']),
    );
    expect(JSON.stringify(steps)).not.toMatch(/very-secret|enrol-secret/);
    expect(files.find(file => file.path === 'agent/config.json')?.content).not.toMatch(/very-secret|enrol-secret/);
  });

  it('leaves what runs already as it is', () => {
    install(request);
    const before = processesIn(root).map(({pid}) => pid);
    const lines = install(request);
    expect(lines).toContainEqual({kind: 'fact', fact: {engine: 'already running'}});
    expect(lines).toContainEqual({kind: 'fact', fact: {agent: 'already running'}});
    expect(processesIn(root).map(({pid}) => pid)).toEqual(before);
  });

  it('replaces an engine with other arguments, and nothing else', () => {
    install(request);
    const [engine, agent] = [pidOf('engine'), pidOf('agent')];
    install({...request, engineArgs: ['b/model']});
    expect(pidOf('engine')).not.toBe(engine);
    expect(pidOf('agent')).toBe(agent);
    expect(processesIn(root)).toHaveLength(2);
  });

  it('starts what died again', () => {
    install(request);
    process.kill(pidOf('engine'), 'SIGKILL');
    waitFor(() => processesIn(root).length === 1);
    expect(alive()).toBe(engineDeadExitCode);
    install(request);
    expect(processesIn(root)).toHaveLength(2);
    expect(alive()).toBe(0);
  });

  it.each([
    ['a signal', (pid: number) => void process.kill(pid, 'SIGKILL'), 137],
    ['itself', () => writeFileSync(join(root, 'end'), ''), 7],
  ])('tells how an engine ended that was ended by %s, after its log', (_, end, status) => {
    writeFileSync(join(root, 'engine'), '#!/bin/sh\necho loading\nwhile [ ! -e end ]; do sleep 0.01; done\nexit 7\n', {
      mode: 0o755,
    });
    install(request);
    const pid = pidOf('engine');
    waitFor(() => readFileSync(join(root, 'log', 'engine.log'), 'utf8') !== '');
    end(pid);
    waitFor(() => alive() === engineDeadExitCode);
    const lines = sh(engineAliveScript).stdout.trimEnd().split('\n');
    expect(lines[0]).toBe('loading');
    expect(lines.at(-1)).toBe(`${engineExitedText} ${status}`);
    waitFor(() => supervisorsIn(root).length === supervised(1));
    expect(supervisorsIn(root), 'the one of the agent').toHaveLength(supervised(1));
  });

  it.runIf(process.platform === 'linux')('says nothing of how an earlier engine ended', () => {
    install(request);
    const first = pidOf('engine');
    install({...request, engineArgs: ['b/model']});
    waitFor(() => existsSync(join(root, 'run', 'engine.exit')));
    expect(readFileSync(join(root, 'run', 'engine.exit'), 'utf8')).toBe(`${first} 143\n`);
    for (const pid of supervisorsIn(root)) process.kill(pid, 'SIGKILL');
    process.kill(pidOf('engine'), 'SIGKILL');
    waitFor(() => alive() === engineDeadExitCode);
    expect(sh(engineAliveScript).stdout).not.toContain(engineExitedText);
  });

  it('never starts a second one, wherever an earlier run was cut off', () => {
    const {steps} = nativeBootstrap(request);
    const lines = (steps.find(step => step.name === 'engine')?.script ?? '').trimEnd().split('\n');
    const starts = lines.findIndex(line => line.startsWith('nohup '));
    expect(starts).toBeGreaterThan(0);
    for (let count = starts; count <= lines.length; count++) {
      writeFiles(request);
      sh(nativeBootstrap(request).steps[0]?.script ?? '');
      sh(lines.slice(0, count).join('\n'));
      install(request);
      const kinds = processesIn(root).map(({command}) => (command.includes('agent.py') ? 'agent' : 'engine'));
      expect(kinds.toSorted(), `cut after line ${count}`).toEqual(['agent', 'engine']);
      expect(supervisorsIn(root), `cut after line ${count}`).toHaveLength(supervised(2));
      killAll();
      rmSync(join(root, 'run'), {recursive: true});
    }
  });

  it.runIf(process.platform === 'linux')('takes a process that ended and was not collected for dead', () => {
    const child = spawn('sleep', ['600'], {stdio: 'ignore'});
    const pid = child.pid ?? 0;
    mkdirSync(join(root, 'run'), {recursive: true});
    writeFileSync(join(root, 'run', 'engine.pid'), `${pid}\n`);
    expect(alive()).toBe(0);
    // This process collects its children between two turns of its event loop, and there is none in between here.
    process.kill(pid, 'SIGKILL');
    waitFor(() => /\) Z /.test(readFileSync(`/proc/${pid}/stat`, 'latin1')));
    expect(alive()).toBe(engineDeadExitCode);
  });

  it('shows the end of the log of a dead engine, bounded', () => {
    mkdirSync(join(root, 'log'), {recursive: true});
    writeFileSync(
      join(root, 'log', 'engine.log'),
      Array.from({length: 1000}, (_, index) => `line ${index}\n`).join(''),
    );
    mkdirSync(join(root, 'run'), {recursive: true});
    writeFileSync(join(root, 'run', 'engine.pid'), '2147480000\n');
    const result = sh(engineAliveScript);
    expect(result.status).toBe(engineDeadExitCode);
    expect(result.stdout.split('\n').slice(0, -1)).toEqual(
      Array.from({length: engineLogLinesMax}, (_, index) => `line ${1000 - engineLogLinesMax + index}`),
    );
  });

  it('refuses a machine without the engine, and an agent that was altered', () => {
    expect(failureOf({...request, engineCommand: ['/no/such engine']})).toMatchObject({code: 'ENGINE_MISSING'});
    expect(failureOf({...request, agentSha256: '0'.repeat(64)})).toMatchObject({code: 'AGENT_CHECKSUM'});
  });

  it('tells the agent what to expect and where everything is, relative to the machine', () => {
    const config: unknown = JSON.parse(
      nativeBootstrap(request).files.find(file => file.path === 'agent/config.json')?.content ?? '',
    );
    expect(config).toMatchObject({
      instance_id: 'ins_1',
      port: 8080,
      expected_model_id: 'a/model',
      expected_max_model_len: 4096,
      replicas: [{name: 'replica-0', gpus: [0, 1], port: 8000}],
    });
    expect(config).not.toHaveProperty('control_plane_url');
  });
});

function install(wanted: NativeBootstrapRequest): ReturnType<typeof parseBootstrapLine>[] {
  writeFiles(wanted);
  return nativeBootstrap(wanted).steps.flatMap(step => {
    const {status, stdout} = sh(step.script);
    expect(status, `${step.name}: ${stdout}`).toBe(0);
    return stdout.trimEnd().split('\n').map(parseBootstrapLine);
  });
}

function failureOf(wanted: NativeBootstrapRequest): unknown {
  writeFiles(wanted);
  const {status, stdout} = sh(nativeBootstrap(wanted).steps[0]?.script ?? '');
  expect(status).not.toBe(0);
  return stdout
    .trimEnd()
    .split('\n')
    .map(parseBootstrapLine)
    .find(line => line.kind === 'failure');
}

function writeFiles(wanted: NativeBootstrapRequest): void {
  for (const {path, content, mode} of nativeBootstrap(wanted).files) {
    mkdirSync(dirname(join(root, path)), {recursive: true});
    writeFileSync(join(root, path), content, {mode});
  }
}

function alive(): number | null {
  return sh(engineAliveScript).status;
}

function sh(script: string) {
  return spawnSync('sh', ['-s'], {
    input: script,
    cwd: root,
    env: {PATH: `${join(root, 'bin')}:${process.env.PATH}`, INVENTIV_ROOT: root},
    encoding: 'utf8',
    timeout: 15_000,
  });
}

/** Until none is left: one may start another while it is ended. */
function killAll(): void {
  waitFor(() => {
    const left = allProcessesIn(root);
    for (const {pid} of left) {
      try {
        process.kill(pid, 'SIGKILL');
      } catch {
        // It ended by itself.
      }
    }

    return left.length === 0;
  });
}

function pidOf(name: string): number {
  return Number(readFileSync(join(root, 'run', `${name}.pid`), 'utf8').trim());
}

/** The daemons that run with this directory as the machine's; what waits for their end is not one. */
function processesIn(machine: string): {pid: number; command: string}[] {
  return allProcessesIn(machine).filter(({command}) => !isSupervisor(command));
}

function supervisorsIn(machine: string): number[] {
  return allProcessesIn(machine)
    .filter(({command}) => isSupervisor(command))
    .map(({pid}) => pid);
}

/** Only there are all processes seen. */
function supervised(count: number): number {
  return process.platform === 'linux' ? count : 0;
}

function isSupervisor(command: string): boolean {
  return command.startsWith('sh -c') && command.includes('.exit');
}

function allProcessesIn(machine: string): {pid: number; command: string}[] {
  if (process.platform !== 'linux') {
    return ['engine', 'agent']
      .map(pidOf)
      .map(pid => ({pid, command: execFileSync('ps', ['-o', 'args=', '-p', String(pid)], {encoding: 'utf8'})}));
  }

  return readdirSync('/proc').flatMap(name => {
    try {
      const isOurs = readFileSync(`/proc/${name}/environ`, 'latin1').split('\0').includes(`INVENTIV_ROOT=${machine}`);
      return isOurs
        ? [{pid: Number(name), command: readFileSync(`/proc/${name}/cmdline`, 'latin1').replaceAll('\0', ' ').trim()}]
        : [];
    } catch {
      return [];
    }
  });
}

/** For what a process just started does on its own; gives up after some seconds by failing the test's next assertion. */
function waitFor(isSo: () => boolean): void {
  for (let tries = 0; tries < 500 && !isSo(); tries++) Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 10);
}
