import {minuteMs, secondMs} from '../../time.ts';
import type {Bootstrap, BootstrapFile, BootstrapStep} from '../bootstrap.ts';
import {agentScript, machineAgentConfig} from './agent.ts';
import {doneScript} from './done.ts';
import {engineEnvironment, engineScript} from './engine.ts';
import {frontScript} from './front.ts';
import {frontConfig} from './front-config.ts';
import {imageFor, imageScript} from './image.ts';
import {paths} from './layout.ts';
import {preflightScript} from './preflight.ts';
import type {MachineBootstrapRequest} from './request.ts';
import {storageScript} from './storage.ts';
import {weightsScript} from './weights.ts';

/**
 * The worker on a real machine: engines and agent on loopback, HAProxy in front of them. Every step asks what is done and
 * does the rest, so that it may be cut off anywhere and run again. See docs/bootstrap.md.
 */
export function machineBootstrap(request: MachineBootstrapRequest): Bootstrap {
  return {
    checks: [{name: 'preflight', script: preflightScript(request), timeoutMs: 3 * minuteMs}],
    files: filesOf(request),
    steps: stepsOf(request),
  };
}

function filesOf(request: MachineBootstrapRequest): readonly BootstrapFile[] {
  const {workerKey, hubToken, controlPlane, runtime, agent, tools} = request;
  const secret = (path: string, content: string): BootstrapFile => ({path, content, mode: 0o600});
  return [
    secret(paths.workerKey, workerKey),
    secret(paths.frontKeys, `Bearer ${workerKey}\n`),
    secret(paths.engineEnv, engineEnvironment(request)),
    ...(hubToken === null ? [] : [secret(paths.hubToken, hubToken)]),
    ...(controlPlane === null ? [] : [secret(paths.enrolment, controlPlane.enrolmentSecret)]),
    {path: paths.agent, content: agent.source, mode: 0o644},
    secret(paths.agentConfig, machineAgentConfig(request)),
    {path: paths.frontConfig, content: frontConfig(request), mode: 0o644},
    ...(runtime === 'native'
      ? []
      : [
          {path: paths.pullImage, content: tools.pullImage, mode: 0o644},
          {path: paths.fetchWeights, content: tools.fetchWeights, mode: 0o644},
        ]),
  ];
}

function stepsOf(request: MachineBootstrapRequest): readonly BootstrapStep[] {
  const {runtime, engineReadySeconds} = request;
  const step = (name: string, script: BootstrapStep['script'], timeoutMs: number): BootstrapStep => ({
    name,
    script,
    timeoutMs,
  });
  const fetchMs = Math.max(60 * minuteMs, engineReadySeconds * secondMs);
  return [
    // The image is chosen here too: a driver that is too old for any shows before anything is changed.
    step(
      'storage',
      facts => storageScript(request, runtime === 'native' ? null : imageFor(request, facts).reference),
      10 * minuteMs,
    ),
    ...(runtime === 'native'
      ? []
      : [
          step('image', facts => imageScript(request, facts), fetchMs),
          step('weights', weightsScript(request), fetchMs),
        ]),
    step('engine', facts => engineScript(request, facts), 5 * minuteMs),
    step('agent', agentScript(request), minuteMs),
    step('front', frontScript(request), 10 * minuteMs),
    step('done', doneScript(request), 2 * minuteMs),
  ];
}
