import type {Bootstrap} from '../../core/bootstrap/bootstrap.ts';
import {machineBootstrap} from '../../core/bootstrap/machine/machine.ts';
import {nativeBootstrap} from '../../core/bootstrap/native.ts';
import type {Instance} from '../../core/instance/instance.ts';
import {secondMs} from '../../core/time.ts';
import type {AgentRelease} from '../../ports/agent-source.ts';
import type {ServerAddress} from '../../ports/provider.ts';
import type {StepTools} from './step.ts';

/** vLLM's own patience (vLLM contract, section 1): never shorter than its default, never without end. */
const engineReadySecondsMin = 1_800;
const engineReadySecondsMax = 7_200;

export interface BootstrapParts {
  readonly agent: AgentRelease;
  readonly address: ServerAddress;
  readonly workerKey: string;
  readonly controlPlane: {readonly url: string; readonly enrolmentSecret: string} | null;
}

/** What is run on the machine of this instance: on a simulated one, engine and agent alone. */
export async function chooseBootstrap(
  tools: StepTools,
  instance: Instance,
  {agent, address, workerKey, controlPlane}: BootstrapParts,
): Promise<Bootstrap> {
  const {spec, gpuCount, id: instanceId} = instance;
  const {engineArgs, servedModelName, maxModelLen} = spec;
  const {openaiPort, agentPort} = address;
  const engineCommand = spec.engineCommand ?? tools.defaultEngineCommand(instance.provider);
  const common = {instanceId, workerKey, engineCommand, engineArgs, servedModelName, maxModelLen, gpuCount};
  const ports = {openaiPort, agentPort, controlPlane};
  const kind = tools.machineKind(instance.provider);
  if (kind === 'simulated')
    return nativeBootstrap({...common, ...ports, agentSource: agent.source, agentSha256: agent.sha256});

  const seconds = Math.ceil(spec.readyDeadlineMs / secondMs);
  return machineBootstrap({
    ...common,
    ...ports,
    agent,
    tools: await tools.agentSource.readTools(),
    runtime: spec.runtime,
    mode: spec.mode,
    image: spec.image,
    managesDisks: kind === 'rented',
    hubToken: spec.runtime === 'docker' ? await tools.hub.readToken() : null,
    hubUrl: tools.hub.readUrl(),
    engineReadySeconds: Math.min(engineReadySecondsMax, Math.max(engineReadySecondsMin, seconds)),
  });
}
