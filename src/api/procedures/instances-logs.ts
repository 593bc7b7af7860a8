import {implement} from '@orpc/server';
import {findInstance} from '../../app/change-instance.ts';
import {diagnoseInstance} from '../../app/diagnose-instance.ts';
import {readLogs} from '../../app/read-logs.ts';
import {isoTime} from '../../core/time.ts';
import {type ApiContext, checkPermission} from '../context.ts';
import {instancesContract} from '../contract/instances.ts';

const api = implement(instancesContract).$context<ApiContext>().use(checkPermission);

export const instancesLogs = {
  diagnose: api.diagnose.handler(async ({input, context: {tools, caller}, signal}) => {
    const instance = await findInstance(tools.instances, caller.scope, input.instance);
    const {diagnosis, source, lookedAt} = await diagnoseInstance(tools, instance, signal);
    return {instance: instance.name, state: instance.state, diagnosis, source, lookedAt: [...lookedAt]};
  }),

  logs: api.logs.handler(async function* ({input, context: {tools, caller}, signal}) {
    const instance = await findInstance(tools.instances, caller.scope, input.instance);
    const {source, tailLines, follow, since} = input;
    for await (const line of readLogs(tools, instance, {
      source,
      tailLines,
      sinceMs: since === undefined ? null : Date.parse(since),
      follow,
      signal: signal ?? new AbortController().signal,
    })) {
      yield {
        at: line.atMs === null ? null : isoTime(line.atMs),
        source: line.source,
        level: line.level,
        text: line.text,
      };
    }
  }),
};
