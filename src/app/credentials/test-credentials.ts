import {asInventivError} from '../../core/errors.ts';
import type {ProviderName} from '../../core/instance/instance.ts';
import type {OrgScope} from '../../core/tenancy/org-scope.ts';
import type {AccountCheck} from '../../ports/provider-account.ts';
import {recordAudit} from './change-credentials.ts';
import {type CredentialsInUse, findCredentialsInUse} from './in-use.ts';
import {type Actor, accountAt, type CredentialTools} from './tools.ts';

export interface TestedCredentials {
  readonly inUse: CredentialsInUse;
  readonly checks: readonly AccountCheck[];
}

/** Tries what calls are made with, and keeps when it was accepted. A key refused as such (401) is thrown, not listed. */
export async function testCredentials(
  tools: CredentialTools,
  scope: OrgScope,
  actor: Actor,
  provider: ProviderName,
  signal?: AbortSignal,
): Promise<TestedCredentials> {
  const inUse = await findCredentialsInUse(tools, scope, provider);
  const call = {correlationId: actor.correlationId, ...(signal === undefined ? {} : {signal})};
  const audit = (facts: {outcome: string; lacks: string[]}) =>
    recordAudit(tools, scope, actor, 'credentials.test', provider, {source: inUse.source, ...facts});
  let checks: readonly AccountCheck[];
  try {
    checks = await accountAt(tools, provider).test(inUse.credentials, call);
  } catch (error) {
    const {code, detailCode} = asInventivError(error);
    await audit({outcome: detailCode ?? code, lacks: []});
    throw error;
  }
  const lacks = checks.filter(check => !check.ok).map(check => check.name);
  if (inUse.storedId !== null && lacks.length === 0) {
    await tools.credentials.markChecked(scope, inUse.storedId, tools.clock.nowMs());
  }
  await audit({outcome: lacks.length === 0 ? 'accepted' : 'lacking', lacks});
  return {inUse, checks};
}
