import {mkdtempSync, readFileSync, rmSync, writeFileSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {expect, it} from 'vitest';
import {machineCommand} from '../../../../support/fake-scaleway/machines.ts';
import {until} from '../../../../support/until.ts';
import {call, makeServer, openFakeAccount, refOf} from '../support/fake-account.ts';

it('runs a command behind every powered server, tells its address, and ends it with the server', async () => {
  const directory = mkdtempSync(join(tmpdir(), 'inventiv-machines-'));
  const told = join(directory, 'told');
  const script = join(directory, 'machine.sh');
  writeFileSync(
    script,
    `trap 'echo ended >>${told}; exit 0' TERM\necho "$SERVER_NAME $(cut -d' ' -f1 "$AUTHORIZED_KEYS")" >>${told}\n` +
      'echo 192.0.2.9\nwhile :; do sleep 0.05; done\n',
  );
  const account = await openFakeAccount({startMachine: machineCommand(`sh ${script}`)});
  try {
    const server = await makeServer(account.provider);
    await account.provider.powerOn(refOf(server), call);
    const isKnown = () => Object.values(account.world.machines.list()).includes('192.0.2.9');
    await until('the machine to tell its address', isKnown);
    account.passTime();
    expect(await account.provider.readServer(refOf(server), call)).toMatchObject({address: {host: '192.0.2.9'}});
    expect(readFileSync(told, 'utf8')).toBe('inventiv-test ssh-ed25519\n');
    await account.provider.terminateServer(refOf(server), call);
    await until('the machine to end', () => readFileSync(told, 'utf8').endsWith('ended\n'));
    expect(account.world.machines.list()).toEqual({});
  } finally {
    await account[Symbol.asyncDispose]();
    rmSync(directory, {recursive: true, force: true});
  }
});

it('gives a server no address before its machine is up, and goes on when there is none', async () => {
  const account = await openFakeAccount({startMachine: machineCommand('exit 3')});
  const server = await makeServer(account.provider);
  await account.provider.powerOn(refOf(server), call);
  account.passTime();
  expect(await account.provider.readServer(refOf(server), call)).toMatchObject({state: 'running', address: null});
  await account[Symbol.asyncDispose]();
});
