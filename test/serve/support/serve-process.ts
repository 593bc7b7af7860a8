import {type ChildProcess, fork} from 'node:child_process';
import {once} from 'node:events';
import {mkdtempSync, rmSync} from 'node:fs';
import {request} from 'node:http';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {openSqliteStore} from '../../../src/adapters/store/open-sqlite-store.ts';
import {randomIds} from '../../../src/adapters/system/random-ids.ts';
import {systemClock} from '../../../src/adapters/system/system-clock.ts';
import type {UsageRecord} from '../../../src/core/finops/usage.ts';
import type {Rates} from '../../../src/core/limits/rate-limit.ts';
import type {OrgScope} from '../../../src/core/tenancy/org-scope.ts';
import type {Store} from '../../../src/ports/store.ts';

const program = join(import.meta.dirname, '../../bench/proxy/inventiv-server.ts');

/** `serve` as a process of its own, in a directory that survives its end and goes with this object. */
export class ServeProcess implements AsyncDisposable {
  readonly directory = mkdtempSync(join(tmpdir(), 'inventiv-serve-process-'));
  url = '';
  key = '';
  adminPort = 0;
  private child: ChildProcess | null = null;

  static async start(upstreamUrl: string, workers: number): Promise<ServeProcess> {
    const started = new ServeProcess();
    const child = fork(program, [started.directory, new URL(upstreamUrl).port, String(workers)], {
      stdio: ['ignore', 'inherit', 'pipe', 'ipc'],
    });
    child.stderr?.resume();
    started.child = child;
    const [message] = await Promise.race([once(child, 'message'), once(child, 'exit').then(() => [null])]);
    if (message === null) throw new Error('the server did not start');
    const {port, key, adminPort} = message as {port: number; key: string; adminPort: number};
    started.url = `http://127.0.0.1:${port}`;
    started.key = key;
    started.adminPort = adminPort;
    return started;
  }

  post(path: string, body: object, headers: Record<string, string> = {}): Promise<Response> {
    return fetch(`${this.url}${path}`, {
      method: 'POST',
      headers: {authorization: `Bearer ${this.key}`, 'content-type': 'application/json', ...headers},
      body: JSON.stringify(body),
    });
  }

  /** True when the answer came to its end. */
  async postOnNewConnection(path: string, body: object): Promise<boolean> {
    return await new Promise(resolve => {
      const headers = {authorization: `Bearer ${this.key}`, 'content-type': 'application/json'};
      const sent = request(`${this.url}${path}`, {method: 'POST', headers, agent: false}, answer => {
        answer.resume().once('close', () => resolve(answer.complete));
      });
      sent.once('error', () => resolve(false)).end(JSON.stringify(body));
    });
  }

  async admin(path: string): Promise<Response> {
    return await fetch(`http://127.0.0.1:${this.adminPort}${path}`);
  }

  /** Ends it (SIGTERM drains) and resolves when it is gone. */
  async stop(signal: NodeJS.Signals = 'SIGTERM'): Promise<void> {
    const {child} = this;
    this.child = null;
    if (child === null || child.exitCode !== null || child.signalCode !== null) return;
    const ended = once(child, 'exit');
    child.kill(signal);
    await ended;
  }

  /** The ledger; to be read when nothing serves any more. */
  usage(): Promise<readonly UsageRecord[]> {
    return this.withStore((store, scope) => store.usage.list(scope, {limit: 5000}));
  }

  /** The organization's rate limit, set from another process, as people do. */
  async limit(rates: Partial<Rates>): Promise<void> {
    const none = {keyId: null, modelHfId: null, requestsPerMinute: null, tokensPerMinute: null, concurrency: null};
    await this.withStore(async (store, scope) => {
      await store.rateLimits.remove(scope, none);
      await store.rateLimits.put(scope, {id: `rlm_${performance.now()}`, ...none, ...rates});
    });
  }

  private async withStore<T>(use: (store: Store, scope: OrgScope) => Promise<T>): Promise<T> {
    const clock = systemClock();
    const store = await openSqliteStore({
      path: join(this.directory, 'inventiv.db'),
      migrationsDir: join(import.meta.dirname, '../../../migrations'),
      clock,
      ids: randomIds(clock),
    });
    try {
      const {organization} = await store.organizations.ensureDefault({userName: 'operator'});
      return await use(store, {organizationId: organization.id});
    } finally {
      await store[Symbol.asyncDispose]();
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop('SIGKILL');
    rmSync(this.directory, {recursive: true, force: true});
  }
}
