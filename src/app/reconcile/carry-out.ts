import {asInventivError} from '../../core/errors.ts';
import type {ResourceKind} from '../../core/instance/resource.ts';
import {type FoundThing, keyOf} from '../../core/reconcile/facts.ts';
import type {Finding} from '../../core/reconcile/finding.ts';
import {markOf} from '../../core/reconcile/ownership.ts';
import type {CarriedFinding} from '../../core/reconcile/totals.ts';
import {atOnce} from './at-once.ts';
import {deleteKnown} from './delete-known.ts';
import {deleteOrphan} from './delete-orphan.ts';
import {thingsOf} from './found-things.ts';
import {type Carried, done, overtaken, type Pass} from './pass.ts';
import {readById} from './read-by-id.ts';
import {adopt, forget} from './repair-row.ts';

/** What hangs on something goes after it. */
const deletionOrder: readonly ResourceKind[] = ['server', 'volume', 'snapshot', 'ip', 'security_group'];

/** Does what the findings say, rows first, then deletions, at most as many as asked for. */
export async function carryOut(pass: Pass, findings: readonly Finding[]): Promise<readonly CarriedFinding[]> {
  const carried = new Map<Finding, Carried>();
  const run = (some: readonly Finding[], act: (finding: Finding) => Promise<Carried>) =>
    atOnce(some, async finding => {
      carried.set(finding, await contained(pass, () => act(finding)));
    });

  await run(
    findings.filter(({kind}) => kind === 'forget'),
    finding => forget(pass, finding),
  );
  await run(
    findings.filter(({kind}) => kind === 'adopt'),
    finding => withThing(pass, finding, thing => adopt(pass, finding, thing)),
  );
  const deletions = findings
    .filter(({kind}) => kind === 'delete')
    .toSorted((left, right) => deletionOrder.indexOf(left.resourceKind) - deletionOrder.indexOf(right.resourceKind));
  const relist = relistOnce(pass);
  for (const kind of deletionOrder) {
    const wave = deletions.slice(0, pass.request.maxDeletes).filter(({resourceKind}) => resourceKind === kind);
    await run(wave, finding => withThing(pass, finding, thing => remove(pass, finding, thing, relist)));
  }
  for (const finding of deletions.slice(pass.request.maxDeletes)) {
    carried.set(finding, {outcome: 'over_limit', error: null});
  }

  return findings.map(finding => ({...finding, ...(carried.get(finding) ?? {outcome: null, error: null})}));
}

/** Looks once more, then deletes. */
async function remove(pass: Pass, finding: Finding, thing: FoundThing, relist: Relist): Promise<Carried> {
  const row = finding.resourceId === null ? undefined : pass.observed.rowsById.get(finding.resourceId);
  const isKnown = row !== undefined;
  const fresh = await lookAgain(pass, thing, isKnown, relist);
  if (fresh === 'changed') return overtaken('it changed hands since it was looked at');
  if (row === undefined) return deleteOrphan(pass, finding, thing);
  const {providerId} = thing;
  const {reason} = finding;
  const {settleUntilMs, tools, provider, request} = pass;
  return deleteKnown(tools, provider, {resource: row.resource, providerId, reason, settleUntilMs}, request.call);
}

/** `changed`: it hangs on something else now, lost the mark by which it was ours, or names another's organization. What is gone is as good as unchanged. */
async function lookAgain(
  {provider, observed, request}: Pass,
  thing: FoundThing,
  isKnown: boolean,
  relist: Relist,
): Promise<'same' | 'changed'> {
  const sought = {...thing, name: thing.name ?? ''};
  const fresh =
    thing.kind === 'server' || thing.kind === 'volume' || thing.kind === 'snapshot'
      ? await readById(provider, sought, observed.prices, request.call)
      : ((await relist(thing.zone)).get(keyOf(thing)) ?? 'absent');
  if (typeof fresh === 'string') return 'same';
  const isElsewhere = fresh.serverId !== null && fresh.serverId !== thing.serverId;
  const [before, now] = [markOf(thing, observed.facts), markOf(fresh, observed.facts)];
  const lostMark = !isKnown && before.organizationId !== null && now.kind !== before.kind;
  return isElsewhere || lostMark || now.kind === 'other' ? 'changed' : 'same';
}

type Relist = (zone: string) => Promise<ReadonlyMap<string, FoundThing>>;

/** Addresses and groups cannot be asked for by id: their zone is listed again, once, whatever their number. */
function relistOnce({provider, request, observed}: Pass): Relist {
  const listings = new Map<string, Promise<ReadonlyMap<string, FoundThing>>>();
  const list = async (zone: string) => {
    const inventory = await provider.listOwned(zone, request.call);
    return new Map(thingsOf(inventory, zone, observed.prices).map(thing => [keyOf(thing), thing]));
  };
  return zone => {
    const known = listings.get(zone) ?? list(zone);
    listings.set(zone, known);
    return known;
  };
}

async function withThing(
  {observed}: Pass,
  {resourceKind, providerId}: Finding,
  act: (thing: FoundThing) => Promise<Carried>,
): Promise<Carried> {
  const thing = observed.things.get(keyOf({kind: resourceKind, providerId: providerId ?? ''}));
  return thing === undefined ? done : act(thing);
}

/** One failure does not keep the others from being done. */
async function contained({request}: Pass, act: () => Promise<Carried>): Promise<Carried> {
  if (request.call.signal?.aborted) return {outcome: 'pending', error: 'the pass was told to stop'};
  try {
    return await act();
  } catch (thrown) {
    return {outcome: 'failed', error: asInventivError(thrown).message};
  }
}
