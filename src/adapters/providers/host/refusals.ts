import {InventivError} from '../../../core/errors.ts';
import {type Host, type HostClaim, type HostFacts, hostZone} from '../../../core/host/host.ts';
import {nearNames} from '../../../core/near-names.ts';

export function alienZone(zone: string): InventivError {
  return new InventivError('invalid_input', `Hosts have one zone, "${hostZone}"; there is no "${zone}".`, {
    hint: `Leave --zone out, or give ${hostZone}. A host is chosen with --ssh.`,
    param: 'zone',
  });
}

export function noSuchHost(name: string, known: readonly Host[]): InventivError {
  const names = known.map(host => host.name);
  const near = nearNames(name, names);
  return new InventivError('invalid_input', `There is no host "${name}".`, {
    hint:
      names.length === 0
        ? 'Add one: inventiv hosts add user@address'
        : `Known are: ${(near.length > 0 ? near : names).join(', ')}. Add another: inventiv hosts add user@address`,
    param: 'type',
  });
}

export function hostTaken(host: Host, claim: HostClaim | undefined): InventivError {
  return new InventivError(
    'no_capacity',
    `The host "${host.name}" is taken${claim === undefined ? '' : ` by ${claim.name}`}: it serves one instance at a time.`,
    {
      hint: 'Take that one down first (inventiv ps), or add another host: inventiv hosts add user@address',
      detailCode: 'HOST_TAKEN',
    },
  );
}

export function installedAlready(host: Host, instanceId: string): InventivError {
  return new InventivError(
    'conflict',
    `On the host "${host.name}" a worker is installed already, of instance ${instanceId}, which nothing here has on it.`,
    {
      hint: `Another installation of inventiv uses this machine: take it down there. Or it was left behind: remove /opt/inventiv on the machine.`,
      detailCode: 'HOST_INSTALLED',
    },
  );
}

export function lostGpu(host: Host, {gpus, gpuProblem}: HostFacts): InventivError {
  return new InventivError(
    'conflict',
    `The host "${host.name}" had ${host.facts.gpus.length} GPUs when it was last looked at and has ${gpus.length} now${gpuProblem === null ? '' : `: ${gpuProblem}`}.`,
    {hint: `Look again, then plan anew: inventiv hosts check ${host.name}`, detailCode: 'HOST_CHANGED'},
  );
}
