import {createHash} from 'node:crypto';
import {mkdtemp, rm} from 'node:fs/promises';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {openSqliteStore} from '../../../src/adapters/store/open-sqlite-store.ts';
import {randomIds} from '../../../src/adapters/system/random-ids.ts';
import {systemClock} from '../../../src/adapters/system/system-clock.ts';
import {openStreamPool} from '../../../src/adapters/worker/stream-pool/open-stream-pool.ts';
import type {UsageRecord} from '../../../src/core/finops/usage.ts';
import type {Instance} from '../../../src/core/instance/instance.ts';
import type {ApiKey} from '../../../src/core/tenancy/api-key.ts';
import type {OrgScope} from '../../../src/core/tenancy/org-scope.ts';
import type {SecretBox, SecretHasher} from '../../../src/ports/secrets.ts';
import type {Store} from '../../../src/ports/store.ts';
import type {LogFields, ServeLog} from '../../../src/serve/log.ts';
import type {RunningServer, ServeDeps, ServeOptions} from '../../../src/serve/server.ts';
import {startServer} from '../../../src/serve/server.ts';
import {aKey, anInstance, aSpec} from '../../contract/store/rows.ts';
import {servedModel} from './scripted-upstream.ts';

export const secret = 'inv-test-secret-0000000000000000000000000000';
export const workerKey = 'worker-key-0000';

export const hasher: SecretHasher = {hash: text => createHash('sha256').update(text).digest('hex')};
export const secretBox: SecretBox = {
  seal: (text, context) => `${context}|${text}`,
  open: (sealed, context) => {
    const [bound, text] = sealed.split('|');
    if (bound !== context || text === undefined) throw new Error('sealed for another context');
    return text;
  },
};

/** A real store in a directory of its own, and servers on it; everything is closed and deleted at the end. */
export class ServeBench implements AsyncDisposable {
  readonly store: Store;
  readonly scope: OrgScope;
  readonly userId: string;
  readonly directory: string;
  readonly logged: {event: string; fields: LogFields}[] = [];
  readonly clock = systemClock();
  readonly ids = randomIds(this.clock);
  private readonly servers: RunningServer[] = [];

  private constructor(parts: {store: Store; scope: OrgScope; userId: string; directory: string}) {
    this.store = parts.store;
    this.scope = parts.scope;
    this.userId = parts.userId;
    this.directory = parts.directory;
  }

  static async open(parent = tmpdir()): Promise<ServeBench> {
    const directory = await mkdtemp(join(parent, 'inventiv-serve-'));
    const clock = systemClock();
    const store = await openSqliteStore({
      path: join(directory, 'inventiv.db'),
      migrationsDir: join(import.meta.dirname, '../../../migrations'),
      clock,
      ids: randomIds(clock),
    });
    const {organization, user} = await store.organizations.ensureDefault({userName: 'operator'});
    return new ServeBench({store, scope: {organizationId: organization.id}, userId: user.id, directory});
  }

  async addKey(overrides: Partial<ApiKey> = {}, keySecret = secret): Promise<ApiKey> {
    const key = aKey(this.rowSource(), {hash: hasher.hash(keySecret), ...overrides});
    await this.store.keys.create(this.scope, key);
    return key;
  }

  async addWorker(openaiUrl: string | null, overrides: Partial<Instance> = {}): Promise<Instance> {
    const id = this.ids.next('instance');
    const instance = anInstance(this.rowSource(), {
      id,
      name: `worker-${id.slice(-6)}`,
      state: 'ready',
      spec: aSpec({modelHfId: servedModel, servedModelName: servedModel, maxModelLen: 16_384}),
      endpoint: openaiUrl === null ? null : {openaiUrl, agentUrl: openaiUrl, tlsFingerprint: null},
      workerKeySealed: secretBox.seal(workerKey, `worker-key:${id}`),
      ...overrides,
    });
    return this.store.instances.create({instance, resources: [], actions: [], reason: 'test'});
  }

  async serve(
    options: Partial<ServeOptions> = {},
    deps: Partial<ServeDeps> = {},
  ): Promise<RunningServer & {url: string}> {
    const server = await startServer(
      {
        store: this.store,
        clock: this.clock,
        ids: this.ids,
        hasher,
        secretBox,
        openPool: openStreamPool,
        loops: [],
        log: this.log(),
        ...deps,
      },
      {host: '127.0.0.1', port: 0, adminPort: 0, version: '0.0.0-test', stateDir: this.directory, ...options},
    );
    this.servers.push(server);
    return {...server, url: `http://127.0.0.1:${server.address.port}`};
  }

  log(): ServeLog {
    const write = (event: string, fields: LogFields = {}) => void this.logged.push({event, fields});
    return {info: write, warn: write, error: write};
  }

  /** The metrics page of the server started last. */
  async metrics(): Promise<string> {
    const admin = this.servers.at(-1)?.adminAddress;
    return (await fetch(`http://${admin?.host}:${admin?.port}/metrics`)).text();
  }

  /** Everything in the ledger, once this many records are there. */
  usage(count: number): Promise<readonly UsageRecord[]> {
    return this.eventually(async () => {
      const records = await this.store.usage.list(this.scope, {limit: 5000});
      return records.length >= count ? records : null;
    });
  }

  /** Asks again until there is an answer: for what another part of the system does in its own time. */
  async eventually<T>(attempt: () => Promise<T | null>): Promise<T> {
    for (let left = 200; left > 0; left--) {
      const value = await attempt();
      if (value !== null) return value;
      await this.clock.sleep(25);
    }

    throw new Error('it never came');
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all(this.servers.map(server => server.close()));
    await this.store[Symbol.asyncDispose]();
    await rm(this.directory, {recursive: true, force: true});
  }

  rowSource() {
    return {clock: this.clock, ids: this.ids, scope: this.scope, userId: this.userId};
  }
}

export function postChat(
  url: string,
  body: object | string,
  headers: Record<string, string> = {},
  signal?: AbortSignal,
) {
  return post(`${url}/v1/chat/completions`, body, headers, signal);
}

export function post(
  url: string,
  body: object | string,
  headers: Record<string, string> = {},
  signal?: AbortSignal,
): Promise<Response> {
  return fetch(url, {
    method: 'POST',
    headers: {authorization: `Bearer ${secret}`, 'content-type': 'application/json', ...headers},
    body: typeof body === 'string' ? body : JSON.stringify(body),
    ...(signal === undefined ? {} : {signal}),
  });
}

export const chatBody = {model: servedModel, messages: [{role: 'user', content: 'The capital of France?'}]};
