import {existsSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync} from 'node:fs';
import {join} from 'node:path';
import {describe, expect, it, vi} from 'vitest';
import {createMockControl} from '../../../../src/adapters/providers/mock/control.ts';
import {createMockProvider} from '../../../../src/adapters/providers/mock/provider.ts';
import {cloudSocketPath} from '../../../../src/adapters/providers/mock/socket-path.ts';
import {
  bootVolumeOf,
  call,
  isAlive,
  makeCloud,
  makeServer,
  refOf,
  runServer,
  stillMs,
  stillScenario,
  zone,
} from './support/mock-cloud.ts';

describe('mock cloud daemon', () => {
  it('loses nothing to kill -9: the next one knows servers, their processes and what was due', async () => {
    await using cloud = makeCloud();
    const {server, target} = await runServer(cloud);
    await using shell = await cloud.shells.open(target);
    await shell.run({script: 'setsid sleep 1000 >/dev/null 2>&1 & echo $! > run.pid', timeoutMs: 5_000});
    const growing = bootVolumeOf(await makeServer(cloud, 'inventiv-second'));
    await cloud.provider.growVolume(growing, {sizeBytes: 100_000_000_000, name: 'inventiv-root', tags: []}, call);

    const before = await cloud.control.inventory();
    process.kill(before.daemonPid, 'SIGKILL');
    await vi.waitFor(() => expect(isAlive(before.daemonPid)).toBe(false));

    const after = await cloud.control.inventory();
    expect(after.daemonPid).not.toBe(before.daemonPid);
    expect({...after, nowMs: 0, daemonPid: 0}).toEqual({...before, nowMs: 0, daemonPid: 0});
    expect(after.servers.find(({id}) => id === server.providerId)?.processIds).toHaveLength(1);
    await cloud.control.advance(stillMs);
    expect((await cloud.provider.readVolume(growing, call))?.sizeBytes).toBe(100_000_000_000);
  });

  it('hangs up the sessions that a killed daemon left behind', async () => {
    await using cloud = makeCloud();
    const {target} = await runServer(cloud);
    await using shell = await cloud.shells.open(target);
    const started = Promise.withResolvers<number>();
    const running = shell.run({
      script: 'echo $$; exec sleep 1000',
      timeoutMs: 20_000,
      onLine: line => started.resolve(Number(line)),
    });
    const lost = expect(running).rejects.toMatchObject({code: 'provider_unavailable', detailCode: 'connection_lost'});
    const sessionPid = await started.promise;
    const {daemonPid} = await cloud.control.inventory();
    process.kill(daemonPid, 'SIGKILL');
    await lost;
    await cloud.control.inventory();
    await vi.waitFor(() => expect(isAlive(sessionPid)).toBe(false));
  });

  it('is one, however many start it at once, also over the lock of a dead one', async () => {
    await using cloud = makeCloud();
    writeFileSync(
      join(cloud.cloudDir, 'lock.7'),
      JSON.stringify({pid: process.pid, start: 'another process had this pid'}),
    );
    const controls = Array.from({length: 4}, () => createMockControl(cloud.options));
    const inventories = await Promise.all(controls.map(control => control.inventory()));
    expect(new Set(inventories.map(({daemonPid}) => daemonPid)).size).toBe(1);
    expect(readdirSync(cloud.cloudDir).filter(name => name.startsWith('lock.'))).toEqual(['lock.8']);
  });

  it('gives every racing caller the same cloud: one create per name, unique ports', async () => {
    await using cloud = makeCloud();
    const providers = Array.from({length: 3}, () => createMockProvider(cloud.options));
    const servers = await Promise.all(
      providers.map((provider, index) => makeServer({...cloud, provider}, `inventiv-${index}`)),
    );
    await Promise.all(servers.map(server => cloud.provider.powerOn(refOf(server), call)));
    await cloud.control.advance(stillMs);
    const {servers: found} = await cloud.provider.listOwned(zone, call);
    const ports = found.flatMap(({address}) => [address?.openaiPort, address?.agentPort]);
    expect(new Set(ports).size).toBe(6);
  });

  it('ends by itself when it holds no server, leaves no socket, and starts again when asked', async () => {
    await using cloud = makeCloud({...stillScenario}, {idleMs: 50});
    await cloud.provider.readCatalog(call);
    const socket = cloudSocketPath(cloud.cloudDir);
    await vi.waitFor(() => expect(existsSync(socket)).toBe(false), {timeout: 5_000});
    expect((await cloud.provider.readCatalog(call)).types.length).toBeGreaterThan(0);
  });

  it('stays while it holds a server, and keeps what it is told of time', async () => {
    await using cloud = makeCloud(stillScenario, {idleMs: 1});
    const server = await makeServer(cloud);
    const first = await cloud.control.inventory();
    const nowMs = await cloud.control.advance(3_600_000);
    expect(nowMs - first.nowMs).toBeGreaterThanOrEqual(3_600_000);
    await cloud.control.stop();
    expect(isAlive(first.daemonPid)).toBe(false);
    const second = await cloud.control.inventory();
    expect(second.nowMs).toBeGreaterThanOrEqual(nowMs);
    expect(second.servers.map(({id}) => id)).toEqual([server.providerId]);
  });

  it('listens on a short private path when its directory is too deep for a socket', async () => {
    await using cloud = makeCloud();
    const cloudDir = join(cloud.cloudDir, 'deep'.repeat(30));
    mkdirSync(cloudDir, {recursive: true});
    const options = {...cloud.options, cloudDir};
    const provider = createMockProvider(options);
    expect((await provider.readCatalog(call)).types.length).toBeGreaterThan(0);
    const socket = cloudSocketPath(cloudDir);
    expect(Buffer.byteLength(socket)).toBeLessThan(104);
    expect(statSync(join(socket, '..')).mode & 0o777).toBe(0o700);
    expect(readFileSync(join(cloudDir, 'socket-path'), 'utf8')).toBe(socket);
    await createMockControl(options).stop({purge: true});
    rmSync(join(socket, '..'), {recursive: true, force: true});
  });

  it('ends with everything in it when its directory is removed', async () => {
    await using cloud = makeCloud();
    const {target} = await runServer(cloud);
    await using shell = await cloud.shells.open(target);
    const {outputTail} = await shell.run({script: 'setsid sleep 1000 >/dev/null 2>&1 & echo $!', timeoutMs: 5_000});
    const {daemonPid} = await cloud.control.inventory();
    rmSync(cloud.cloudDir, {recursive: true, force: true});
    await vi.waitFor(() => expect([isAlive(daemonPid), isAlive(Number(outputTail[0]))]).toEqual([false, false]), {
      timeout: 5_000,
    });
  });

  it('says so when its directory cannot be made', async () => {
    await using cloud = makeCloud();
    writeFileSync(join(cloud.cloudDir, 'file'), '');
    const provider = createMockProvider({...cloud.options, cloudDir: join(cloud.cloudDir, 'file', 'mock')});
    await expect(provider.readCatalog(call)).rejects.toMatchObject({code: 'store_unwritable'});
  });

  it('says what is wrong when it cannot start', async () => {
    await using cloud = makeCloud();
    writeFileSync(join(cloud.cloudDir, 'state.json'), '{"version":99}');
    await expect(cloud.provider.readCatalog(call)).rejects.toMatchObject({
      code: 'provider_unavailable',
      message: expect.stringContaining('state.json is not a state file of this version'),
      hint: expect.stringContaining('cloud.log'),
    });
    rmSync(join(cloud.cloudDir, 'state.json'));
  });
});
