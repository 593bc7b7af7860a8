import {mkdtempSync, rmSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import type {FastifyInstance} from 'fastify';
import type {UsageRecord} from '../../core/finops/usage.ts';
import type {EndedPage, EndedQuery} from '../../core/routing/ended-requests.ts';
import type {RequestTrace} from '../../core/routing/request-trace.ts';
import type {EpochMs} from '../../core/time.ts';
import type {ApiKeyStore} from '../../ports/store.ts';
import type {UsageStore} from '../../ports/usage.ts';
import type {AdmissionRequest} from '../admission/gate.ts';
import type {GateChain} from '../admission/gate-chain.ts';
import type {LogFields, ServeLog} from '../log.ts';
import type {MetricsJson} from '../metrics.ts';
import type {SnapshotKeeper} from '../snapshot/keeper.ts';
import type {UsageRecorder} from '../usage/recorder.ts';
import {AdmissionDesk} from './admission-desk.ts';
import type {FleetParts} from './fleet.ts';
import {Fleet} from './fleet.ts';
import {toPrimary} from './messages.ts';
import type {GrantEnd} from './remote-admission.ts';

/**
 * The primary's side of `serve --workers`: pushes snapshots, writes the usage that comes back, takes over the journal of a
 * process that crashed, and answers on a private socket what only the store can answer.
 */
export class DataPlanes {
  private readonly fleet: Fleet;
  private readonly keeper: SnapshotKeeper;
  private readonly socketDir = mkdtempSync(join(tmpdir(), 'inventiv-serve-'));

  constructor(parts: {
    count: number;
    program: FleetParts['program'];
    start: Omit<FleetParts['start'], 'controlSocket'>;
    ledger: Pick<UsageStore, 'appendBatch'>;
    keys: Pick<ApiKeyStore, 'recordLastUsed'>;
    keeper: SnapshotKeeper;
    usage: UsageRecorder;
    gates: GateChain;
    log: ServeLog;
  }) {
    const {count, program, start, ledger, keys, keeper, usage, gates, log} = parts;
    const desk = new AdmissionDesk(gates);
    this.keeper = keeper;
    this.fleet = new Fleet({
      ...{count, program, log},
      start: {...start, controlSocket: this.socketPath},
      rows: () => keeper.currentRows,
      calls: processId => ({
        [toPrimary.usage]: payload => ledger.appendBatch(payload as readonly UsageRecord[]),
        [toPrimary.keysUsed]: payload => keys.recordLastUsed(payload as readonly {keyId: string; atMs: EpochMs}[]),
        [toPrimary.refresh]: () => keeper.catchUp(),
        [toPrimary.admit]: payload => desk.admit(processId, payload as readonly AdmissionRequest[]),
        [toPrimary.grantsEnded]: payload => desk.ended(payload as readonly GrantEnd[]),
        [toPrimary.log]: payload => {
          const {level, event, fields} = payload as {level: keyof ServeLog; event: string; fields: LogFields};
          log[level](event, fields);
        },
      }),
      onCrash: processId => {
        const adopting = usage.adoptOrphans(left =>
          desk.ended(left.map(record => ({requestId: record.requestId, record}))),
        );
        desk.processDied(processId);
        return adopting;
      },
    });
  }

  /** `control`: the whole client port, for the processes alone. Resolves with the address that they listen on. */
  async start(control: FastifyInstance): Promise<{readonly host: string; readonly port: number}> {
    await control.listen({path: this.socketPath});
    this.keeper.onRows = rows => this.fleet.push(rows);
    return await this.fleet.start();
  }

  metrics(): Promise<readonly MetricsJson[]> {
    return this.fleet.metrics();
  }

  recent({limit}: {limit: number}): Promise<readonly RequestTrace[]> {
    return this.fleet.recentRequests(limit);
  }

  ended(query: EndedQuery): Promise<EndedPage> {
    return this.fleet.endedRequests(query);
  }

  find(id: string): Promise<RequestTrace | null> {
    return this.fleet.findRequest(id);
  }

  async stop(): Promise<void> {
    this.keeper.onRows = () => {};
    await this.fleet.stop();
    rmSync(this.socketDir, {recursive: true, force: true});
  }

  private get socketPath(): string {
    return join(this.socketDir, 'control.sock');
  }
}
