import {once} from 'node:events';
import {mkdtempSync, rmSync} from 'node:fs';
import {createServer, type Server, type Socket} from 'node:net';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {afterEach, beforeEach, describe, expect, it} from 'vitest';
import {readSshKeys} from '../../../src/adapters/ssh/keys.ts';
import {createSshShellOpener} from '../../../src/adapters/ssh/opener.ts';
import {systemClock} from '../../../src/adapters/system/system-clock.ts';
import type {ShellTarget} from '../../../src/ports/shell.ts';
import {until} from '../../support/until.ts';

describe('SSH shell opener on what is no SSH server', () => {
  let directory: string;
  let server: Server;
  let sockets: Socket[];
  let onConnection: (socket: Socket) => void;
  let target: ShellTarget;
  beforeEach(async () => {
    directory = mkdtempSync(join(tmpdir(), 'inventiv-ssh-odd-'));
    sockets = [];
    server = createServer(socket => {
      sockets.push(socket);
      socket.on('error', () => {});
      // What is not read is not seen to end.
      socket.resume();
      onConnection(socket);
    });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    const address = server.address();
    if (address === null || typeof address === 'string') throw new Error('expected a port');
    target = {
      instanceId: 'ins_test',
      serverId: 'srv',
      address: {host: '127.0.0.1', sshPort: address.port, openaiPort: 1, agentPort: 2},
    };
  });
  afterEach(async () => {
    for (const socket of sockets) socket.destroy();
    server.close();
    await once(server, 'close');
    rmSync(directory, {recursive: true, force: true});
  });

  const makeOpener = (connectTimeoutMs: number) =>
    createSshShellOpener({
      knownHostsPath: join(directory, 'known_hosts'),
      keys: () => readSshKeys({files: [], installationKeyPath: join(directory, 'key'), agentSocket: null}),
      user: 'root',
      root: '/opt/inventiv',
      connectTimeoutMs,
      keepAliveMs: 5_000,
      clock: systemClock(),
    });

  it('gives up on a server that accepts and says nothing', async () => {
    onConnection = () => {};
    const opener = makeOpener(300);
    expect(await opener.isReachable(target)).toBe(false);
    await expect(opener.open(target)).rejects.toMatchObject({
      code: 'provider_unavailable',
      detailCode: 'connection_timeout',
      retryable: true,
    });
    await until('closed sockets', () => sockets.length === 2 && sockets.every(socket => socket.closed));
  });

  it('ends an attempt to connect at once with the reason of the signal', async () => {
    const stop = new AbortController();
    const reason = new Error('stopped by the test');
    onConnection = () => stop.abort(reason);
    const opener = makeOpener(60_000);
    await expect(opener.open({...target, signal: stop.signal})).rejects.toBe(reason);
    await until('the closed socket', () => sockets.every(socket => socket.closed));
    await expect(opener.isReachable({...target, signal: stop.signal})).rejects.toBe(reason);
  });

  it('lets one caller go and connects for the other', async () => {
    const stop = new AbortController();
    onConnection = () => stop.abort(new Error('stop'));
    const opener = makeOpener(500);
    const [impatient, patient] = await Promise.allSettled([
      opener.open({...target, signal: stop.signal}),
      opener.open(target),
    ]);
    expect(impatient).toMatchObject({status: 'rejected', reason: {message: 'stop'}});
    expect(patient).toMatchObject({status: 'rejected', reason: {detailCode: 'connection_timeout'}});
    expect(sockets).toHaveLength(1);
  });

  it('takes a server that hangs up for one that is not ready', async () => {
    onConnection = socket => socket.destroy();
    const opener = makeOpener(5_000);
    expect(await opener.isReachable(target)).toBe(false);
    await expect(opener.open(target)).rejects.toMatchObject({detailCode: 'connection_lost', retryable: true});
  });

  it('does not take an HTTP server for a machine', async () => {
    onConnection = socket => socket.end('HTTP/1.1 400 Bad Request\r\n\r\n');
    const opener = makeOpener(5_000);
    await expect(opener.open(target)).rejects.toMatchObject({code: 'provider_unavailable'});
    expect(await opener.isReachable(target)).toBe(false);
  });

  it('tells a root that is no folder of its own', () => {
    for (const root of ['/', 'opt', '/opt/..'])
      expect(() => createSshShellOpener({...anyOptions(), root})).toThrow(/expected an absolute path below \//);
  });

  function anyOptions() {
    return {
      knownHostsPath: join(directory, 'known_hosts'),
      keys: async () => ({privateKeys: [], agentSocket: null}),
      user: 'root',
      connectTimeoutMs: 1,
      keepAliveMs: 1,
      clock: systemClock(),
    };
  }
});
