import {InventivError} from '../../core/errors.ts';
import {decide, type NextMove} from '../../core/instance/decide.ts';
import type {Instance, ProviderName} from '../../core/instance/instance.ts';
import {secondMs} from '../../core/time.ts';
import type {InstanceFile, InstanceStore} from '../../ports/instances.ts';
import type {Processes} from '../../ports/processes.ts';
import type {CloudProvider} from '../../ports/provider.ts';
import type {ShellOpener} from '../../ports/shell.ts';
import {Overtaken, recordUnderLease} from './record-under-lease.ts';
import {runStep} from './run-step.ts';
import type {StepTools} from './step.ts';

export interface DriverTools extends Omit<StepTools, 'provider' | 'shell'> {
  readonly instances: InstanceStore;
  readonly processes: Processes;
  readonly providerFor: (name: ProviderName) => CloudProvider;
  readonly shellFor: (name: ProviderName) => ShellOpener;
}

const leaseTtlMs = 15 * secondMs;
const leaseRenewMs = 5 * secondMs;
const leasePollMs = 200;

/**
 * Moves one instance until it is settled: load, decide, one step, record, again. Runs in any process; the lease lets one
 * win, and the others wait here until that one is done or dead. Returns the instance as it is then, or as it is when the
 * signal aborts: nothing is lost, whoever drives next goes on from the record.
 */
export async function driveInstance(tools: DriverTools, instanceId: string, signal: AbortSignal): Promise<Instance> {
  for (;;) {
    const {instance, next} = await look(tools, instanceId);
    if (next.kind === 'settled' || signal.aborted) {
      return instance;
    }

    if (await takeLease(tools, instance)) {
      await driveWithLease(tools, instanceId, signal);
    } else {
      await tools.clock.sleep(leasePollMs, signal);
    }
  }
}

async function driveWithLease(tools: DriverTools, instanceId: string, signal: AbortSignal): Promise<void> {
  const ended = new AbortController();
  const stop = AbortSignal.any([signal, ended.signal]);
  const renewing = keepLease(tools, instanceId, ended);
  try {
    while (!stop.aborted) {
      const {file, next} = await look(tools, instanceId);
      if (next.kind === 'settled') return;
      await move(tools, file, next, stop);
    }
  } catch (error) {
    if (!(error instanceof Overtaken) && !stop.aborted) throw error;
  } finally {
    ended.abort();
    await renewing;
    await tools.instances.releaseLease(instanceId, tools.processes.selfOwner);
  }
}

async function move(
  tools: DriverTools,
  file: InstanceFile,
  next: Exclude<NextMove, {kind: 'settled'}>,
  signal: AbortSignal,
): Promise<void> {
  const {instance} = file;
  if (next.kind === 'step') {
    const {provider} = instance;
    await runStep(
      {...tools, provider: tools.providerFor(provider), shell: tools.shellFor(provider)},
      file,
      next.step,
      signal,
    );
    return;
  }

  const record = recordUnderLease(tools, instance);
  await record({
    actions: next.milestone === null ? [] : [{kind: 'succeed', type: next.milestone}],
    transition: {from: instance.state, to: next.to, reason: next.reason},
  });
}

async function look(
  tools: DriverTools,
  instanceId: string,
): Promise<{file: InstanceFile; instance: Instance; next: NextMove}> {
  const file = await tools.instances.load(instanceId);
  if (file === null) {
    throw new InventivError('not_found', `There is no instance ${instanceId}.`, {
      hint: 'List them with "inventiv ps".',
    });
  }

  return {file, instance: file.instance, next: decide(file.instance, file.actions, tools.clock.nowMs())};
}

async function takeLease({instances, processes}: DriverTools, instance: Instance): Promise<boolean> {
  if (await instances.acquireLease(instance.id, processes.selfOwner, leaseTtlMs)) {
    return true;
  }

  // The holder was killed on this machine: no need to wait for its lease to run out.
  const holder = instance.lease?.owner;
  if (holder !== undefined && processes.isKnownDead(holder)) {
    await instances.releaseLease(instance.id, holder);
    return instances.acquireLease(instance.id, processes.selfOwner, leaseTtlMs);
  }

  return false;
}

/** Extends the lease while the drive lasts; a lost lease ends the drive, because another process has taken over. */
async function keepLease(
  {instances, processes, clock}: DriverTools,
  instanceId: string,
  ended: AbortController,
): Promise<void> {
  for (;;) {
    await clock.sleep(leaseRenewMs, ended.signal);
    if (ended.signal.aborted) return;
    const ours = await instances.renewLease(instanceId, processes.selfOwner, leaseTtlMs).catch(() => true);
    if (!ours) ended.abort();
  }
}
