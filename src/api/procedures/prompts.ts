import {implement} from '@orpc/server';
import {findKey} from '../../app/api-keys.ts';
import {findAnyModel} from '../../app/find-model.ts';
import {changePrompt, promptHistory} from '../../app/prompts/change-prompt.ts';
import type {PromptSubject, PromptVersion} from '../../core/prompts/prompt.ts';
import {isoTime} from '../../core/time.ts';
import {type ApiContext, checkPermission} from '../context.ts';
import type {PromptView} from '../contract/prompts.ts';
import {promptsContract} from '../contract/prompts.ts';
import {requireOwnKey} from '../own-key.ts';

const api = implement(promptsContract).$context<ApiContext>().use(checkPermission);

/** Whose prompt, and what people call it. */
interface Named {
  readonly subject: PromptSubject;
  readonly name: string;
}

export const prompts = {
  list: api.list.handler(async ({context: {tools, caller}}) => {
    const {store} = tools;
    const [found, keys] = await Promise.all([
      store.prompts.list(caller.scope),
      tools.keys.list(caller.scope, {includeRevoked: true}),
    ]);
    const nameOf = ({level, subject}: PromptVersion) =>
      level === 'key' ? (keys.find(({id}) => id === subject)?.name ?? subject) : subject;
    return found.map(prompt => view(prompt, nameOf(prompt)));
  }),

  setModel: api.setModel.handler(async ({input, context}) => set(context, await modelOf(context, input), input.text)),
  setOrganization: api.setOrganization.handler(({input, context}) => set(context, organizationOf(context), input.text)),
  setKey: api.setKey.handler(async ({input, context}) => set(context, await keyOf(context, input), input.text)),

  modelHistory: api.modelHistory.handler(async ({input, context}) =>
    history(context, await modelOf(context, input), input),
  ),
  organizationHistory: api.organizationHistory.handler(({input, context}) =>
    history(context, organizationOf(context), input),
  ),
  keyHistory: api.keyHistory.handler(async ({input, context}) => history(context, await keyOf(context, input), input)),
};

async function modelOf({tools, caller}: ApiContext, {model}: {model: string}): Promise<Named> {
  const {hfId} = await findAnyModel(tools.models, caller.scope, model);
  return {subject: {level: 'model', subject: hfId}, name: hfId};
}

function organizationOf({caller: {scope}}: ApiContext): Named {
  return {subject: {level: 'organization', subject: scope.organizationId}, name: scope.organizationId};
}

async function keyOf({tools, caller}: ApiContext, {key: asked}: {key: string}): Promise<Named> {
  const key = await findKey(tools.keys, caller.scope, asked);
  requireOwnKey(caller, key);
  return {subject: {level: 'key', subject: key.id}, name: key.name};
}

async function set({tools, caller}: ApiContext, {subject, name}: Named, text: string | null): Promise<PromptView> {
  const actor = {...caller, correlationId: tools.ids.next('correlation')};
  return view(await changePrompt({prompts: tools.store.prompts, audit: tools.audit}, actor, subject, text), name);
}

async function history(
  {tools, caller}: ApiContext,
  {subject, name}: Named,
  filter: {limit: number; version?: number | undefined},
): Promise<PromptView[]> {
  const found = await promptHistory(tools.store.prompts, caller.scope, subject, filter);
  return found.map(version => view(version, name));
}

function view({organizationId: _, createdAtMs, ...prompt}: PromptVersion, name: string): PromptView {
  return {...prompt, name, createdAt: isoTime(createdAtMs)};
}
