import {InventivError} from '../../core/errors.ts';
import type {ActionMetadata} from '../../core/instance/action.ts';
import type {Instance, ProviderName} from '../../core/instance/instance.ts';
import type {OrgScope} from '../../core/tenancy/org-scope.ts';
import type {SealedCredentials} from '../../ports/credentials.ts';
import type {ProviderCredentials} from '../../ports/provider-account.ts';
import {findCredentialsInUse} from './in-use.ts';
import {liveInstancesAt, requireSameProject} from './same-project.ts';
import {keyPrefixOf, openCredentials, sealCredentials} from './sealed.ts';
import {type Actor, accountAt, type CredentialTools} from './tools.ts';

/** The first credentials of the organization at this provider. Only their form is checked. */
export async function setCredentials(
  tools: CredentialTools,
  scope: OrgScope,
  actor: Actor,
  provider: ProviderName,
  given: Partial<ProviderCredentials>,
): Promise<SealedCredentials> {
  const credentials = accountAt(tools, provider).check(given);
  requireSameProject(...(await livingIn(tools, scope, provider)), credentials);
  return store(tools, scope, actor, {provider, credentials, mode: 'first', checked: false});
}

/** A new version in place of the present one, which is kept to go back to. Tried first: what works is not replaced by what does not. */
export async function rotateCredentials(
  tools: CredentialTools,
  scope: OrgScope,
  actor: Actor,
  provider: ProviderName,
  given: Partial<ProviderCredentials>,
  {test}: {readonly test: boolean},
): Promise<SealedCredentials> {
  const account = accountAt(tools, provider);
  const credentials = account.check(given);
  requireSameProject(...(await livingIn(tools, scope, provider)), credentials);
  if (test) {
    const checks = await account.test(credentials, {correlationId: actor.correlationId});
    const lacking = checks.filter(check => !check.ok);
    const [first] = lacking;
    if (first !== undefined) {
      throw new InventivError(
        'provider_auth',
        `The new credentials lack ${lacking.map(check => check.name).join(', ')}: ${first.detail} The present ones stay in use.`,
        {hint: first.hint ?? 'Add --no-test to store them all the same.', detailCode: 'permissions_denied'},
      );
    }
  }
  return store(tools, scope, actor, {provider, credentials, mode: 'next', checked: test});
}

export async function rollBackCredentials(
  tools: CredentialTools,
  scope: OrgScope,
  actor: Actor,
  provider: ProviderName,
  toVersion: number | null,
): Promise<SealedCredentials> {
  const account = accountAt(tools, provider);
  const living = await livingIn(tools, scope, provider);
  const stored = await tools.credentials.rollBack(scope, {
    provider,
    toVersion,
    verify: chosen => requireSameProject(...living, openCredentials(tools.secretBox, scope, account, chosen)),
  });
  await recordAudit(tools, scope, actor, 'credentials.roll_back', provider, factsOf(stored));
  return stored;
}

/** What the provider accepts stays valid there: a key that leaked is to be deleted at the provider too. */
export async function removeCredentials(
  tools: CredentialTools,
  scope: OrgScope,
  actor: Actor,
  provider: ProviderName,
): Promise<{versions: number}> {
  const account = accountAt(tools, provider);
  const living = await livingIn(tools, scope, provider);
  requireSameProject(...living, await valueOrNull(account.readAmbient().then(({credentials}) => credentials)));
  const removed = await tools.credentials.remove(scope, provider);
  await recordAudit(tools, scope, actor, 'credentials.remove', provider, {versions: removed.versions});
  return removed;
}

export async function recordAudit(
  {audit}: Pick<CredentialTools, 'audit'>,
  scope: OrgScope,
  {userId, correlationId}: Actor,
  action: string,
  provider: ProviderName,
  details: ActionMetadata,
): Promise<void> {
  await audit.append(scope, {actor: userId, action, subject: `credentials/${provider}`, details, correlationId});
}

type Living = readonly [live: readonly Instance[], before: ProviderCredentials | null];

async function livingIn(tools: CredentialTools, scope: OrgScope, provider: ProviderName): Promise<Living> {
  const live = await liveInstancesAt(tools.instances, scope, provider);
  if (live.length === 0) return [live, null];
  return [live, await valueOrNull(findCredentialsInUse(tools, scope, provider).then(({credentials}) => credentials))];
}

/** Null when there are none, or none that can be read. */
async function valueOrNull(reading: Promise<ProviderCredentials>): Promise<ProviderCredentials | null> {
  return await reading.catch(() => null);
}

async function store(
  tools: CredentialTools,
  scope: OrgScope,
  actor: Actor,
  wish: {provider: ProviderName; credentials: ProviderCredentials; mode: 'first' | 'next'; checked: boolean},
): Promise<SealedCredentials> {
  const {provider, credentials, mode, checked} = wish;
  const stored = await tools.credentials.add(scope, {
    id: tools.ids.next('credentials'),
    provider,
    mode,
    keyPrefix: keyPrefixOf(credentials),
    createdBy: actor.userName,
    seal: version => sealCredentials(tools.secretBox, scope, provider, version, credentials),
  });
  const nowMs = tools.clock.nowMs();
  if (checked) await tools.credentials.markChecked(scope, stored.id, nowMs);
  const action = mode === 'first' ? 'credentials.set' : 'credentials.rotate';
  await recordAudit(tools, scope, actor, action, provider, factsOf(stored));
  return checked ? {...stored, checkedAtMs: nowMs} : stored;
}

function factsOf({version, keyPrefix}: SealedCredentials): ActionMetadata {
  return {version, keyPrefix};
}
