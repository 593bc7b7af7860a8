import {implement} from '@orpc/server';
import {type BudgetStatus, findBudget, listBudgets, setBudget, unsetBudget} from '../../app/budgets/budgets.ts';
import {InventivError} from '../../core/errors.ts';
import {isoTime} from '../../core/time.ts';
import {type ApiContext, actorOf, checkPermission} from '../context.ts';
import {type BudgetView, budgetsContract} from '../contract/budgets.ts';

const api = implement(budgetsContract).$context<ApiContext>().use(checkPermission);

export const budgets = {
  list: api.list.handler(async ({context}) => viewsOf(context, await listBudgets(context.tools, context.caller.scope))),

  show: api.show.handler(async ({input, context}) => {
    const found = await findBudget(context.tools, context.caller.scope, input);
    if (found === null) throw noBudget();
    return await viewOf(context, found);
  }),

  set: api.set.handler(async ({input: {softNanos = null, hardNanos = null, ...question}, context}) => {
    if (softNanos === null && hardNanos === null) throw nothingSet();
    if (softNanos !== null && hardNanos !== null && softNanos > hardNanos) throw softAboveHard();
    return await viewOf(context, await setBudget(context.tools, actorOf(context), question, {softNanos, hardNanos}));
  }),

  unset: api.unset.handler(async ({input, context}) => ({
    unset: (await unsetBudget(context.tools, actorOf(context), input)) !== null,
  })),
};

async function viewOf(context: ApiContext, status: BudgetStatus): Promise<BudgetView> {
  const [view] = await viewsOf(context, [status]);
  if (view === undefined) throw new Error('one view for one budget');
  return view;
}

async function viewsOf({tools, caller: {scope}}: ApiContext, statuses: readonly BudgetStatus[]): Promise<BudgetView[]> {
  const keys = await tools.keys.list(scope, {includeRevoked: true});
  const users = await tools.store.organizations.members(scope);
  return statuses.map(({budget, spentNanos, periodStartMs, state}) => {
    const {id, keyId, userId, modelHfId: model, period, softNanos, hardNanos, setBy} = budget;
    return {
      ...{id, key: named(keys, keyId), user: named(users, userId), model, period, softNanos, hardNanos},
      ...{spentNanos, state, setBy, periodStart: isoTime(periodStartMs), setAt: isoTime(budget.setAtMs)},
    };
  });
}

function named(things: readonly {readonly id: string; readonly name: string}[], id: string | null) {
  if (id === null) return null;
  return {id, name: things.find(thing => thing.id === id)?.name ?? id};
}

function noBudget(): InventivError {
  return new InventivError('not_found', 'There is no such budget.', {hint: 'See them all: inventiv budgets list'});
}

function nothingSet(): InventivError {
  return new InventivError('invalid_input', 'expected an amount, got none', {
    hint: 'inventiv budgets set --period month --hard 50EUR (or --soft 40EUR, or both)',
    param: '--hard',
  });
}

function softAboveHard(): InventivError {
  return new InventivError('invalid_input', '--soft: expected no more than --hard, which nothing passes.', {
    param: '--soft',
  });
}
