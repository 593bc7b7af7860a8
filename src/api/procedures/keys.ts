import {implement} from '@orpc/server';
import {createKey, findKey, revokeKey, rotateKey} from '../../app/api-keys.ts';
import {capKey} from '../../app/cap-key.ts';
import type {ApiKey} from '../../core/tenancy/api-key.ts';
import {type ApiContext, actorOf, checkPermission} from '../context.ts';
import {keysContract} from '../contract/keys.ts';
import {requireKeeper, requireOwnKey} from '../own-key.ts';
import {keyView} from '../views/key-view.ts';

const api = implement(keysContract).$context<ApiContext>().use(checkPermission);

export const keys = {
  create: api.create.handler(async ({input, context: {tools, caller}}) => {
    if (input.caps?.allowedMembers !== undefined) requireKeeper(caller);
    const {key, secret} = await createKey(tools, caller.scope, caller.userId, input);
    return {key: keyView(key), secret};
  }),

  list: api.list.handler(async ({input, context: {tools, caller}}) =>
    (await tools.keys.list(caller.scope, input)).map(keyView),
  ),

  show: api.show.handler(async ({input, context: {tools, caller}}) =>
    keyView(await findKey(tools.keys, caller.scope, input.key)),
  ),

  update: api.update.handler(async ({input: {key, caps}, context}) =>
    keyView(await capKey(context.tools, actorOf(context), key, caps)),
  ),

  revoke: api.revoke.handler(async ({input, context: {tools, caller}}) =>
    keyView(await revokeKey(tools, caller.scope, (await ownKey(tools, caller, input.key)).id)),
  ),

  rotate: api.rotate.handler(async ({input, context: {tools, caller}}) => {
    const {id} = await ownKey(tools, caller, input.key);
    const {key, secret} = await rotateKey(tools, caller.scope, id, input.graceMs);
    return {key: keyView(key), secret};
  }),
};

/** The key that is meant, if it is for this caller to change. */
async function ownKey({keys}: ApiContext['tools'], caller: ApiContext['caller'], idOrName: string): Promise<ApiKey> {
  const key = await findKey(keys, caller.scope, idOrName);
  requireOwnKey(caller, key);
  return key;
}
