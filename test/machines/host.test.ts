import {execFileSync} from 'node:child_process';
import {mkdirSync, writeFileSync} from 'node:fs';
import {join} from 'node:path';
import {afterAll, beforeAll, describe, expect, it} from 'vitest';
import {INSTALL_TIMEOUT_MS, installEngine} from '../real-engine/start-engine.ts';
import {Installation, tinyModel} from '../support/installation.ts';
import {makeKeyFile} from '../support/sshd.ts';
import {hostShare} from '../support/vm/scenario.ts';
import {canStartVms, startVm, type Vm} from '../support/vm/vm.ts';

/** Where a machine finds this repository and this Node: an engine that was there before us. */
const engineCommand = `${hostShare}/node ${hostShare}/repository/test/real-engine/server.ts --cache-dir /tmp/weights`;

/** As when something else answers at its address. */
const changeCertificate = `
cd /opt/inventiv/secrets
openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -subj /CN=another -days 2 -keyout /tmp/key.pem -out /tmp/cert.pem 2>/dev/null
cat /tmp/cert.pem /tmp/key.pem > front.pem
rm /tmp/cert.pem /tmp/key.pem
systemctl restart inventiv-front.service
`;

describe.skipIf(!canStartVms())('a machine one has, with an engine nobody here wrote (llama.cpp)', () => {
  const installation = new Installation();
  let vm: Vm;
  let fingerprint: string;
  let before: Awaited<ReturnType<Vm['snapshot']>>;
  beforeAll(async () => {
    await installEngine();
    mkdirSync(installation.stateDir, {recursive: true, mode: 0o700});
    const {publicKey} = makeKeyFile(join(installation.stateDir, 'id_ed25519'));
    vm = await startVm({authorizedKeys: [publicKey]});
    const keyFile = join(installation.directory, 'host.pub');
    writeFileSync(keyFile, `${vm.hostPublicKey}\n`);
    fingerprint = execFileSync('ssh-keygen', ['-lf', keyFile], {encoding: 'utf8'}).split(' ')[1] ?? '';
    before = await vm.snapshot();
  }, INSTALL_TIMEOUT_MS);
  afterAll(async () => {
    await vm[Symbol.asyncDispose]();
    await installation[Symbol.asyncDispose]();
  });

  it('is ready after one command, which trusts only the host key that was given', async () => {
    const up = ['up', '--provider', 'host', '--ssh', `root@${vm.address}`, '--model', tinyModel, '--name', 'one'];
    const wrong = await installation.run([...up, '--engine-command', engineCommand, '--fingerprint', 'SHA256:AAAA']);
    expect(wrong.exitCode).toBe(5);
    expect(wrong.stderr).toContain('Nothing was sent to it');
    expect(await vm.snapshot()).toEqual(before);

    await installation.ok([...up, '--engine-command', engineCommand, '--fingerprint', fingerprint]);
    const [instance] = await installation.json<readonly Record<string, unknown>[]>(['ps']);
    expect(instance).toMatchObject({state: 'ready', zone: 'host', pricePerHourNanos: 0});
    expect(instance?.openaiUrl).toBe(`https://${vm.address}:8000/v1`);
    const [host] = await installation.json<readonly Record<string, unknown>[]>(['hosts', 'list']);
    expect(host).toMatchObject({
      takenBy: 'one',
      gpus: [{name: 'NVIDIA L4'}],
      fingerprint: `ssh-ed25519 ${fingerprint}`,
    });
  });

  it('streams real tokens, through the front with its pinned certificate', async () => {
    const answer = await installation.run(['chat', '--model', tinyModel, 'Say something about the sea.']);
    expect(answer.exitCode).toBe(0);
    expect(answer.stdout.trim().length).toBeGreaterThan(3);
    expect(answer.stderr).toMatch(/\d+ in, \d+ out/);
  });

  it('is logged in to by people with the same keys, and takes one instance only', async () => {
    const listed = await installation.ok(['ssh', 'one', '--', 'hostname && nvidia-smi -L']);
    expect(listed).toContain('gpu-machine');
    const second = await installation.run([
      'up',
      '--provider',
      'host',
      '--ssh',
      `root@${vm.address}`,
      '--model',
      tinyModel,
    ]);
    expect(second.exitCode).toBe(6);
  });

  it('gets nothing while it shows another certificate, until a reinstall has pinned that one', async () => {
    await vm.exec(changeCertificate);
    const refused = await installation.run(['chat', '--model', tinyModel, 'And about the hills?']);
    expect(refused.exitCode).toBe(1);
    expect(refused.stderr).toContain('does not show the TLS certificate');
    expect(refused.stderr).toContain('inventiv reinstall');

    await installation.ok(['reinstall', 'one', '--now', '--yes']);
    await installation.ok(['chat', '--model', tinyModel, 'And about the hills?']);
  });

  it('is as it was after down: files, units, processes, mounts', async () => {
    await installation.ok(['down', 'one', '--yes']);
    expect(await vm.snapshot()).toEqual(before);
    const [host] = await installation.json<readonly Record<string, unknown>[]>(['hosts', 'list']);
    expect(host).toMatchObject({takenBy: null});
    expect(await installation.json(['db', 'check'])).toEqual({sound: true, findings: []});
  });
});
