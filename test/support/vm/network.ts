import {spawnSync} from 'node:child_process';
import {randomInt} from 'node:crypto';

/** A cable between this machine and a namespace: two ends, two addresses, nothing else is reached through it. */
export interface Cable {
  readonly hostAddress: string;
  readonly address: string;
  /** Of the end here; the cable goes with the namespace at its other end. */
  readonly interfaceName: string;
}

const indexMax = 16_384;
const triesMax = 50;

/** The name of an interface is unique on a machine, so making it also claims its addresses. */
export function layCable(namespacePid: number): Cable {
  for (let tries = 0; tries < triesMax; tries++) {
    const index = randomInt(indexMax);
    const interfaceName = `ivm-${index}`;
    const peer = `${interfaceName}-p`;
    if (spawnSync('ip', ['link', 'add', interfaceName, 'type', 'veth', 'peer', 'name', peer]).status !== 0) continue;
    const base = `10.213.${index >> 6}`;
    const low = (index & 63) * 4;
    const cable = {interfaceName, hostAddress: `${base}.${low + 1}`, address: `${base}.${low + 2}`};
    run('ip', 'link', 'set', peer, 'netns', String(namespacePid));
    run('ip', 'addr', 'add', `${cable.hostAddress}/30`, 'dev', interfaceName);
    run('ip', 'link', 'set', interfaceName, 'up');
    run(
      ...['nsenter', '-t', String(namespacePid), '-n', 'sh', '-ec'],
      'ip link set "$0" name eth0; ip addr add "$1/30" dev eth0; ip link set eth0 up; ip link set lo up; ip route add default via "$2"',
      ...[peer, cable.address, cable.hostAddress],
    );
    return cable;
  }

  throw new Error(`no free addresses for a machine after ${triesMax} tries`);
}

/** Resets every connection to this port, as a router does that was restarted. */
export function resetConnections(namespacePid: number, port: number): void {
  spawnSync('nsenter', ['-t', String(namespacePid), '-n', 'ss', '-K', 'sport', '=', `:${port}`]);
}

export function removeCable({interfaceName}: Cable): void {
  spawnSync('ip', ['link', 'del', interfaceName]);
}

function run(command: string, ...args: string[]): void {
  const {status, stderr} = spawnSync(command, args);
  if (status !== 0) throw new Error(`${command} ${args.join(' ')}: ${stderr?.toString() ?? 'not found'}`);
}
