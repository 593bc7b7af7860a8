import {composePrompt} from '../../core/prompts/prompt.ts';
import type {ProxyEndpoint} from '../../core/proxy/endpoints.ts';
import {traitsOf} from '../../core/proxy/endpoints.ts';
import {injectPrompt} from '../../core/proxy/inject-prompt.ts';
import type {RequestPlan} from '../../core/proxy/request-plan.ts';
import {planRequest} from '../../core/proxy/request-plan.ts';
import type {RequestTrace} from '../../core/routing/request-trace.ts';
import type {ApiKey} from '../../core/tenancy/api-key.ts';
import type {ModelRoute, Snapshot} from '../snapshot/snapshot.ts';
import {promptKey} from '../snapshot/snapshot.ts';

export type ComposedPrompt = ReturnType<typeof composePrompt>;

/** What this key's conversations with this model begin with; null for nothing. */
export function promptFor(snapshot: Snapshot, key: ApiKey, route: ModelRoute): ComposedPrompt {
  const prompts = snapshot.prompts.get(key.organizationId);
  if (prompts === undefined) return null;
  const subjects = {model: route.modelHfId, organization: key.organizationId, key: key.id};
  return composePrompt(level => prompts.get(promptKey({level, subject: subjects[level]})));
}

/** The request as it is served, counted and billed: with its system prompt in it. */
export function withPrompt(
  endpoint: ProxyEndpoint,
  request: {readonly body: Buffer; readonly plan: RequestPlan},
  prompt: ComposedPrompt,
): {readonly body: Uint8Array; readonly plan: RequestPlan; readonly prompts: RequestTrace['prompts']} {
  const {body, plan} = request;
  const {source} = plan;
  if (prompt === null || source.kind !== 'json' || traitsOf(endpoint).systemPrompt === null)
    return {body, plan, prompts: []};
  const prompted = injectPrompt(endpoint, body, source.object, prompt.text);
  if (prompted === body) return {body, plan, prompts: []};
  return {body: prompted, plan: planRequest(endpoint, prompted), prompts: [...prompt.versions]};
}
