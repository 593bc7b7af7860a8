import {InventivError} from '../../core/errors.ts';
import type {ActionMetadata} from '../../core/instance/action.ts';
import type {ProviderName} from '../../core/instance/instance.ts';
import type {Resource, ResourceKind} from '../../core/instance/resource.ts';
import type {StartMark} from '../../core/instance/start-mark.ts';
import type {AgentSource} from '../../ports/agent-source.ts';
import type {Clock} from '../../ports/clock.ts';
import type {Ids} from '../../ports/ids.ts';
import type {InstanceChange, InstanceFile} from '../../ports/instances.ts';
import type {CallContext, CloudProvider} from '../../ports/provider.ts';
import type {SecretBox, SecretHasher} from '../../ports/secrets.ts';
import type {ShellOpener} from '../../ports/shell.ts';
import type {WorkerClient} from '../../ports/worker.ts';
import type {WorkerStore} from '../../ports/workers.ts';

/** What the steps act through. */
export interface StepTools {
  readonly clock: Clock;
  readonly ids: Ids;
  readonly provider: CloudProvider;
  readonly shell: ShellOpener;
  readonly worker: WorkerClient;
  readonly secretBox: SecretBox;
  readonly hasher: SecretHasher;
  readonly workers: Pick<WorkerStore, 'saveEnrolment'>;
  /** Where workers send heartbeats; null when there is no such place. */
  readonly controlPlaneUrl: string | null;
  readonly agentSource: AgentSource;
  /** The command that takes the place of `vllm` on machines of this provider when the instance names none. */
  readonly defaultEngineCommand: (provider: ProviderName) => readonly string[];
  readonly machineKind: (provider: ProviderName) => MachineKind;
  readonly hub: ModelHub;
}

/**
 * What the machines of a provider are: processes of this computer (`simulated`), made for one instance and deleted with it
 * (`rented`), or somebody's own, where nothing but what we brought may be touched (`owned`).
 */
export type MachineKind = 'simulated' | 'rented' | 'owned';

/** Where machines fetch models. */
export interface ModelHub {
  /** Without a slash at its end. */
  readUrl(): string;
  /** Read anew for every installation; null: only open models. */
  readToken(): Promise<string | null>;
}

/** A change of the instance at hand: whose it is and who makes it is known. */
export type RecordedChange = Omit<InstanceChange, 'instanceId' | 'correlationId' | 'leaseOwner'>;

/** One run of one step. `record` stores a change of this instance under the driver's lease and returns the file as it is then. */
export interface StepRun {
  readonly file: InstanceFile;
  readonly call: CallContext;
  readonly record: (change: RecordedChange) => Promise<InstanceFile>;
}

export type StepOutcome =
  | {
      readonly kind: 'done';
      readonly metadata?: ActionMetadata;
      /** Stored together with the action's success. */
      readonly change?: Pick<InstanceChange, 'actions' | 'resources' | 'fields'>;
    }
  /** Not yet: ask again after this time. The activity is shown to people. */
  | {
      readonly kind: 'wait';
      readonly afterMs: number;
      readonly activity?: string;
      /** How far the start is; one that advances gets more time. */
      readonly mark?: StartMark;
    };

/** Asks what is done, then does at most one thing; safe to run again at any time, also after a crash in the middle. */
export type Step = (tools: StepTools, run: StepRun) => Promise<StepOutcome>;

export function wait(afterMs: number, activity?: string, mark?: StartMark): StepOutcome {
  return {kind: 'wait', afterMs, ...(activity !== undefined && {activity}), ...(mark !== undefined && {mark})};
}

/** The one of the present attempt: those at places that were moved away from are deleted before the next is planned. */
export function resourceOf(file: InstanceFile, kind: ResourceKind): Resource {
  const rows = file.resources.filter(candidate => candidate.kind === kind);
  const resource = rows.findLast(row => row.status !== 'deleted') ?? rows.at(-1);
  if (resource === undefined) {
    throw new InventivError('unexpected', `Instance ${file.instance.id} has no ${kind} row.`, {
      hint: 'Run "inventiv db check".',
    });
  }

  return resource;
}

/** The provider's id of a resource that an earlier step has made. */
export function providerIdOf(file: InstanceFile, kind: ResourceKind): string {
  const {providerId, name} = resourceOf(file, kind);
  if (providerId === null) {
    throw new InventivError('unexpected', `The ${kind} "${name}" has no provider id yet.`, {retryable: true});
  }

  return providerId;
}
