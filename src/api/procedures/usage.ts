import {implement} from '@orpc/server';
import {findKey} from '../../app/api-keys.ts';
import {findInstance} from '../../app/change-instance.ts';
import {findMember} from '../../app/find-member.ts';
import {findAnyModel} from '../../app/find-model.ts';
import {correctUsage} from '../../app/usage/correct-usage.ts';
import {reconcileUsage} from '../../app/usage/reconcile-usage.ts';
import type {UsageFilter, UsageGroup, UsageRecord} from '../../core/finops/usage.ts';
import {defaultStep, seriesPeriod} from '../../core/finops/usage-series.ts';
import type {OrgScope} from '../../core/tenancy/org-scope.ts';
import {isoTime} from '../../core/time.ts';
import type {UsageCursor} from '../../ports/usage-reports.ts';
import {type ApiContext, type ApiTools, actorOf, checkPermission} from '../context.ts';
import {usageContract} from '../contract/usage.ts';

const api = implement(usageContract).$context<ApiContext>().use(checkPermission);

const listLimit = 1000;
const exportPageSize = 1000;

export const usage = {
  series: api.series.handler(async ({input, context: {tools, caller}}) => {
    const {scope} = caller;
    const untilMs = input.untilMs ?? tools.clock.nowMs();
    const step = input.step ?? defaultStep({fromMs: input.fromMs, untilMs});
    const by = input.by ?? null;
    const period = seriesPeriod({fromMs: input.fromMs, untilMs}, step);
    const filter = {...(await filterOf(tools, scope, input)), ...period};
    const points = await tools.store.usageReports.series(scope, filter, {step, by});
    const nameOf = by === null ? String : await groupNames(tools, scope, by);
    return {
      ...{from: isoTime(period.fromMs), until: isoTime(period.untilMs), step, by},
      points: points.map(({atMs, id, ...sums}) => ({
        ...{at: isoTime(atMs), id, name: id === null ? 'none' : nameOf(id)},
        ...sums,
      })),
    };
  }),

  export: api.export.handler(async function* ({input, context: {tools, caller}, signal}) {
    // What comes in while it is read is the next export's.
    const filter = {untilMs: tools.clock.nowMs(), ...(await filterOf(tools, caller.scope, input))};
    let after: UsageCursor | null = null;
    for (let isMore = true; isMore && signal?.aborted !== true; ) {
      const page: readonly UsageRecord[] = await tools.store.usageReports.page(caller.scope, filter, {
        after,
        limit: exportPageSize,
      });
      if (page.length > 0) yield [...page];
      after = page.at(-1) ?? null;
      isMore = page.length === exportPageSize;
    }
  }),

  reconcile: api.reconcile.handler(async ({input, context: {tools, caller}, signal}) => {
    const {scope} = caller;
    const instances =
      input.instance === undefined
        ? (await tools.instances.listByState(['ready'], listLimit)).filter(
            ({organizationId}) => organizationId === scope.organizationId,
          )
        : [await findInstance(tools.instances, scope, input.instance)];
    const giveUp = signal ?? new AbortController().signal;
    const drifts = await Promise.all(instances.map(instance => reconcileUsage(tools, instance, giveUp)));
    return drifts.map(({sampledAtMs, ...drift}) => ({
      ...drift,
      sampledAt: sampledAtMs === null ? null : isoTime(sampledAtMs),
    }));
  }),
  totals: api.totals.handler(async ({input, context: {tools, caller}}) => {
    return tools.usage.totals(caller.scope, await filterOf(tools, caller.scope, input));
  }),

  totalsBy: api.totalsBy.handler(async ({input, context: {tools, caller}}) => {
    const {scope} = caller;
    const groups = await tools.usage.totalsBy(scope, input.by, await filterOf(tools, scope, input));
    const nameOf = await groupNames(tools, scope, input.by);
    return groups.map(({id, totals}) => ({id, name: id === null ? 'none' : nameOf(id), totals}));
  }),

  correct: api.correct.handler(async ({input: {request, toNanos, reason}, context}) => {
    const {usage: ledger} = context.tools;
    const {scope} = context.caller;
    const made = await correctUsage(context.tools, actorOf(context), {requestId: request, toNanos, reason});
    const line = await ledger.find(scope, request);
    const corrections = await ledger.corrections(scope, request);
    return {
      requestId: request,
      billedNanos: line?.amountNanos ?? 0,
      amountNanos: toNanos,
      isNew: made !== null,
      corrections: corrections.map(({id, amountNanos, reason: why, correctedBy, correctedAtMs}) => ({
        ...{id, amountNanos, reason: why, by: correctedBy, at: isoTime(correctedAtMs)},
      })),
    };
  }),
};

interface UsageQuestion {
  readonly fromMs?: number | undefined;
  readonly untilMs?: number | undefined;
  readonly key?: string | undefined;
  readonly model?: string | undefined;
  readonly instance?: string | undefined;
  readonly user?: string | undefined;
}

async function filterOf(tools: ApiTools, scope: OrgScope, asked: UsageQuestion): Promise<UsageFilter> {
  const {fromMs, untilMs, key, model, instance, user} = asked;
  return {
    ...(fromMs === undefined ? {} : {fromMs}),
    ...(untilMs === undefined ? {} : {untilMs}),
    ...(key === undefined ? {} : {keyId: (await findKey(tools.keys, scope, key)).id}),
    ...(model === undefined ? {} : {modelHfId: (await findAnyModel(tools.models, scope, model)).hfId}),
    ...(instance === undefined ? {} : {instanceId: (await findInstance(tools.instances, scope, instance)).id}),
    ...(user === undefined ? {} : {userId: (await findMember(tools.store.organizations, scope, user)).id}),
  };
}

/** What people call the groups; what has no name, or none any more, goes by its id. */
async function groupNames(tools: ApiTools, scope: OrgScope, by: UsageGroup): Promise<(id: string) => string> {
  const named = await namedThings(tools, scope, by);
  const names = new Map(named.map(({id, name}) => [id, name]));
  return id => names.get(id) ?? id;
}

async function namedThings(
  tools: ApiTools,
  scope: OrgScope,
  by: UsageGroup,
): Promise<readonly {readonly id: string; readonly name: string}[]> {
  switch (by) {
    case 'key':
      return tools.keys.list(scope, {includeRevoked: true});
    case 'instance':
      return tools.instances.list(scope, {includeGone: true, includeArchived: true});
    case 'user':
      return tools.store.organizations.members(scope);
    case 'organization':
      return (await tools.store.organizations.list()).filter(({id}) => id === scope.organizationId);
    case 'model':
      return [];
    default:
      return by satisfies never;
  }
}
