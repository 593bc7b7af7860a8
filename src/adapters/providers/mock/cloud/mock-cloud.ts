import {createHash, randomUUID} from 'node:crypto';
import {existsSync, mkdirSync, readdirSync} from 'node:fs';
import {join} from 'node:path';
import type {CloudConfig, CloudInventory, FaultSpec} from '../wire.ts';
import type {CallSubject} from './faults.ts';
import {drawLatencyMs} from './latency.ts';
import {hangUpLostSessions, machineRoot, makeMachine, removeMachine} from './machine.ts';
import type {Operation} from './operation.ts';
import {PortPool} from './port-pool.ts';
import {endServerProcesses, serverProcesses} from './processes.ts';
import {hideAndEnd, viewServer} from './servers.ts';
import {nextDeadlineMs, settle} from './settle.ts';
import type {CloudState, ServerRecord} from './state.ts';
import {visibleServers} from './state.ts';
import {loadState, saveState} from './state-file.ts';
import {viewVolume} from './volumes.ts';

/** setTimeout counts in 32 bits. */
const timerMsMax = 2_000_000_000;

/** The state, its clock and what follows from it in the world: directories, processes, ports. */
export class MockCloud {
  readonly state: CloudState;
  readonly #cloudDir: string;
  readonly #ports: PortPool;
  readonly #reservedPorts = new Set<number>();
  readonly #endings = new Map<string, Promise<void>>();
  #portQueue: Promise<unknown> = Promise.resolve();
  #timer: NodeJS.Timeout | undefined;
  #latestMs = 0;

  constructor(cloudDir: string, random: () => number) {
    this.#cloudDir = cloudDir;
    mkdirSync(join(cloudDir, 'servers'), {recursive: true, mode: 0o700});
    this.state = loadState(cloudDir);
    this.#ports = new PortPool(random);
    for (const id of readdirSync(join(cloudDir, 'servers'))) {
      if (this.state.servers[id] === undefined) removeMachine(cloudDir, id);
      else hangUpLostSessions(cloudDir, id);
    }
    this.settle();
  }

  /** Never runs backwards, whatever the machine's clock does. */
  nowMs(): number {
    this.#latestMs = Math.max(this.#latestMs, Date.now() + this.state.clockOffsetMs);
    return this.#latestMs;
  }

  get isEmpty(): boolean {
    return Object.keys(this.state.servers).length === 0;
  }

  /** Lets everything happen whose time has come, in the state and in the world. */
  settle(): void {
    const {changed, goneServerIds} = settle(this.state, this.nowMs(), server => this.#detachMs(server));
    if (changed) this.save();
    for (const id of goneServerIds) removeMachine(this.#cloudDir, id);
    this.#endProcesses();
    this.#armTimer();
  }

  /** A directory that was removed is not made again: the daemon is about to end. */
  save(): void {
    if (existsSync(this.#cloudDir)) saveState(this.#cloudDir, this.state);
  }

  /** Carries a call out and stores the outcome before anybody hears of it. */
  async perform(
    run: (operation: Operation) => unknown,
    call: Pick<Operation, 'zone' | 'id' | 'body' | 'query' | 'faults'> & {subject: CallSubject},
  ): Promise<unknown> {
    const ports = call.subject.call === 'createServer' ? await this.#reservePorts() : null;
    try {
      this.settle();
      if (call.faults.some(fault => fault.kind === 'vanish')) this.vanish(call.id);
      const takePorts = () => ports ?? {openaiPort: 0, agentPort: 0};
      const result = run({...call, state: this.state, nowMs: this.nowMs(), newId: randomUUID, takePorts});
      this.#makeMachines();
      this.save();
      return result;
    } finally {
      if (ports !== null) for (const port of Object.values(ports)) this.#reservedPorts.delete(port);
      this.settle();
    }
  }

  /** Takes a server away as a provider may: nothing answers for it, its processes end, its volumes are let go. */
  vanish(serverId: string): void {
    const server = this.state.servers[serverId];
    if (server === undefined || server.vanished) return;
    hideAndEnd(server, this.nowMs());
    this.save();
  }

  isReachable(server: ServerRecord): boolean {
    return server.state === 'running' && server.sshAtMs !== null && server.sshAtMs <= this.nowMs();
  }

  /** A new scenario brings its own faults; the same one again changes nothing, not even what has been counted. */
  configure({profile, scenario}: CloudConfig): void {
    if (profile !== undefined) this.state.profile = profile;
    if (scenario !== undefined && digest(scenario) !== digest(this.state.scenario)) {
      this.state.scenario = scenario;
      this.state.draws = 0;
      this.state.faults = this.state.faults.filter(fault => fault.source === 'control');
      this.#addFaults(scenario.faults ?? [], 'scenario');
    }
    this.save();
  }

  injectFaults(faults: readonly FaultSpec[]): void {
    this.#addFaults(faults, 'control');
    this.save();
  }

  clearFaults(): void {
    this.state.faults = [];
    this.save();
  }

  /** Moves the cloud's clock and waits until what ends by that has ended. */
  async advance(byMs: number): Promise<void> {
    this.state.clockOffsetMs += byMs;
    this.save();
    this.settle();
    await Promise.all(this.#endings.values());
    this.settle();
  }

  /** Ends and forgets everything, as when the account is closed. */
  async purge(): Promise<void> {
    for (const id of Object.keys(this.state.servers)) this.vanish(id);
    this.settle();
    await Promise.all(this.#endings.values());
    this.settle();
    this.state.volumes = {};
    this.state.ips = {};
    this.state.securityGroups = {};
    this.save();
  }

  async endAllProcesses(): Promise<void> {
    const ids = Object.keys(this.state.servers);
    await Promise.all(ids.map(id => endServerProcesses(id, machineRoot(this.#cloudDir, id))));
  }

  inventory(): CloudInventory {
    this.settle();
    const nowMs = this.nowMs();
    return {
      nowMs,
      daemonPid: process.pid,
      profile: this.state.profile,
      servers: visibleServers(this.state).map(server => ({
        ...viewServer(this.state, server, nowMs),
        billed: server.billedFromMs !== null,
        processIds: serverProcesses(server.id, machineRoot(this.#cloudDir, server.id)),
      })),
      volumes: Object.values(this.state.volumes).map(viewVolume),
      ips: Object.values(this.state.ips),
      securityGroups: Object.values(this.state.securityGroups),
      faults: this.state.faults,
    };
  }

  close(): void {
    clearTimeout(this.#timer);
    this.#ports.close();
    this.save();
  }

  #addFaults(faults: readonly FaultSpec[], source: 'scenario' | 'control'): void {
    this.state.faults.push(...faults.map(fault => ({...fault, id: randomUUID(), source, seen: 0, fired: 0})));
  }

  #detachMs(server: ServerRecord): number {
    return drawLatencyMs(this.state, 'detach') + server.detachDelayMs;
  }

  #makeMachines(): void {
    for (const id of Object.keys(this.state.servers)) {
      if (!existsSync(machineRoot(this.#cloudDir, id))) makeMachine(this.#cloudDir, id, this.state.scenario.engineArgs);
    }
  }

  /** What is being switched off must lose its processes before it counts as off; a restarted daemon takes up the task. */
  #endProcesses(): void {
    for (const server of Object.values(this.state.servers)) {
      const isEnding = server.vanished || server.state === 'stopping' || server.state === 'terminating';
      if (!isEnding || server.processesEnded || this.#endings.has(server.id)) continue;
      const ending = endServerProcesses(server.id, machineRoot(this.#cloudDir, server.id)).then(() => {
        this.#endings.delete(server.id);
        server.processesEnded = true;
        this.save();
        this.settle();
      });
      this.#endings.set(server.id, ending);
    }
  }

  async #reservePorts(): Promise<{openaiPort: number; agentPort: number}> {
    const taking = this.#portQueue.then(async () => {
      const used = Object.values(this.state.servers).flatMap(server => [server.openaiPort, server.agentPort]);
      const pair = await this.#ports.takePair(new Set([...this.#reservedPorts, ...used]));
      for (const port of Object.values(pair)) this.#reservedPorts.add(port);
      return pair;
    });
    this.#portQueue = taking.catch(() => {});
    return taking;
  }

  #armTimer(): void {
    clearTimeout(this.#timer);
    const deadlineMs = nextDeadlineMs(this.state);
    if (deadlineMs === null) return;
    const waitMs = Math.min(Math.max(1, deadlineMs - this.nowMs()), timerMsMax);
    this.#timer = setTimeout(() => this.settle(), waitMs);
  }
}

function digest(value: unknown): string {
  return createHash('sha256').update(JSON.stringify(value)).digest('hex');
}
