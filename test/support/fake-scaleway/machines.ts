import {type ChildProcess, spawn} from 'node:child_process';
import {once} from 'node:events';
import {mkdtempSync, rmSync, writeFileSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {createInterface} from 'node:readline';
import type {ServerRecord} from './records.ts';
import type {World} from './world.ts';

/** What a machine is told when its server gets power. */
export interface MachineRequest {
  readonly serverId: string;
  readonly name: string;
  readonly zone: string;
  readonly commercialType: string;
  /** Public keys of the project that are enabled at this moment, as the real first boot finds them. */
  readonly authorizedKeys: readonly string[];
  /** `cloud-init` of the user data, when there is one. */
  readonly cloudInit: string | null;
}

/** A real machine behind a server: its address is what the API then tells. */
export interface Machine {
  readonly address: string;
  stop(): Promise<void>;
}

export type StartMachine = (request: MachineRequest) => Promise<Machine>;

interface Running {
  readonly machine: Promise<Machine | null>;
  address: string | null;
  readonly whenUp: (() => void)[];
}

/** The real machines of the powered servers; none when nothing was given to start them. */
export class Machines {
  readonly #start: StartMachine | null;
  readonly #running = new Map<string, Running>();
  readonly #stopping = new Set<Promise<void>>();

  constructor(start: StartMachine | null) {
    this.#start = start;
  }

  /** Gets power. Starting takes real time, whatever the clock of the account says. */
  powerOn(world: World, server: ServerRecord): void {
    if (this.#start === null) return;
    const running: Running = {
      machine: this.#start(requestOf(world, server)).then(
        machine => {
          running.address = machine.address;
          for (const tell of running.whenUp.splice(0)) tell();
          return machine;
        },
        error => {
          process.stderr.write(`fake Scaleway API: no machine for ${server.name}: ${String(error)}\n`);
          return null;
        },
      ),
      address: null,
      whenUp: [],
    };
    this.#running.set(server.id, running);
  }

  powerOff(serverId: string): void {
    const running = this.#running.get(serverId);
    if (running === undefined) return;
    this.#running.delete(serverId);
    const stopping = running.machine.then(machine => machine?.stop()).finally(() => this.#stopping.delete(stopping));
    this.#stopping.add(stopping);
  }

  /** Calls back when the server's address is known: at once where there is no machine or it is up. */
  whenUp(serverId: string, tell: () => void): void {
    const running = this.#running.get(serverId);
    if (running === undefined || running.address !== null) tell();
    else running.whenUp.push(tell);
  }

  addressOf(serverId: string | null): string | null {
    return this.#running.get(serverId ?? '')?.address ?? null;
  }

  /** Server id -> address of its machine, null while it starts. */
  list(): Record<string, string | null> {
    return Object.fromEntries([...this.#running].map(([id, {address}]) => [id, address]));
  }

  async close(): Promise<void> {
    for (const id of [...this.#running.keys()]) this.powerOff(id);
    await Promise.all(this.#stopping);
  }
}

const addressTimeoutMs = 60_000;

/**
 * A shell command that runs a machine: started with SERVER_ID, SERVER_NAME, SERVER_ZONE, SERVER_TYPE, AUTHORIZED_KEYS and
 * CLOUD_INIT (paths of files) in its environment; the first line it prints is the address; SIGTERM ends it.
 */
export function machineCommand(command: string): StartMachine {
  return async request => {
    const directory = mkdtempSync(join(tmpdir(), 'fake-scaleway-machine-'));
    const keys = join(directory, 'authorized_keys');
    const cloudInit = join(directory, 'cloud-init');
    writeFileSync(keys, request.authorizedKeys.map(key => `${key}\n`).join(''));
    writeFileSync(cloudInit, request.cloudInit ?? '');
    const child = spawn('sh', ['-c', command], {
      stdio: ['ignore', 'pipe', 'inherit'],
      // A group of its own: the shell and what it runs end together.
      detached: true,
      env: {
        ...process.env,
        SERVER_ID: request.serverId,
        SERVER_NAME: request.name,
        SERVER_ZONE: request.zone,
        SERVER_TYPE: request.commercialType,
        AUTHORIZED_KEYS: keys,
        CLOUD_INIT: cloudInit,
      },
    });
    const stop = async (): Promise<void> => {
      await ended(child);
      rmSync(directory, {recursive: true, force: true});
    };
    try {
      return {address: await firstLine(child), stop};
    } catch (error) {
      await stop();
      throw error;
    }
  };
}

async function firstLine(child: ChildProcess): Promise<string> {
  if (child.stdout === null) throw new Error('the command has no output');
  const lines = createInterface({input: child.stdout});
  const line = await Promise.race([
    once(lines, 'line', {signal: AbortSignal.timeout(addressTimeoutMs)}).then(([text]) => String(text).trim()),
    once(child, 'exit').then(([code]) => {
      throw new Error(`the command ended with ${code} before it told an address`);
    }),
  ]);
  lines.on('line', () => undefined);
  return line;
}

async function ended(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const exited = once(child, 'exit');
  if (child.pid !== undefined) process.kill(-child.pid, 'SIGTERM');
  await exited;
}

function requestOf(world: World, server: ServerRecord): MachineRequest {
  return {
    serverId: server.id,
    name: server.name,
    zone: server.zone,
    commercialType: server.commercialType,
    authorizedKeys: [...world.sshKeys.values()]
      .filter(key => key.project === server.project && !key.disabled)
      .map(key => key.publicKey),
    cloudInit: server.userData.get('cloud-init')?.toString('utf8') ?? null,
  };
}
