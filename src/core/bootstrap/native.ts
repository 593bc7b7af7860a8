import {minuteMs, secondMs} from '../time.ts';
import {shellQuote, shellWords} from './shell-quote.ts';

/** A bootstrap as data: files to write, then scripts to run in order. Each may run again and finds its work done. */
export interface Bootstrap {
  readonly files: readonly BootstrapFile[];
  readonly steps: readonly BootstrapStep[];
}

export interface BootstrapFile {
  /** Below `$INVENTIV_ROOT`. */
  readonly path: string;
  readonly content: string;
  readonly mode: number;
}

export interface BootstrapStep {
  readonly name: string;
  readonly script: string;
  readonly timeoutMs: number;
}

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

const pythonMinMinor = 10;
const enrolmentSecretPath = 'secrets/enrolment.secret';

/** The native runtime: engine and agent as supervised processes of a machine that has its own engine command. */
export function nativeBootstrap(request: NativeBootstrapRequest): Bootstrap {
  return {
    files: [
      {path: 'secrets/worker.key', content: request.workerKey, mode: 0o600},
      ...(request.controlPlane === null
        ? []
        : [{path: enrolmentSecretPath, content: request.controlPlane.enrolmentSecret, mode: 0o600}]),
      {path: 'agent/agent.py', content: request.agentSource, mode: 0o644},
      {path: 'agent/config.json', content: agentConfig(request), mode: 0o600},
    ],
    steps: [
      {name: 'preflight', script: preflightScript(request), timeoutMs: minuteMs},
      {name: 'engine', script: engineScript(request), timeoutMs: minuteMs},
      {name: 'agent', script: agentScript(request), timeoutMs: minuteMs},
    ],
  };
}

/** What the check exits with when the engine's process is gone. */
export const engineDeadExitCode = 3;
/** vLLM prints the cause well above its last line: a traceback of about 40 lines per process comes after it. */
export const engineLogLinesMax = 400;
/** How the line begins that tells a dead engine's exit status; 128 + its number where a signal ended it. */
export const engineExitedText = 'engine exited with status';

/**
 * Exit 0 while the engine's process lives; else prints the end of its log and, where that is known, its exit status. That
 * is written a moment after the process ended; what is written of an earlier process does not count.
 */
export const engineAliveScript = `
${isAliveFunction()}
pid=$(cat "$INVENTIV_ROOT/run/engine.pid" 2>/dev/null) || exit ${engineDeadExitCode}
if is_alive "$pid"; then exit 0; fi
tail -n ${engineLogLinesMax} "$INVENTIV_ROOT/log/engine.log" 2>/dev/null
exit_file=$INVENTIV_ROOT/run/engine.exit
has_ended() { [ -s "$exit_file" ] && read -r ended status < "$exit_file" && [ "$ended" = "$pid" ]; }
tries=0
until has_ended || [ $tries -ge 10 ]; do sleep 0.05; tries=$((tries+1)); done
has_ended && echo "${engineExitedText} $status"
exit ${engineDeadExitCode}
`;

/** The end of the engine's log, for the record of a failed start. */
export function engineLogScript(lines: number): string {
  return `tail -n ${lines} "$INVENTIV_ROOT/log/engine.log" 2>/dev/null`;
}

export const engineAliveTimeoutMs = 10 * secondMs;

function preflightScript(request: NativeBootstrapRequest): string {
  const command = shellQuote(request.engineCommand[0] ?? 'vllm');
  return `
echo "::phase::preflight"
mkdir -p "$INVENTIV_ROOT/run" "$INVENTIV_ROOT/log" "$INVENTIV_ROOT/agent/state" "$INVENTIV_ROOT/secrets"
chmod 700 "$INVENTIV_ROOT/secrets" "$INVENTIV_ROOT/agent/state"
command -v python3 >/dev/null 2>&1 || { echo "::fail::PYTHON_MISSING python3 is not on the PATH of this machine."; exit 41; }
python3 -c 'import sys; sys.exit(0 if sys.version_info >= (3, ${pythonMinMinor}) else 1)' || { echo "::fail::PYTHON_OLD python3 is older than 3.${pythonMinMinor}."; exit 42; }
command -v ${command} >/dev/null 2>&1 || { echo "::fail::ENGINE_MISSING the engine command was not found on this machine."; exit 43; }
echo "::fact::{\\"python\\":\\"$(python3 -c 'import platform; print(platform.python_version())')\\"}"
sum=$( (sha256sum "$INVENTIV_ROOT/agent/agent.py" 2>/dev/null || shasum -a 256 "$INVENTIV_ROOT/agent/agent.py") | cut -d' ' -f1)
[ "$sum" = ${shellQuote(request.agentSha256)} ] || { echo "::fail::AGENT_CHECKSUM the agent arrived altered (sha256 $sum)."; exit 44; }
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
  return supervised({
    name: 'engine',
    command: shellWords(argv),
    identity: '',
    prepare:
      'VLLM_API_KEY=$(cat "$INVENTIV_ROOT/secrets/worker.key"); export VLLM_API_KEY; VLLM_NO_USAGE_STATS=1; export VLLM_NO_USAGE_STATS',
  });
}

function agentScript(request: NativeBootstrapRequest): string {
  return supervised({
    name: 'agent',
    command: 'python3 agent/agent.py --config agent/config.json',
    identity: request.agentSha256,
    prepare: '',
  });
}

interface Supervised {
  readonly name: string;
  readonly command: string;
  /** What, beside the command line, makes a running process outdated when it differs. */
  readonly identity: string;
  /** Shell lines that set the environment of the process. */
  readonly prepare: string;
}

/** A process that ended and waits to be collected still answers signals; where nobody collects, it does so for ever. */
export function isAliveFunction(): string {
  return 'is_alive() { kill -0 "$1" 2>/dev/null && ! grep -qs "^State:[[:space:]]*Z" "/proc/$1/status"; }';
}

/**
 * Starts a daemon once. What runs is written beside its process id: the same thing alive is left alone, another one is
 * replaced. `flock`, where there is one, keeps an interrupted bootstrap that still runs from starting a second. The daemon
 * writes its id itself and holds the lock until it has: a script that dies right after starting it leaves none unknown.
 * A shell waits for its end, without the lock, and writes its id and exit status; that one may be killed without harm.
 */
function supervised({name, command, identity, prepare}: Supervised): string {
  const daemon = `echo $$ > run/${name}.pid; exec "$@" 9>&-`;
  const supervisor = `sh -c ${shellQuote(daemon)} "$0" "$@" & exec 9>&-; wait $!; echo "$! $?" > run/${name}.exit`;
  return `
echo "::phase::${name}"
${isAliveFunction()}
cd "$INVENTIV_ROOT" || exit 46
exec 9>run/${name}.lock
if command -v flock >/dev/null 2>&1; then flock -w 60 9 || { echo "::fail::BOOTSTRAP_LOCKED another bootstrap holds ${name}."; exit 45; }; fi
pid=$(cat run/${name}.pid 2>/dev/null || echo 0)
wanted=${shellQuote(`${command} ${identity}`)}
if [ "$pid" != 0 ] && is_alive "$pid"; then
  if [ "$wanted" = "$(cat run/${name}.wanted 2>/dev/null)" ]; then echo '::fact::{"${name}":"already running"}'; exit 0; fi
  kill "$pid" 2>/dev/null
  tries=0
  while is_alive "$pid" && [ $tries -lt 100 ]; do sleep 0.1; tries=$((tries+1)); done
  kill -9 "$pid" 2>/dev/null
fi
${prepare}
detach=
command -v setsid >/dev/null 2>&1 && detach=setsid
rm -f run/${name}.pid
nohup $detach sh -c ${shellQuote(supervisor)} ${name} ${command} >>log/${name}.log 2>&1 </dev/null &
tries=0
while [ ! -s run/${name}.pid ] && [ $tries -lt 100 ]; do sleep 0.05; tries=$((tries+1)); done
printf '%s' "$wanted" > run/${name}.wanted
echo '::fact::{"${name}":"started"}'
`;
}

/** Paths are relative to `$INVENTIV_ROOT`, where the agent is started. */
function agentConfig(request: NativeBootstrapRequest): string {
  return JSON.stringify(
    {
      instance_id: request.instanceId,
      worker_id: request.instanceId,
      bind_host: '127.0.0.1',
      port: request.agentPort,
      key_file: 'secrets/worker.key',
      state_dir: 'agent/state',
      replicas: [
        {
          name: 'replica-0',
          gpus: Array.from({length: request.gpuCount}, (_, index) => index),
          port: request.openaiPort,
          base_url: `http://127.0.0.1:${request.openaiPort}`,
        },
      ],
      expected_model_id: request.servedModelName,
      expected_max_model_len: request.maxModelLen,
      engine_log_paths: ['log/engine.log'],
      vllm_key_file: 'secrets/worker.key',
      ...(request.controlPlane === null
        ? {}
        : {control_plane_url: request.controlPlane.url, enrolment_secret_file: enrolmentSecretPath}),
    },
    null,
    2,
  );
}
