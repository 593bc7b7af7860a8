import type {BootstrapFacts} from '../bootstrap.ts';
import {enginesPath} from '../engine-watch.ts';
import {shellQuote, shellWords} from '../shell-quote.ts';
import {imageFor} from './image.ts';
import {containerLabel, contentLabel, hasSystemdFunction, paths, unitDirectory, unitPrefix} from './layout.ts';
import {replicasOf} from './replicas.ts';
import type {MachineBootstrapRequest, Replica} from './request.ts';
import {serviceScript} from './service.ts';
import {argumentOf} from './weights.ts';

/** The port inside a container, where nothing else is. */
const containerPort = 8000;
/** A wrong setting must not be tried for ever (vLLM contract, section 7). */
const restartPolicy = 'on-failure:3';
const bootUnit = `${unitPrefix}engines.service`;

/** Starts the engines on loopback, each once: what runs already and was made from the same is left alone. */
export function engineScript(request: MachineBootstrapRequest, facts: BootstrapFacts): string {
  return request.runtime === 'native' ? nativeScript(request) : dockerScript(request, facts);
}

/** The engine's environment, as `docker run --env-file` reads it: no quotes, one variable a line. */
export function engineEnvironment(request: MachineBootstrapRequest): string {
  const {workerKey, hubToken, engineReadySeconds} = request;
  const variables = {
    VLLM_API_KEY: workerKey,
    VLLM_NO_USAGE_STATS: '1',
    VLLM_ENGINE_READY_TIMEOUT_S: String(engineReadySeconds),
    ...(hubToken !== null && {HF_TOKEN: hubToken}),
  };
  return Object.entries(variables)
    .map(([name, value]) => `${name}=${value}\n`)
    .join('');
}

function dockerScript(request: MachineBootstrapRequest, facts: BootstrapFacts): string {
  const replicas = replicasOf(request);
  const image = imageFor(request, facts);
  const names = replicas.map(({name}) => name);
  return `
echo "::phase::engine"
${hasSystemdFunction}
cd "$INVENTIV_ROOT" || exit 46
. ./${paths.places}
exec 9>run/engine.lock
if command -v flock >/dev/null 2>&1; then flock -w 60 9 || { echo "::fail::BOOTSTRAP_LOCKED another bootstrap holds engine."; exit 45; }; fi
digest=$(docker image inspect --format '{{.Id}}' ${shellQuote(image.reference)}) || { echo "::fail::IMAGE_MISSING the image is not on the machine."; exit 40; }

# Containers of ours that are no longer wanted: another number of replicas, another instance.
for name in $(docker ps -a --filter label=${containerLabel} --format '{{.Names}}'); do
  case " ${names.join(' ')} " in *" $name "*) ;; *) docker rm -f "$name" >/dev/null ;; esac
done

refused() {
  text=$(tr '\\n' ' ' < run/engine.err | cut -c 1-400)
  case "$text" in
    *"could not select device driver"*) code=NO_GPU_RUNTIME ;;
    *"unsatisfied condition: cuda"*) code=DRIVER_OLD ;;
    *"port is already allocated"*|*"address already in use"*) code=PORT ;;
    *"no space left on device"*) code=DISK_FULL ;;
    *"unknown device"*) code=GPU_COUNT ;;
    *) code=CONTAINER_REFUSED ;;
  esac
  echo "::fail::$code $text"
  exit 40
}

${replicas.map(replica => containerScript(request, facts, replica)).join('\n')}
printf '%s\\n' ${shellWords(names)} > ${enginesPath}.new && mv ${enginesPath}.new ${enginesPath}
${startAtBoot(names)}
`;
}

/** Starts one container once. Its label holds the hash of all it is made from, so that any difference shows. */
function containerScript(request: MachineBootstrapRequest, facts: BootstrapFacts, replica: Replica): string {
  const {name} = replica;
  const image = imageFor(request, facts);
  const variables = Object.entries(image.env).flatMap(([key, value]) => ['--env', `${key}=${value}`]);
  const argv = [
    ...['--name', name, '--label', `${containerLabel}=${request.instanceId}`],
    ...gpuFlags(request, replica),
    ...['--ipc', 'host', '--publish', `127.0.0.1:${replica.port}:${containerPort}`],
    ...['--env-file', paths.engineEnv, ...variables, '--restart', restartPolicy],
    ...['--log-driver', 'json-file', '--log-opt', 'max-size=50m', '--log-opt', 'max-file=2'],
  ];
  const command = [image.reference, ...engineArguments(request, facts), '--host', '0.0.0.0', '--port', '8000'];
  return `
set -- ${shellWords(argv)} --volume "$cache_dir/huggingface:/root/.cache/huggingface" --volume "$cache_dir/vllm:/root/.cache/vllm"
content=$( { printf '%s\\n' "$digest" "$@" ${shellWords(command)}; cat ${paths.engineEnv}; } | sha256sum | cut -d ' ' -f 1)
state=$(docker inspect --format '{{.State.Status}} {{json .Config.Labels}}' ${name} 2>/dev/null || echo absent)
case "$state" in
  running*"$content"*|restarting*"$content"*) echo '::fact::{"${name}":"already running"}' ;;
  exited*"$content"*|created*"$content"*)
    docker start ${name} >/dev/null 2>run/engine.err || refused
    echo '::fact::{"${name}":"started again"}' ;;
  *)
    [ "$state" = absent ] || docker rm -f ${name} >/dev/null
    docker run --detach "$@" --label ${contentLabel}="$content" ${shellWords(command)} >/dev/null 2>run/engine.err || refused
    echo '::fact::{"${name}":"started"}' ;;
esac
ln -sfn "$(docker inspect --format '{{.LogPath}}' ${name})" log/${name}.log`;
}

function gpuFlags({gpuCount}: MachineBootstrapRequest, {gpus}: Replica): string[] {
  if (gpuCount === 0) return [];
  // Docker reads this as a line of CSV: the quotes belong to it. Inside, the one GPU is index 0.
  return ['--gpus', gpus.length === gpuCount ? 'all' : `"device=${gpus.join(',')}"`];
}

/** The commit that was fetched, where no revision was asked for: a restart must not move to newer weights. */
function engineArguments({engineArgs}: MachineBootstrapRequest, facts: BootstrapFacts): readonly string[] {
  const {model_revision: revision} = facts;
  if (argumentOf(engineArgs, '--revision') !== null || typeof revision !== 'string') return engineArgs;
  return [...engineArgs, '--revision', revision];
}

/** Docker starts no container again at boot that is only restarted for failures. */
function startAtBoot(names: readonly string[]): string {
  return `if has_systemd; then
  cat > run/${bootUnit} <<END
[Unit]
Description=inventiv engines
After=docker.service
Requires=docker.service

[Service]
Type=oneshot
RemainAfterExit=yes
ExecStart=$(command -v docker) start ${names.join(' ')}

[Install]
WantedBy=multi-user.target
END
  if ! cmp -s run/${bootUnit} ${unitDirectory}/${bootUnit}; then
    cp run/${bootUnit} ${unitDirectory}/${bootUnit}.new && chmod 644 ${unitDirectory}/${bootUnit}.new && mv ${unitDirectory}/${bootUnit}.new ${unitDirectory}/${bootUnit}
    systemctl daemon-reload
  fi
  systemctl enable ${bootUnit} >/dev/null 2>&1 || :
fi`;
}

function nativeScript(request: MachineBootstrapRequest): string {
  const [replica] = replicasOf(request);
  return `
echo "::phase::engine"
${serviceScript({
  name: 'engine',
  argv: [
    ...request.engineCommand,
    'serve',
    ...request.engineArgs,
    ...['--host', '127.0.0.1', '--port', String(replica?.port ?? 0)],
  ],
  prepare: `set -a\n. ./${paths.engineEnv}\nset +a`,
  keptAlive: false,
  inputs: [paths.engineEnv],
  stopSignal: 'TERM',
  stopSeconds: 30,
})}`;
}
