import {describe, expect, it} from 'vitest';
import {InventivError} from '../../../src/core/errors.ts';
import {cloudTimes} from '../../support/fake-cloud.ts';
import {ReconcileBench} from './reconcile-bench.ts';

describe('volumes', () => {
  it('are listed with what they cost, found by id, provider id and name, and cost nothing once deleted', async () => {
    await using bench = await ReconcileBench.open();
    const instance = await bench.makeReady();
    const [volume] = await bench.client.volumes.list({});
    // 200 GB at 0.08614 EUR a month, which is 0.0236 EUR an hour.
    expect(volume).toMatchObject({status: 'attached', isBoot: true, kept: false, pricePerMonthNanos: 23_600_000 * 730});
    for (const reference of [volume?.id, volume?.providerId, volume?.name]) {
      expect(await bench.client.volumes.show({volume: reference ?? ''})).toEqual(volume);
    }

    await bench.down(instance);
    expect(await bench.client.volumes.list({})).toEqual([]);
    expect(await bench.client.volumes.list({includeDeleted: true, instance: 'one'})).toMatchObject([
      {id: volume?.id, status: 'deleted', pricePerMonthNanos: 0, instance: {state: 'terminated'}},
    ]);
  });

  it('that are kept survive their instance, until they are deleted', async () => {
    await using bench = await ReconcileBench.open();
    const instance = await bench.makeReady();
    const [volume] = await bench.client.volumes.list({});
    const id = volume?.id ?? '';
    await expect(bench.client.volumes.delete({volume: id})).rejects.toMatchObject({code: 'conflict'});
    expect(await bench.client.volumes.keep({volume: id})).toMatchObject({kept: true, status: 'attached'});
    await bench.down(instance);
    expect(bench.app.cloud.alive).toEqual([`volume ${volume?.providerId}`]);
    expect(await bench.client.volumes.list({})).toMatchObject([{kept: true, status: 'detached'}]);

    expect(await bench.app.run(bench.client.volumes.delete({volume: id}))).toMatchObject({status: 'deleted'});
    expect(bench.app.cloud.alive).toEqual([]);
    expect(await bench.client.volumes.delete({volume: id})).toMatchObject({status: 'deleted'});
    await expect(bench.client.volumes.keep({volume: id})).rejects.toMatchObject({code: 'conflict'});
  });

  it('that are released again go with the next reconciliation', async () => {
    await using bench = await ReconcileBench.open();
    const instance = await bench.makeReady();
    const [volume] = await bench.client.volumes.list({});
    await bench.client.volumes.keep({volume: volume?.id ?? ''});
    await bench.down(instance);
    await bench.client.volumes.release({volume: volume?.id ?? ''});
    expect(await bench.told()).toEqual(['wait volume']);
    // The cloud has let go of it.
    await bench.app.clock.advance(cloudTimes.detachMs);
    expect(await bench.told()).toEqual(['delete volume done']);
    expect(bench.app.cloud.alive).toEqual([]);
  });

  it('cannot be kept once the teardown has begun, nor when they are a part of the machine', async () => {
    await using bench = await ReconcileBench.open();
    const instance = await bench.makeReady();
    await bench.addRow(instance, 'local', {providerType: 'scratch', status: 'attached'});
    await expect(bench.client.volumes.keep({volume: 'local'})).rejects.toMatchObject({code: 'conflict'});
    await bench.client.instances.terminate({instances: [instance.id]});
    const {id} = await bench.resource(instance, 'volume');
    await expect(bench.client.volumes.keep({volume: id})).rejects.toMatchObject({
      code: 'conflict',
      message: expect.stringContaining('too late'),
    });
  });

  it('whose deletion fails are told so, and left to reconciliation', async () => {
    await using bench = await ReconcileBench.open();
    const instance = await bench.makeReady();
    const {id} = await bench.resource(instance, 'volume');
    await bench.client.volumes.keep({volume: id});
    await bench.down(instance);
    bench.app.cloud.fail('deleteVolume', new InventivError('provider_unavailable', 'HTTP 503', {retryable: true}));
    await expect(bench.client.volumes.delete({volume: id})).rejects.toMatchObject({code: 'conflict', retryable: true});
    expect(await bench.client.volumes.show({volume: id})).toMatchObject({status: 'deleting', lastError: 'HTTP 503'});
    await bench.app.clock.advance(60_000);
    expect(await bench.told()).toEqual(['delete volume done']);
  });

  it('of another organization are not found, and changing them takes the right role', async () => {
    await using bench = await ReconcileBench.open();
    const instance = await bench.makeReady();
    const volume = (await bench.resource(instance, 'volume')).id;
    const stranger = bench.app.clientAs({scope: {organizationId: 'org_00000000000000000000000000'}});
    await expect(stranger.volumes.keep({volume})).rejects.toMatchObject({code: 'not_found'});
    const reader = bench.app.clientAs({role: 'user'});
    expect(await reader.volumes.show({volume})).toMatchObject({id: volume});
    await expect(reader.volumes.keep({volume})).rejects.toMatchObject({code: 'not_allowed'});
    await expect(reader.reconcile.run({provider: 'mock'})).rejects.toMatchObject({code: 'not_allowed'});
  });
});

describe('the reconciliation of one organization', () => {
  it('neither tells nor touches what belongs to another', async () => {
    await using bench = await ReconcileBench.open();
    const instance = await bench.down(await bench.makeReady());
    bench.addVolumeOf(instance, (await bench.resource(instance, 'volume')).providerId ?? '');
    const report = await bench.pass({organizationId: 'org_00000000000000000000000000'});
    expect(report.findings).toEqual([]);
    expect(bench.app.cloud.volumes.size).toBe(1);
    expect((await bench.client.reconcile.run({provider: 'mock', dryRun: true})).totals).toMatchObject({
      differences: 1,
      byKind: {delete: 1},
    });
  });
});
