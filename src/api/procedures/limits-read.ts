import {implement} from '@orpc/server';
import {limitsBeat} from '../../core/finops/limits.ts';
import {isoTime, minuteMs} from '../../core/time.ts';
import {type ApiContext, checkPermission} from '../context.ts';
import {limitsContract} from '../contract/limits.ts';

const api = implement(limitsContract).$context<ApiContext>().use(checkPermission);

/** Some looks may fail or be slow before "nobody enforces limits" is said. */
const beatFreshMs = 2 * minuteMs;

/** What `up` and `ps` ask for, loaded without what ends instances. */
export const limitsRead = {
  status: api.status.handler(async ({context: {tools}}) => {
    const lastMs = await tools.store.beats.last(limitsBeat);
    return {
      enforcedAt: lastMs === null ? null : isoTime(lastMs),
      isEnforced: lastMs !== null && Math.abs(tools.clock.nowMs() - lastMs) <= beatFreshMs,
    };
  }),
};
