import {implement} from '@orpc/server';
import {findKey} from '../../app/api-keys.ts';
import {findAnyModel} from '../../app/find-model.ts';
import {setRateLimit, unsetRateLimit} from '../../app/rate-limits/change-rate-limit.ts';
import type {RateLimit} from '../../core/limits/rate-limit.ts';
import {isoTime} from '../../core/time.ts';
import type {RateLimitOwner} from '../../ports/rate-limits.ts';
import {type ApiContext, checkPermission} from '../context.ts';
import type {RateLimitView} from '../contract/rate-limits.ts';
import {rateLimitsContract} from '../contract/rate-limits.ts';

const api = implement(rateLimitsContract).$context<ApiContext>().use(checkPermission);

export const rateLimits = {
  list: api.list.handler(async ({context: {tools, caller}}) => {
    const [limits, keys] = await Promise.all([
      tools.store.rateLimits.list(caller.scope),
      tools.keys.list(caller.scope, {includeRevoked: true}),
    ]);
    const names = new Map(keys.map(({id, name}) => [id, name]));
    return limits.map(limit => view(limit, limit.keyId === null ? null : (names.get(limit.keyId) ?? limit.keyId)));
  }),

  set: api.set.handler(async ({input, context}) => {
    const {requestsPerMinute = null, tokensPerMinute = null, concurrency = null} = input;
    const {owner, keyName} = await ownerOf(context, input);
    const rates = {requestsPerMinute, tokensPerMinute, concurrency};
    return view(await setRateLimit(toolsOf(context), actorOf(context), owner, rates), keyName);
  }),

  unset: api.unset.handler(async ({input, context}) => {
    const {owner, keyName} = await ownerOf(context, input);
    return view(await unsetRateLimit(toolsOf(context), actorOf(context), owner), keyName);
  }),
};

async function ownerOf(
  {tools, caller}: ApiContext,
  asked: {key?: string | undefined; model?: string | undefined},
): Promise<{owner: RateLimitOwner; keyName: string | null}> {
  const key = asked.key === undefined ? null : await findKey(tools.keys, caller.scope, asked.key);
  const model = asked.model === undefined ? null : await findAnyModel(tools.models, caller.scope, asked.model);
  return {owner: {keyId: key?.id ?? null, modelHfId: model?.hfId ?? null}, keyName: key?.name ?? null};
}

function toolsOf({tools}: ApiContext) {
  return {rateLimits: tools.store.rateLimits, audit: tools.audit, ids: tools.ids};
}

function actorOf({tools, caller: {scope, userId}}: ApiContext) {
  return {scope, userId, correlationId: tools.ids.next('correlation')};
}

function view(limit: RateLimit, keyName: string | null): RateLimitView {
  const {id, keyId, modelHfId, requestsPerMinute, tokensPerMinute, concurrency, updatedAtMs} = limit;
  return {
    id,
    key: keyId === null ? null : {id: keyId, name: keyName ?? keyId},
    model: modelHfId,
    ...{requestsPerMinute, tokensPerMinute, concurrency},
    updatedAt: isoTime(updatedAtMs),
  };
}
