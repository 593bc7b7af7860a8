import {createKey, findKey, revokeKey, rotateKey} from '../../app/api-keys.ts';
import {api} from '../context.ts';
import {keyView} from '../views.ts';

export const keys = {
  create: api.keys.create.handler(async ({input, context: {tools, caller}}) => {
    const {key, secret} = await createKey(tools, caller.scope, caller.userId, input);
    return {key: keyView(key), secret};
  }),

  list: api.keys.list.handler(async ({input, context: {tools, caller}}) =>
    (await tools.keys.list(caller.scope, input)).map(keyView),
  ),

  show: api.keys.show.handler(async ({input, context: {tools, caller}}) =>
    keyView(await findKey(tools.keys, caller.scope, input.key)),
  ),

  revoke: api.keys.revoke.handler(async ({input, context: {tools, caller}}) =>
    keyView(await revokeKey(tools, caller.scope, input.key)),
  ),

  rotate: api.keys.rotate.handler(async ({input, context: {tools, caller}}) => {
    const {key, secret} = await rotateKey(tools, caller.scope, input.key, input.graceMs);
    return {key: keyView(key), secret};
  }),
};
