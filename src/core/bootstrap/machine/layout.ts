/** Everything that is installed on a machine is below `$INVENTIV_ROOT`, beside its units; these are relative to it. */
export const paths = {
  workerKey: 'secrets/worker.key',
  frontKeys: 'secrets/front.keys',
  engineEnv: 'secrets/engine.env',
  hubToken: 'secrets/hub.token',
  enrolment: 'secrets/enrolment.secret',
  certificate: 'secrets/front.pem',
  agent: 'agent/agent.py',
  agentConfig: 'agent/config.json',
  fetchWeights: 'bin/fetch_weights.py',
  pullImage: 'bin/pull_image.py',
  frontConfig: 'front/haproxy.cfg',
  /** Whom it becomes once it has its ports and its keys; which user there is, only the machine knows. */
  frontUser: 'front/user.cfg',
  /** Shell variables: where Docker and the caches were placed. */
  places: 'run/places',
  /** What was found and changed outside of the root, one thing a line, for the way back. */
  changes: 'run/changes',
  owner: 'run/instance',
} as const;

/** Ports on loopback, behind the front: replica i answers on the first one + i. */
export const enginePortBase = 18_000;
export const agentLoopbackPort = 18_080;

export const unitPrefix = 'inventiv-';
export const unitDirectory = '/etc/systemd/system';
/** Label of every container, with the id of its instance. */
export const containerLabel = 'ai.inventiv.instance';
/** Label with the hash of everything a container was made from. */
export const contentLabel = 'ai.inventiv.content';

export function replicaName(index: number): string {
  return `inventiv-engine-${index}`;
}

/** Shell function `fail CODE text`: the marker, and the end. */
export const failFunction = 'fail() { echo "::fail::$1 $2"; exit 40; }';

/** Shell function that is true where systemd runs this machine. */
export const hasSystemdFunction =
  'has_systemd() { [ -d /run/systemd/system ] && command -v systemctl >/dev/null 2>&1; }';
