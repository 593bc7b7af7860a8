import {implement} from '@orpc/server';
import {findInstance} from '../../app/change-instance.ts';
import {changedLimits, changeLimits} from '../../app/limits/change-limits.ts';
import {enforceLimits} from '../../app/limits/enforce-limits.ts';
import {hasLimits} from '../../core/finops/limits.ts';
import {type ApiContext, checkPermission} from '../context.ts';
import {limitsContract} from '../contract/limits.ts';
import {limitsView} from '../views/limits-view.ts';

const api = implement(limitsContract).$context<ApiContext>().use(checkPermission);

export const limits = {
  change: api.change.handler(async ({input: {instance: reference, dryRun, ...wish}, context: {tools, caller}}) => {
    const found = await findInstance(tools.instances, caller.scope, reference);
    const limitsAfter = changedLimits(found.limits, wish);
    const after = dryRun
      ? {...found, limits: hasLimits(limitsAfter) ? limitsAfter : null}
      : await changeLimits(tools.instances, found, wish, tools.ids.next('correlation'));
    const {id, name, state} = after;
    return {instance: {id, name, state}, limits: limitsView(after, tools.clock.nowMs())};
  }),

  enforce: api.enforce.handler(async ({context: {tools, caller}, signal}) => {
    const report = await enforceLimits(tools, signal ?? new AbortController().signal);
    const ofCaller = report.ended.filter(({organizationId}) => organizationId === caller.scope.organizationId);
    return {
      ...report,
      ended: ofCaller.map(({id, name, state, stateReason}) => ({id, name, state, reason: stateReason})),
    };
  }),
};
