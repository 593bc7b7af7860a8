import {InventivError} from '../core/errors.ts';
import {detectScript, detectTimeoutMs, parseHostFacts} from '../core/host/detect.ts';
import type {Host, HostClaim, HostFacts} from '../core/host/host.ts';
import {hostNameOf, parseSshAddress} from '../core/host/parse-address.ts';
import type {ProviderName} from '../core/instance/instance.ts';
import {nearNames} from '../core/near-names.ts';
import type {OrgScope} from '../core/tenancy/org-scope.ts';
import type {Clock} from '../ports/clock.ts';
import type {HostKeys, HostStore, ShownHostKey} from '../ports/hosts.ts';
import type {Ids} from '../ports/ids.ts';
import type {ShellOpener} from '../ports/shell.ts';
import type {AuditStore} from '../ports/store.ts';

export interface HostTools {
  readonly hosts: HostStore;
  readonly hostKeys: HostKeys;
  readonly shellFor: (name: ProviderName) => ShellOpener;
  /** Who logs in where the address does not say. */
  readonly hostUser: string;
  readonly audit: AuditStore;
  readonly clock: Clock;
  readonly ids: Ids;
}

export interface HostLook {
  readonly user: string;
  readonly address: string;
  readonly port: number;
  readonly key: ShownHostKey;
  /** The key that counts at this address by now; null at a first contact. */
  readonly pinned: ShownHostKey | null;
  /** The host that has this address. */
  readonly known: Host | null;
  /** The line of this installation's own key for `authorized_keys`. */
  readonly publicKey: string;
}

export interface Actor {
  readonly userName: string;
  readonly correlationId: string;
}

export interface NewHostWish {
  readonly ssh: string;
  readonly name: string | null;
  /** The key that was looked at and is trusted from now on. */
  readonly key: Pick<ShownHostKey, 'type' | 'base64'>;
  readonly openaiPort: number;
  readonly agentPort: number;
}

/** What a machine shows before anybody trusts it: its host key. No login. */
export async function lookAtHost(
  tools: HostTools,
  scope: OrgScope,
  ssh: string,
  signal?: AbortSignal,
): Promise<HostLook> {
  const {user, host: address, port} = parseSshAddress(ssh, 'ADDRESS');
  const key = await tools.hostKeys.read({address, port}, signal);
  const known = (await tools.hosts.list(scope)).find(host => host.address === address && host.port === port) ?? null;
  return {
    user: user ?? tools.hostUser,
    address,
    port,
    key,
    pinned: await tools.hostKeys.pinned({address, port}),
    known,
    publicKey: await tools.hostKeys.publicKey(),
  };
}

/** Pins the key, logs in, looks around, and keeps the host; what fails leaves nothing behind. */
export async function addHost(
  tools: HostTools,
  scope: OrgScope,
  wish: NewHostWish,
  actor: Actor,
  signal?: AbortSignal,
): Promise<Host> {
  const {hosts, hostKeys, clock, ids} = tools;
  const {user, host: address, port} = parseSshAddress(wish.ssh, 'ADDRESS');
  const place = {address, port};
  const nowMs = clock.nowMs();
  const draft = {
    id: ids.next('host'),
    name: wish.name ?? hostNameOf(address),
    user: user ?? tools.hostUser,
    address,
    port,
    openaiPort: wish.openaiPort,
    agentPort: wish.agentPort,
    createdAtMs: nowMs,
    checkedAtMs: nowMs,
  };
  // Before its key is touched: the pin of a host that is there stays.
  const twin = (await hosts.list(scope)).find(host => host.address === address && host.port === port);
  if (twin !== undefined) {
    throw new InventivError('conflict', `${wish.ssh} is known already, as the host "${twin.name}".`, {
      hint: `Use it: inventiv up --provider host --ssh ${twin.name}. Or forget it first: inventiv hosts remove ${twin.name}`,
    });
  }

  await hostKeys.pin(place, wish.key);
  try {
    const host = await hosts.add(scope, {...draft, facts: await readFacts(tools, draft, signal)});
    await audit(tools, scope, actor, 'hosts.add', host);
    return host;
  } catch (error) {
    await hostKeys.forget(place);
    throw error;
  }
}

/** Logs in and looks again. With a key, that one is trusted from now on: for a machine that was set up anew. */
export async function checkHost(
  tools: HostTools,
  scope: OrgScope,
  request: {host: string; key: Pick<ShownHostKey, 'type' | 'base64'> | null},
  actor: Actor,
  signal?: AbortSignal,
): Promise<Host> {
  const host = await findHost(tools.hosts, scope, request.host);
  if (request.key !== null) {
    await tools.hostKeys.pin(host, request.key);
    await audit(tools, scope, actor, 'hosts.new_key', host);
  }

  const facts = await readFacts(tools, host, signal);
  return tools.hosts.saveFacts(scope, host.id, facts, tools.clock.nowMs());
}

/** Forgets a host. One that an instance has is refused, unless forced: what is installed there then stays there. */
export async function removeHost(
  tools: HostTools,
  scope: OrgScope,
  request: {host: string; force: boolean},
  actor: Actor,
): Promise<Host> {
  const host = await findHost(tools.hosts, scope, request.host);
  const claim = (await tools.hosts.claims(scope)).find(({hostId}) => hostId === host.id);
  if (claim !== undefined && !request.force) {
    throw new InventivError('conflict', `The host "${host.name}" is taken by ${claim.name}.`, {
      hint: `Take that down first (inventiv ps). When the machine is gone for good: inventiv hosts remove ${host.name} --force`,
    });
  }

  await tools.hosts.remove(scope, host.id);
  await tools.hostKeys.forget(host);
  await audit(tools, scope, actor, 'hosts.remove', host);
  return host;
}

export async function listHosts(
  {hosts}: Pick<HostTools, 'hosts'>,
  scope: OrgScope,
): Promise<readonly {host: Host; claim: HostClaim | null}[]> {
  const [known, claims] = await Promise.all([hosts.list(scope), hosts.claims(scope)]);
  const byHost = new Map(claims.map(claim => [claim.hostId, claim]));
  return known.map(host => ({host, claim: byHost.get(host.id) ?? null}));
}

async function findHost(hosts: HostStore, scope: OrgScope, idOrName: string): Promise<Host> {
  const found = await hosts.find(scope, idOrName);
  if (found !== null) return found;
  const [near] = nearNames(
    idOrName,
    (await hosts.list(scope)).map(({name}) => name),
  );
  throw new InventivError('not_found', `There is no host "${idOrName.slice(0, 80)}".`, {
    hint: `${near === undefined ? '' : `Did you mean "${near}"? `}List them with "inventiv hosts list".`,
    param: 'host',
  });
}

type Place = Pick<Host, 'id' | 'name' | 'user' | 'address' | 'port' | 'openaiPort' | 'agentPort'>;

async function readFacts(
  {shellFor}: HostTools,
  {id, name, user, address, port, openaiPort, agentPort}: Place,
  signal: AbortSignal | undefined,
): Promise<HostFacts> {
  const aborts = signal === undefined ? {} : {signal};
  const lines: string[] = [];
  await using shell = await shellFor('host').open({
    instanceId: id,
    serverId: id,
    address: {host: address, sshPort: port, sshUser: user, hostName: name, openaiPort, agentPort},
    ...aborts,
  });
  await shell.run({script: detectScript, timeoutMs: detectTimeoutMs, onLine: line => lines.push(line), ...aborts});
  return parseHostFacts(lines);
}

async function audit(
  tools: HostTools,
  scope: OrgScope,
  {userName, correlationId}: Actor,
  action: string,
  {id, name, user, address, port}: Host,
): Promise<void> {
  await tools.audit.append(scope, {
    actor: userName,
    action,
    subject: id,
    details: {name, user, address, port},
    correlationId,
  });
}
