import {afterEach, beforeEach, describe, expect, it} from 'vitest';
import {InventivError} from '../../../../src/core/errors.ts';
import type {CallContext} from '../../../../src/ports/provider.ts';
import {lookLines} from '../../../support/hosts.ts';
import {HostBench} from './host-bench.ts';

const call: CallContext = {correlationId: 'cor_1'};
const request = {
  zone: 'host',
  name: 'inventiv-one',
  tags: ['inventiv'],
  instanceType: 'box-1',
  securityGroupId: 'inventiv-one-sg',
};

describe('the host provider', () => {
  let bench: HostBench;
  beforeEach(async () => {
    bench = await HostBench.open();
  });
  afterEach(() => bench[Symbol.asyncDispose]());

  it('tells how the machine is reached once it is on: its own user, port and worker ports', async () => {
    const server = await bench.provider.ensureServer(request, call);
    const ref = {zone: 'host', providerId: server.providerId};
    await bench.provider.powerOn(ref, call);
    expect((await bench.provider.readServer(ref, call))?.address).toEqual({
      host: '203.0.113.1',
      sshPort: 2222,
      sshUser: 'ubuntu',
      hostName: 'box-1',
      openaiPort: 8000,
      agentPort: 8080,
    });
  });

  it('gives a machine back whatever its state, and then knows nothing of it', async () => {
    const {providerId} = await bench.provider.ensureServer(request, call);
    const ref = {zone: 'host', providerId};
    expect(await bench.provider.terminateServer(ref, call)).toBe('requested');
    expect(await bench.provider.terminateServer(ref, call)).toBe('gone');
    expect(await bench.provider.readServer(ref, call)).toBeNull();
    expect(await bench.provider.findServerByName(request, call)).toBeNull();
    expect(await bench.provider.listOwned('host', call)).toEqual({
      servers: [],
      volumes: [],
      ips: [],
      securityGroups: [],
    });
    await bench.provider.preflight({zone: 'host', instanceType: 'box-1'}, call);
  });

  it('lets two hosts be had side by side, and one by one only, naming who has it', async () => {
    await bench.provider.ensureServer(request, call);
    await bench.provider.ensureServer({...request, name: 'inventiv-two', instanceType: 'box-2'}, call);
    const third = bench.provider.ensureServer({...request, name: 'inventiv-three'}, call);
    await expect(third).rejects.toMatchObject({code: 'no_capacity', message: expect.stringContaining('inventiv-one')});
  });

  it('looks at the machine before it is taken: a worker of somebody else, or a GPU that is gone, ends it there', async () => {
    const preflight = () => bench.provider.preflight({zone: 'host', instanceType: 'box-1'}, call);
    await preflight();
    expect(bench.looked.at(-1)?.address).toMatchObject({host: '203.0.113.1', sshUser: 'ubuntu', hostName: 'box-1'});
    bench.look = () => lookLines({installed: 'ins_of_somebody'});
    await expect(preflight()).rejects.toMatchObject({code: 'conflict', detailCode: 'HOST_INSTALLED', retryable: false});
    bench.look = () => lookLines({gpus: 0});
    await expect(preflight()).rejects.toMatchObject({
      detailCode: 'HOST_CHANGED',
      message: expect.stringContaining('no NVIDIA driver'),
      hint: expect.stringContaining('hosts check box-1'),
    });
  });

  it('passes on why a machine could not be looked at', async () => {
    const refused = new InventivError('provider_unavailable', 'ECONNREFUSED', {retryable: true});
    bench.look = () => {
      throw refused;
    };
    await expect(bench.provider.preflight({zone: 'host', instanceType: 'box-1'}, call)).rejects.toBe(refused);
  });

  it('knows nothing of a host that was removed, so that nobody waits for it', async () => {
    const {providerId} = await bench.provider.ensureServer(request, call);
    await bench.store.hosts.remove(bench.scope, 'hst_1');
    expect(await bench.provider.readServer({zone: 'host', providerId}, call)).toBeNull();
    expect(await bench.provider.terminateServer({zone: 'host', providerId}, call)).toBe('gone');
  });
});
