import {requirePython} from '../require-python.ts';
import {shellQuote, shellWords} from '../shell-quote.ts';
import {agentLoopbackPort, failFunction, hasSystemdFunction, paths} from './layout.ts';
import {replicasOf} from './replicas.ts';
import type {MachineBootstrapRequest} from './request.ts';

const connectTimeoutSeconds = 10;
const bootSeconds = 120;
/** Bytes of random state that a machine needs for nothing but logs, keys and the agent. */
const ownBytesMin = 200_000_000;

/** Looks at everything the later steps take for granted, and changes nothing but our own directory. */
export function preflightScript(request: MachineBootstrapRequest): string {
  const {runtime, instanceId, gpuCount} = request;
  return `
echo "::phase::preflight"
${failFunction}
${hasSystemdFunction}
[ "$(id -u)" = 0 ] || fail NOT_ROOT "the bootstrap has to run as root, it runs as $(id -un)."
umask 077
mkdir -p "$INVENTIV_ROOT" || fail DISK_FULL "$INVENTIV_ROOT cannot be made."
cd "$INVENTIV_ROOT"
mkdir -p run log bin front agent/state secrets || fail DISK_FULL "$INVENTIV_ROOT cannot be written."
chmod 755 .
chmod 700 secrets agent/state
owner=$(cat ${paths.owner} 2>/dev/null || echo)
[ -z "$owner" ] || [ "$owner" = ${shellQuote(instanceId)} ] || fail OTHER_INSTANCE "this machine already works for the instance $owner."
free=$(df -Pk . | awk 'NR==2 {print $4}')
[ "\${free:-0}" -ge ${Math.ceil(ownBytesMin / 1024)} ] || fail DISK_FULL "the disk of $INVENTIV_ROOT has \${free} KiB left, ${ownBytesMin / 1e6} MB are needed."
${requirePython}
command -v openssl >/dev/null 2>&1 || fail OPENSSL_MISSING "openssl is not on the PATH of this machine."
command -v haproxy >/dev/null 2>&1 || command -v apt-get >/dev/null 2>&1 || fail HAPROXY_MISSING "haproxy is not installed, and there is no apt-get to install it."
${gpuCount === 0 ? '' : gpuChecks(gpuCount)}
${runtime === 'docker' ? dockerChecks(gpuCount) : nativeChecks(request)}
${portChecks(request)}
${runtime === 'docker' ? networkChecks(request) : ''}
printf '%s' ${shellQuote(instanceId)} > ${paths.owner}
echo "::fact::{\\"systemd\\":$(has_systemd && echo true || echo false),\\"kernel\\":\\"$(uname -r)\\"}"
`;
}

function gpuChecks(gpuCount: number): string {
  return `
command -v nvidia-smi >/dev/null 2>&1 || fail DRIVER_MISSING "nvidia-smi is not on this machine: it has no NVIDIA driver."
gpus=$(timeout 60 nvidia-smi --query-gpu=name,driver_version,memory.total,compute_cap --format=csv,noheader,nounits 2>&1)
status=$?
case "$gpus" in
  *"No devices were found"*|'') fail NO_GPU "this machine has no NVIDIA GPU." ;;
  *"couldn't communicate"*|*"Driver/library version mismatch"*) fail DRIVER_MISMATCH "the NVIDIA driver does not answer: $(echo "$gpus" | head -n 1 | cut -c 1-200)" ;;
esac
[ $status = 0 ] || fail DRIVER_MISSING "nvidia-smi failed with exit status $status: $(echo "$gpus" | head -n 1 | cut -c 1-200)"
echo "$gpus" | awk -F', *' '
  { count++; name=$1; driver=$2; memory=$3; cap=$4; if (cap+0 > 0 && (least == "" || cap+0 < least+0)) least=cap }
  END { gsub(/["\\\\]/, "", name); printf "::fact::{\\"gpu_count\\":%d,\\"gpu_name\\":\\"%s\\",\\"gpu_memory_mib\\":%d,\\"driver_version\\":\\"%s\\",\\"compute_cap\\":%.1f}\\n", count, name, memory, driver, least }'
count=$(echo "$gpus" | grep -c .)
[ "$count" -ge ${gpuCount} ] || fail GPU_COUNT "this type has ${gpuCount} GPUs, the machine shows $count."`;
}

function dockerChecks(gpuCount: number): string {
  const toolkit = `
docker info --format '{{json .Runtimes}}' 2>/dev/null | grep -q nvidia || command -v nvidia-container-runtime-hook >/dev/null 2>&1 || command -v nvidia-container-cli >/dev/null 2>&1 || fail NO_GPU_RUNTIME "Docker has no NVIDIA runtime on this machine."`;
  return `
command -v docker >/dev/null 2>&1 || fail DOCKER_MISSING "docker is not on the PATH of this machine."
# A machine that has just booted may still be starting it.
while [ "$(cut -d. -f1 /proc/uptime)" -lt ${bootSeconds} ] && ! docker info >/dev/null 2>&1; do sleep 2; done
docker_root=$(timeout 60 docker info --format '{{.DockerRootDir}}' 2>run/docker.err) || fail DOCKER_DOWN "Docker does not answer: $(head -n 1 run/docker.err | cut -c 1-200)"
rm -f run/docker.err
echo "::fact::{\\"docker_version\\":\\"$(docker version --format '{{.Server.Version}}' 2>/dev/null)\\"}"
${gpuCount === 0 ? '' : toolkit.trim()}`;
}

function nativeChecks({engineCommand}: MachineBootstrapRequest): string {
  const [command = 'vllm'] = engineCommand;
  return `command -v ${shellQuote(command)} >/dev/null 2>&1 || fail ENGINE_MISSING "the engine command ${shellQuote(command).replaceAll('"', '')} was not found on this machine."`;
}

/** A port is free, or held by what an earlier run of this bootstrap started. */
function portChecks(request: MachineBootstrapRequest): string {
  const ports = [
    request.openaiPort,
    request.agentPort,
    agentLoopbackPort,
    ...replicasOf(request).map(({port}) => port),
  ];
  return `
taken=$(python3 - ${shellWords(ports.map(String))} <<'END'
import os, re, socket, subprocess, sys

# Ports that answer already on a machine where our services run are theirs.
root = os.environ["INVENTIV_ROOT"]
def lines(*argv):
    try:
        return subprocess.run(argv, capture_output=True, text=True, timeout=30).stdout.splitlines()
    except (OSError, subprocess.TimeoutExpired):
        return []

ours = set()
for name in ("front", "agent", "engine"):
    try:
        with open(f"{root}/run/{name}.pid") as file:
            ours.add(int(file.read().strip() or 0))
    except (OSError, ValueError):
        pass
def is_ours(pid):
    while pid > 1:
        if pid in ours:
            return True
        try:
            with open(f"/proc/{pid}/stat") as file:
                pid = int(file.read().rsplit(")", 1)[1].split()[1])
        except (OSError, ValueError, IndexError):
            return False
    return False

containers = "\\n".join(lines("docker", "ps", "--filter", "name=inventiv-engine-", "--format", "{{.Names}}"))
for text in sys.argv[1:]:
    port = int(text)
    probe = socket.socket()
    probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        probe.bind(("0.0.0.0", port))
    except OSError:
        listing = " ".join(lines("ss", "-Hltnp", f"sport = :{port}"))
        pids = [int(pid) for pid in re.findall(r"pid=(\\d+)", listing)]
        if pids and all(is_ours(pid) for pid in pids):
            continue
        if containers and 18000 <= port < 18080:
            continue
        names = sorted(set(re.findall(r'\\("([^"]+)"', listing)))
        print(port, "by " + ", ".join(names) if names else "")
    finally:
        probe.close()
END
)
[ -z "$taken" ] || fail PORT "port $(echo "$taken" | head -n 1 | sed 's/ *$//;s/ / is taken /;t;s/$/ is taken/') on this machine."`;
}

/** Only where something is still to be fetched: an installed machine starts again without the internet. */
function networkChecks({hubUrl, image}: MachineBootstrapRequest): string {
  const hub = new URL(hubUrl).host;
  const registry = registryOf(image ?? '');
  return `
hosts=
docker image inspect ${shellQuote(image ?? '')} >/dev/null 2>&1 || hosts=${shellQuote(registry)}
[ -s run/weights.json ] || hosts="$hosts "${shellQuote(hub)}
[ -z "$hosts" ] || python3 - $hosts <<'END' || exit 40
import socket, ssl, sys

for place in sys.argv[1:]:
    host, _, port = place.partition(":")
    try:
        socket.getaddrinfo(host, int(port or 443), type=socket.SOCK_STREAM)
    except OSError as fault:
        print(f"::fail::NO_DNS {host} cannot be looked up from this machine: {fault.strerror or fault}.")
        sys.exit(1)
    try:
        with socket.create_connection((host, int(port or 443)), timeout=${connectTimeoutSeconds}) as plain:
            with ssl.create_default_context().wrap_socket(plain, server_hostname=host):
                pass
    except OSError as fault:
        print(f"::fail::NO_HTTPS {place} cannot be reached by HTTPS from this machine: {getattr(fault, 'strerror', None) or fault}.")
        sys.exit(1)
END`;
}

/** The host in an image's name; without one it is Docker's own registry. */
function registryOf(image: string): string {
  const [first = '', ...rest] = image.split('/');
  return rest.length > 0 && /[.:]/.test(first) ? first : 'registry-1.docker.io';
}
