import type {Host} from '../../core/host/host.ts';
import {isoTime} from '../../core/time.ts';
import type {ShownHostKey} from '../../ports/hosts.ts';
import type {HostView} from '../contract/hosts.ts';

export function hostView(host: Host, takenBy: string | null, pinned: ShownHostKey | null): HostView {
  const {id, name, user, address, port, openaiPort, agentPort, facts, createdAtMs, checkedAtMs} = host;
  const {os, cpus, ramGib, diskFreeGb, gpus, driverVersion, gpuProblem, python, hasDocker, hasSystemd} = facts;
  return {
    ...{id, name, user, address, port, openaiPort, agentPort},
    fingerprint: pinned?.fingerprint ?? null,
    ...{os, cpus, ramGib, diskFreeGb, driverVersion, gpuProblem, python, hasDocker, hasSystemd},
    gpus: gpus.map(gpu => ({...gpu})),
    takenBy,
    createdAt: isoTime(createdAtMs),
    checkedAt: isoTime(checkedAtMs),
  };
}
