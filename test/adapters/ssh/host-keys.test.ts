import {once} from 'node:events';
import {createServer} from 'node:net';
import {join} from 'node:path';
import {afterEach, beforeEach, describe, expect, it} from 'vitest';
import {createHostKeys} from '../../../src/adapters/ssh/host-keys.ts';
import type {InventivError} from '../../../src/core/errors.ts';
import type {HostKeys, HostPlace} from '../../../src/ports/hosts.ts';
import {hasPart} from '../../support/parts.ts';
import {SshMachine} from './ssh-machine.ts';

describe.skipIf(!hasPart('sshd'))('host keys of registered machines', () => {
  let machine: SshMachine;
  let keys: HostKeys;
  let place: HostPlace;
  beforeEach(async () => {
    machine = await SshMachine.start();
    keys = createHostKeys({
      knownHostsPath: machine.knownHostsPath,
      installationKeyPath: join(machine.directory, 'id_ed25519'),
      connectTimeoutMs: 3000,
    });
    place = {address: '127.0.0.1', port: machine.sshd.port};
  });
  afterEach(() => machine[Symbol.asyncDispose]());

  const targetOf = (hostName = 'box') => ({
    ...machine.target,
    address: {...machine.target.address, sshUser: 'root', hostName},
  });

  it('are read without a login, as the machine itself has them', async () => {
    const {type, base64, fingerprint} = await keys.read(place);
    expect(machine.sshd.hostPublicKey).toContain(`${type} ${base64}`);
    expect(fingerprint).toMatch(/^ssh-ed25519 SHA256:[A-Za-z0-9+/]{43}$/);
    expect(machine.sshd.log).not.toContain('Accepted');
    expect(await keys.pinned(place)).toBeNull();
  });

  it('count from then on for every login there, whatever the instance', async () => {
    await keys.pin(place, await keys.read(place));
    expect(await keys.pinned(place)).toEqual(await keys.read(place));
    await using shell = await machine.opener.open({...targetOf(), instanceId: 'ins_another'});
    expect((await shell.run({script: 'true', timeoutMs: 5000})).exitCode).toBe(0);
  });

  it('that changed are refused with both fingerprints and the verb that accepts the new one, and then accepted by it', async () => {
    const before = await keys.read(place);
    await keys.pin(place, before);
    await machine.sshd.pause();
    machine.sshd.makeHostKey();
    await machine.sshd.resume();
    const after = await keys.read(place);
    const error = await machine.opener.open(targetOf()).then(
      () => null,
      (thrown: InventivError) => thrown,
    );
    expect(error).toMatchObject({
      code: 'conflict',
      detailCode: 'ssh_host_key_changed',
      retryable: false,
      hint: expect.stringContaining('inventiv hosts check box --new-key'),
    });
    for (const part of ['host box', before.fingerprint, after.fingerprint]) expect(error?.message).toContain(part);

    await keys.pin(place, after);
    await using shell = await machine.opener.open(targetOf());
    expect((await shell.run({script: 'true', timeoutMs: 5000})).exitCode).toBe(0);
  });

  it('that were forgotten are pinned anew at the next login', async () => {
    await keys.pin(place, {type: 'ssh-ed25519', base64: 'AAAA'});
    await keys.forget(place);
    await keys.forget({...place, port: 1});
    expect(await keys.pinned(place)).toBeNull();
    await using shell = await machine.opener.open(targetOf());
    await shell.run({script: 'true', timeoutMs: 5000});
    expect(await keys.pinned(place)).toEqual(await keys.read(place));
  });

  it('are not waited for longer than allowed, nor when the caller leaves', async () => {
    const silent = createServer();
    silent.listen(0, '127.0.0.1');
    await once(silent, 'listening');
    const address = silent.address();
    const port = typeof address === 'object' && address !== null ? address.port : 0;
    const quick = createHostKeys({
      knownHostsPath: machine.knownHostsPath,
      installationKeyPath: join(machine.directory, 'id_ed25519'),
      connectTimeoutMs: 200,
    });
    await expect(quick.read({address: '127.0.0.1', port})).rejects.toMatchObject({
      detailCode: 'connection_timeout',
      hint: expect.stringContaining('firewall'),
    });
    await expect(keys.read({address: '127.0.0.1', port}, AbortSignal.timeout(50))).rejects.toMatchObject({
      name: 'TimeoutError',
    });
    silent.close();
    await expect(keys.read({address: '127.0.0.1', port})).rejects.toMatchObject({detailCode: 'connection_refused'});
  });

  it('are told from something that does not speak SSH', async () => {
    const web = createServer(socket => socket.end('HTTP/1.1 400 Bad Request\r\n\r\n'));
    web.listen(0, '127.0.0.1');
    await once(web, 'listening');
    const address = web.address();
    const port = typeof address === 'object' && address !== null ? address.port : 0;
    await expect(keys.read({address: '127.0.0.1', port})).rejects.toMatchObject({code: 'provider_unavailable'});
    web.close();
  });
});
