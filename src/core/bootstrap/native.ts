import {minuteMs} from '../time.ts';
import {agentConfig} from './agent-config.ts';
import type {PlainBootstrap} from './bootstrap.ts';
import {requireAgent, requirePython} from './require-python.ts';
import {shellQuote, shellWords} from './shell-quote.ts';
import {supervised} from './supervise.ts';

export interface NativeBootstrapRequest {
  readonly instanceId: string;
  readonly agentSource: string;
  readonly agentSha256: string;
  readonly workerKey: string;
  /** The command that takes the place of `vllm`, as argv. */
  readonly engineCommand: readonly string[];
  readonly engineArgs: readonly string[];
  readonly servedModelName: string;
  readonly maxModelLen: number | null;
  readonly gpuCount: number;
  readonly openaiPort: number;
  readonly agentPort: number;
  /** Where the agent registers, with a secret for one use; null: it is only read. */
  readonly controlPlane: {readonly url: string; readonly enrolmentSecret: string} | null;
}

const enrolmentSecretPath = 'secrets/enrolment.secret';

/** The native runtime: engine and agent as supervised processes of a machine that has its own engine command. */
export function nativeBootstrap(request: NativeBootstrapRequest): PlainBootstrap {
  return {
    checks: [],
    files: [
      {path: 'secrets/worker.key', content: request.workerKey, mode: 0o600},
      ...(request.controlPlane === null
        ? []
        : [{path: enrolmentSecretPath, content: request.controlPlane.enrolmentSecret, mode: 0o600}]),
      {path: 'agent/agent.py', content: request.agentSource, mode: 0o644},
      {path: 'agent/config.json', content: nativeAgentConfig(request), mode: 0o600},
    ],
    steps: [
      {name: 'preflight', script: preflightScript(request), timeoutMs: minuteMs},
      {name: 'engine', script: engineScript(request), timeoutMs: minuteMs},
      {name: 'agent', script: agentScript(request), timeoutMs: minuteMs},
    ],
  };
}

function preflightScript(request: NativeBootstrapRequest): string {
  const command = shellQuote(request.engineCommand[0] ?? 'vllm');
  return `
echo "::phase::preflight"
mkdir -p "$INVENTIV_ROOT/run" "$INVENTIV_ROOT/log" "$INVENTIV_ROOT/agent/state" "$INVENTIV_ROOT/secrets"
chmod 700 "$INVENTIV_ROOT/secrets" "$INVENTIV_ROOT/agent/state"
${requirePython}
command -v ${command} >/dev/null 2>&1 || { echo "::fail::ENGINE_MISSING the engine command was not found on this machine."; exit 43; }
${requireAgent(request.agentSha256)}
`;
}

function engineScript(request: NativeBootstrapRequest): string {
  const argv = [
    ...request.engineCommand,
    'serve',
    ...request.engineArgs,
    '--host',
    '127.0.0.1',
    '--port',
    String(request.openaiPort),
  ];
  return `
echo "::phase::engine"${supervised({
    name: 'engine',
    command: shellWords(argv),
    identity: '',
    prepare:
      'VLLM_API_KEY=$(cat "$INVENTIV_ROOT/secrets/worker.key"); export VLLM_API_KEY; VLLM_NO_USAGE_STATS=1; export VLLM_NO_USAGE_STATS',
  })}`;
}

function agentScript(request: NativeBootstrapRequest): string {
  return `
echo "::phase::agent"${supervised({
    name: 'agent',
    command: 'python3 agent/agent.py --config agent/config.json',
    identity: request.agentSha256,
    prepare: '',
  })}`;
}

function nativeAgentConfig(request: NativeBootstrapRequest): string {
  const {controlPlane, openaiPort} = request;
  return agentConfig({
    instanceId: request.instanceId,
    port: request.agentPort,
    replicas: [
      {name: 'replica-0', gpus: Array.from({length: request.gpuCount}, (_, index) => index), port: openaiPort},
    ],
    servedModelName: request.servedModelName,
    maxModelLen: request.maxModelLen,
    engineLogPaths: ['log/engine.log'],
    diskPaths: ['/'],
    controlPlane: controlPlane === null ? null : {url: controlPlane.url, enrolmentSecretPath},
  });
}
