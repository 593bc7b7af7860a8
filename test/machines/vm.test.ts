import {existsSync, mkdtempSync, rmSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {afterAll, beforeAll, describe, expect, it} from 'vitest';
import {readOrCreateInstallationKey, readSshKeys} from '../../src/adapters/ssh/keys.ts';
import {createSshShellOpener} from '../../src/adapters/ssh/opener.ts';
import {systemClock} from '../../src/adapters/system/system-clock.ts';
import type {ShellOpener, ShellTarget} from '../../src/ports/shell.ts';
import {hasPart} from '../support/parts.ts';
import {until} from '../support/until.ts';
import {startVm, type Vm} from '../support/vm/vm.ts';

const image = 'vllm/vllm-openai:v0.27.1';
const run = `docker run -d --name engine --gpus all -p 127.0.0.1:8000:8000 --restart on-failure:3 ${image} acme/chat`;

describe.skipIf(!hasPart('machines'))('a machine of namespaces', () => {
  let directory: string;
  let vm: Vm;
  let opener: ShellOpener & AsyncDisposable;
  let target: ShellTarget;

  beforeAll(async () => {
    directory = mkdtempSync(join(tmpdir(), 'inventiv-vm-test-'));
    vm = await startVm({authorizedKeys: [await readOrCreateInstallationKey(join(directory, 'key'))]});
    target = {
      instanceId: 'ins_test',
      serverId: 'srv',
      address: {host: vm.address, sshPort: 22, openaiPort: 1, agentPort: 2},
    };
    opener = createSshShellOpener({
      knownHostsPath: join(directory, 'known_hosts'),
      keys: () => readSshKeys({files: [], installationKeyPath: join(directory, 'key'), agentSocket: null}),
      user: 'root',
      root: '/opt/inventiv',
      connectTimeoutMs: 10_000,
      keepAliveMs: 5_000,
      clock: systemClock(),
    });
  });

  afterAll(async () => {
    await opener?.[Symbol.asyncDispose]();
    await vm?.[Symbol.asyncDispose]();
    rmSync(directory, {recursive: true, force: true});
  });

  it('is another machine than this one: its files, its processes, its network', async () => {
    await vm.exec('echo here > /etc/only-there; echo here > /opt/only-there');
    expect(await vm.exec('cat /etc/only-there /opt/only-there; hostname')).toBe('here\nhere\ngpu-machine\n');
    expect(existsSync('/etc/only-there')).toBe(false);
    expect(await vm.exec('ps ax -o args')).not.toContain('vitest');
    expect((await vm.tryExec('curl -s --max-time 2 http://192.0.2.1')).status).not.toBe(0);
    expect(await vm.exec('ls /dev')).not.toMatch(/vd|sd[a-z]|loop/);
  });

  it('is logged in to by SSH, loses its logins to a reset and its processes to a reboot, and keeps its disk', async () => {
    {
      await using shell = await opener.open(target);
      const long = shell.run({script: 'echo kept > /opt/kept; sleep 60', timeoutMs: 30_000});
      await until('the script', () => vm.exists('/opt/kept'));
      vm.cutConnections();
      await expect(long).rejects.toThrow(/connection/i);
    }

    await vm.exec('nohup sleep 1000 >/dev/null 2>&1 & echo gone > /run/gone');
    await vm.reboot();
    await using shell = await opener.open(target);
    const {exitCode, outputTail} = await shell.run({
      script: 'cat /opt/kept; ls /run/gone; pgrep -f "sleep 1000" | grep -v $$',
      timeoutMs: 10_000,
    });
    expect([exitCode, outputTail[0]]).toEqual([1, 'kept']);
  });

  it('pulls an image, runs the fake vLLM in a container, and keeps what it logs', async () => {
    await vm.exec(`docker pull ${image}`);
    vm.script({engine: {args: ['--startup-ms', '50'], argsOf: {}}});
    await vm.exec(run);
    await until('the engine', async () => (await vm.tryExec('curl -sf 127.0.0.1:8000/health')).status === 0);
    expect(await vm.exec('docker logs --tail 400 engine 2>&1')).toContain('vLLM API server version');
    expect(await vm.exec('docker inspect engine --format "{{.State.Running}} {{.RestartCount}}"')).toBe('true 0\n');
    expect((await vm.tryExec(run)).stderr).toContain('Conflict');
    await vm.exec('docker rm -f engine');
    expect(await vm.exec('docker ps -aq')).toBe('');
  });

  it('starts a container again that fails, as often as it was told, and tells when the kernel ended it', async () => {
    vm.script({engine: {args: ['--startup-ms', '20', '--fail', 'HOST_OOM'], argsOf: {}}});
    await vm.exec(run.replace('on-failure:3', 'on-failure:1'));
    const format = '{{.State.Status}} {{.RestartCount}} {{.State.ExitCode}} {{.State.OOMKilled}}';
    const state = () => vm.exec(`docker inspect engine --format "${format}"`);
    await until('its end', async () => (await state()).startsWith('exited'));
    expect(await state()).toBe('exited 1 137 true\n');
    await vm.exec('docker rm engine');
  });

  it('refuses GPUs without the toolkit, and images that do not exist', async () => {
    vm.script({toolkit: false});
    expect((await vm.tryExec(run)).stderr).toContain('could not select device driver "" with capabilities: [[gpu]]');
    vm.script({toolkit: true, pull: {...vm.scenario.pull, fault: 'missing'}});
    expect((await vm.tryExec('docker pull vllm/vllm-openai:v9')).stderr).toContain('manifest unknown');
    expect(vm.calls.at(-1)).toMatchObject({program: 'docker', argv: ['pull', 'vllm/vllm-openai:v9']});
  });

  it('runs units: starts them, keeps them alive, starts them at boot, forgets them', async () => {
    const before = await vm.snapshot();
    const unit = '[Service]\nExecStart=/bin/sh -c "sleep 777"\nRestart=always\n[Install]\nWantedBy=multi-user.target\n';
    await vm.exec(`printf '${unit}' > /etc/systemd/system/test.service; systemctl daemon-reload`);
    expect((await vm.tryExec('systemctl is-active test')).stdout).toBe('inactive\n');
    await vm.exec('systemctl enable --now test');
    const pid = (await vm.exec('systemctl show test -p MainPID --value')).trim();
    await vm.exec(`kill -9 ${pid}`);
    const isBack = `[ "$(systemctl show test -p MainPID --value)" -gt 0 ] && [ "$(systemctl show test -p MainPID --value)" != ${pid} ]`;
    await until('the unit to come back', async () => (await vm.tryExec(isBack)).status === 0);
    await vm.reboot();
    await until('the unit', async () => (await vm.tryExec('systemctl is-active test')).status === 0);
    await vm.exec('systemctl disable --now test && rm /etc/systemd/system/test.service');
    expect(await vm.snapshot()).toEqual(before);
  });

  it('serves models at the name of the hub, with ranges, and says what it was asked', async () => {
    const list = JSON.parse(
      await vm.exec('curl -sSf "https://huggingface.co/api/models/acme/chat/revision/main?blobs=true"'),
    );
    expect(list.siblings).toContainEqual(expect.objectContaining({rfilename: 'config.json', size: 38}));
    const weights = 'https://huggingface.co/acme/chat/resolve/main/model-00001-of-00002.safetensors';
    expect(await vm.exec(`curl -sSfL -r 299990- ${weights} | wc -c`)).toBe('10\n');
    vm.hub.faults.refusal = 'gated';
    expect(await vm.exec(`curl -sSL -o /dev/null -w '%{http_code}' ${weights}`)).toBe('401');
    vm.hub.faults.refusal = null;
    expect(vm.hub.requests.map(({status}) => status)).toEqual([200, 302, 206, 401]);
  });

  it('is one of several', async () => {
    await using other = await startVm({systemd: false, scenario: {gpus: []}});
    expect(other.address).not.toBe(vm.address);
    expect((await other.tryExec('nvidia-smi -L')).stdout).toBe('No devices were found\n');
    expect((await other.tryExec('command -v systemctl && [ -d /run/systemd/system ]')).status).not.toBe(0);
    expect(await other.exec('docker info --format {{.DockerRootDir}}')).toBe('/var/lib/docker\n');
  });
});
