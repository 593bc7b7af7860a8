import {agentConfig} from '../agent-config.ts';
import {requireAgent} from '../require-python.ts';
import {agentLoopbackPort, paths} from './layout.ts';
import {replicasOf} from './replicas.ts';
import type {MachineBootstrapRequest} from './request.ts';
import {serviceScript} from './service.ts';

export function agentScript({agent}: MachineBootstrapRequest): string {
  return `
echo "::phase::agent"
${requireAgent(agent.sha256)}
${serviceScript({
  name: 'agent',
  argv: ['python3', paths.agent, '--config', paths.agentConfig],
  prepare: '',
  keptAlive: true,
  inputs: [paths.agent, paths.agentConfig, paths.workerKey],
  stopSignal: 'TERM',
  stopSeconds: 10,
})}`;
}

export function machineAgentConfig(request: MachineBootstrapRequest): string {
  const {instanceId, servedModelName, maxModelLen, controlPlane, runtime} = request;
  const replicas = replicasOf(request);
  return agentConfig({
    instanceId,
    port: agentLoopbackPort,
    replicas,
    servedModelName,
    maxModelLen,
    engineLogPaths: runtime === 'native' ? ['log/engine.log'] : replicas.map(({name}) => `log/${name}.log`),
    diskPaths: ['/'],
    controlPlane: controlPlane === null ? null : {url: controlPlane.url, enrolmentSecretPath: paths.enrolment},
  });
}
