import {implement} from '@orpc/server';
import {
  removeCredentials,
  rollBackCredentials,
  rotateCredentials,
  setCredentials,
} from '../../app/credentials/change-credentials.ts';
import {listCredentials} from '../../app/credentials/list-credentials.ts';
import {testCredentials} from '../../app/credentials/test-credentials.ts';
import type {Actor} from '../../app/credentials/tools.ts';
import type {ProviderCredentials} from '../../ports/provider-account.ts';
import {type ApiContext, checkPermission} from '../context.ts';
import {credentialsContract} from '../contract/credentials.ts';
import {credentialsInUseView, credentialVersionView, providerCredentialsView} from '../views/credentials-view.ts';

const api = implement(credentialsContract).$context<ApiContext>().use(checkPermission);

export const credentials = {
  list: api.list.handler(async ({context: {tools, caller}}) =>
    (await listCredentials(tools, caller.scope)).map(providerCredentialsView),
  ),

  set: api.set.handler(async ({input, context}) => {
    const {tools, caller} = context;
    return credentialVersionView(
      await setCredentials(tools, caller.scope, actorOf(context), input.provider, given(input.values)),
    );
  }),

  test: api.test.handler(async ({input: {provider}, context, signal}) => {
    const {tools, caller} = context;
    const {inUse, checks} = await testCredentials(tools, caller.scope, actorOf(context), provider, signal);
    return {
      provider,
      inUse: credentialsInUseView(inUse),
      ok: checks.every(check => check.ok),
      checks: checks.map(({name, ok, detail, hint}) => ({name, ok, detail, hint})),
    };
  }),

  rotate: api.rotate.handler(async ({input, context}) => {
    const {tools, caller} = context;
    const {provider, values, test} = input;
    return credentialVersionView(
      await rotateCredentials(tools, caller.scope, actorOf(context), provider, given(values), {test}),
    );
  }),

  rollback: api.rollback.handler(async ({input, context}) => {
    const {tools, caller} = context;
    return credentialVersionView(
      await rollBackCredentials(tools, caller.scope, actorOf(context), input.provider, input.version ?? null),
    );
  }),

  remove: api.remove.handler(({input, context}) =>
    removeCredentials(context.tools, context.caller.scope, actorOf(context), input.provider),
  ),
};

function actorOf({caller, tools}: ApiContext): Actor {
  return {userId: caller.userId, userName: caller.userName, correlationId: tools.ids.next('correlation')};
}

/** Without what was not given: "absent" and "undefined" differ in the types of the port. */
function given(values: {[Name in keyof ProviderCredentials]?: string | undefined}): Partial<ProviderCredentials> {
  return Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined));
}
