import {InventivError} from '../../core/errors.ts';
import type {PromptSubject, PromptVersion} from '../../core/prompts/prompt.ts';
import {parsePrompt} from '../../core/prompts/prompt.ts';
import type {OrgScope} from '../../core/tenancy/org-scope.ts';
import type {PromptStore} from '../../ports/prompts.ts';
import type {AuditStore} from '../../ports/store.ts';

export interface PromptTools {
  readonly prompts: PromptStore;
  readonly audit: AuditStore;
}

export interface PromptActor {
  readonly scope: OrgScope;
  readonly userId: string;
  readonly userName: string;
  readonly correlationId: string;
}

/** The next version of a prompt, or (null) its end. The text itself is in the store, not in the audit log. */
export async function changePrompt(
  {prompts, audit}: PromptTools,
  {scope, userId, userName, correlationId}: PromptActor,
  subject: PromptSubject,
  wanted: string | null,
): Promise<PromptVersion> {
  const text = wanted === null ? null : parsePrompt(wanted);
  const [before] = await prompts.history(scope, subject, {limit: 1});
  if (before === undefined && text === null) throw noPrompt(subject);
  const now = await prompts.put(scope, {...subject, text, createdBy: userName});
  if (now.version === before?.version) return now;
  await audit.append(scope, {
    actor: userId,
    action: text === null ? 'prompts.unset' : 'prompts.set',
    subject: `prompts/${subject.level}/${subject.subject}`,
    details: {version: now.version, chars: text?.length ?? 0},
    correlationId,
  });
  return now;
}

/** Latest first. `not_found` when there never was one, or not this version. */
export async function promptHistory(
  prompts: PromptStore,
  scope: OrgScope,
  subject: PromptSubject,
  filter: {limit: number; version?: number | undefined},
): Promise<readonly PromptVersion[]> {
  const found = await prompts.history(scope, subject, filter);
  if (found.length === 0) throw noPrompt(subject, filter.version);
  return found;
}

function noPrompt({level}: PromptSubject, version?: number): InventivError {
  const what = version === undefined ? 'has never had a system prompt' : `has no version ${version} of a system prompt`;
  return new InventivError('not_found', `This ${level} ${what}.`, {
    hint: 'See what there is: inventiv prompts list',
  });
}
