import type {TokenPrice} from '../../core/finops/token-price.ts';
import type {Instance} from '../../core/instance/instance.ts';
import type {InstanceState} from '../../core/instance/state.ts';
import type {LimitScope, ScopeIndex} from '../../core/limits/scope.ts';
import {indexScopes} from '../../core/limits/scope.ts';
import type {CurrentPrompt, PromptSubject} from '../../core/prompts/prompt.ts';
import type {ApiKey} from '../../core/tenancy/api-key.ts';
import type {WorkerHandle} from './worker-handle.ts';

/**
 * What the data plane knows, built whole from the store and swapped in one assignment. Nothing between the first and the
 * last byte of a request asks the database.
 */
export interface Snapshot {
  readonly keysByHash: ReadonlyMap<string, ApiKey>;
  /** By organization, then by any name a client may use for the model. */
  readonly routes: ReadonlyMap<string, ReadonlyMap<string, ModelRoute>>;
  readonly instancesByState: ReadonlyMap<InstanceState, number>;
  /** By organization, then by whose (`promptKey`). */
  readonly prompts: ReadonlyMap<string, ReadonlyMap<string, CurrentPrompt>>;
  /** Whose requests have to be admitted; the others need not ask. */
  readonly limited: ScopeIndex<LimitScope>;
}

export interface ModelRoute {
  readonly modelHfId: string;
  /** The name in `/v1/models`. */
  readonly publicName: string;
  /** The longest context among its workers; null when none was set. */
  readonly maxModelLen: number | null;
  readonly createdAtMs: number;
  readonly workers: readonly WorkerHandle[];
  /** In force, and to come. */
  readonly prices: readonly TokenPrice[];
  /** An instance of this model that does not serve, for an honest answer when no other does. */
  readonly waiting: {readonly name: string; readonly state: InstanceState} | null;
}

export interface SnapshotSource {
  readonly keys: readonly ApiKey[];
  readonly instances: readonly Instance[];
  readonly prices: readonly TokenPrice[];
  readonly prompts: readonly CurrentPrompt[];
  /** Whose requests any gate of admission may refuse. */
  readonly limitScopes: readonly LimitScope[];
}

export const emptySnapshot: Snapshot = {
  keysByHash: new Map(),
  routes: new Map(),
  instancesByState: new Map(),
  prompts: new Map(),
  limited: indexScopes([]),
};

export function buildSnapshot(
  {keys, instances, prices, prompts, limitScopes}: SnapshotSource,
  workers: ReadonlyMap<string, WorkerHandle>,
): Snapshot {
  const instancesByState = new Map<InstanceState, number>();
  for (const {state} of instances) instancesByState.set(state, (instancesByState.get(state) ?? 0) + 1);
  return {
    keysByHash: indexKeys(keys),
    routes: buildRoutes({instances, prices}, workers),
    instancesByState,
    prompts: indexPrompts(prompts),
    limited: indexScopes(limitScopes),
  };
}

export function promptKey({level, subject}: PromptSubject): string {
  return `${level}/${subject}`;
}

function indexPrompts(prompts: readonly CurrentPrompt[]): Snapshot['prompts'] {
  const byOrganization = Map.groupBy(prompts, ({organizationId}) => organizationId);
  return new Map(
    Array.from(byOrganization, ([id, own]) => [id, new Map(own.map(prompt => [promptKey(prompt), prompt]))]),
  );
}

function indexKeys(keys: readonly ApiKey[]): Map<string, ApiKey> {
  const byHash = new Map<string, ApiKey>();
  for (const key of keys) {
    byHash.set(key.hash, key);
    if (key.previousHash !== null) byHash.set(key.previousHash, key);
  }

  return byHash;
}

function buildRoutes(
  {instances, prices}: Pick<SnapshotSource, 'instances' | 'prices'>,
  workers: ReadonlyMap<string, WorkerHandle>,
): Snapshot['routes'] {
  const pricesOf = Map.groupBy(prices, ({organizationId, modelHfId}) => `${organizationId} ${modelHfId}`);
  const routes = new Map<string, Map<string, ModelRoute>>();
  for (const [organizationId, owned] of Map.groupBy(instances, instance => instance.organizationId)) {
    const byName = new Map<string, ModelRoute>();
    for (const [modelHfId, same] of Map.groupBy(owned, instance => instance.spec.modelHfId)) {
      const route = buildRoute(modelHfId, same, workers, pricesOf.get(`${organizationId} ${modelHfId}`) ?? []);
      // A served name never hides another model's own id, which is set last.
      for (const {spec} of same) if (!byName.has(spec.servedModelName)) byName.set(spec.servedModelName, route);
    }

    for (const route of [...byName.values()]) byName.set(route.modelHfId, route);
    routes.set(organizationId, byName);
  }

  return routes;
}

function buildRoute(
  modelHfId: string,
  instances: readonly Instance[],
  workers: ReadonlyMap<string, WorkerHandle>,
  prices: readonly TokenPrice[],
): ModelRoute {
  const serving = instances.flatMap(instance => workers.get(instance.id) ?? []);
  const lengths = instances.flatMap(({spec}) => spec.maxModelLen ?? []);
  const waiting = instances.find(({id}) => !workers.has(id));
  return {
    modelHfId,
    publicName: instances[0]?.spec.servedModelName ?? modelHfId,
    maxModelLen: lengths.length === 0 ? null : Math.max(...lengths),
    createdAtMs: Math.min(...instances.map(({createdAtMs}) => createdAtMs)),
    workers: serving.toSorted((a, b) => (a.id < b.id ? -1 : 1)),
    prices,
    waiting: waiting === undefined ? null : {name: waiting.name, state: waiting.state},
  };
}
