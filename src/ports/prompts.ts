import type {CurrentPrompt, PromptSubject, PromptVersion} from '../core/prompts/prompt.ts';
import type {OrgScope} from '../core/tenancy/org-scope.ts';

/** System prompts in all their versions; none is ever overwritten or forgotten. */
export interface PromptStore {
  /**
   * The next version of a prompt; null takes it away. The same text again changes nothing and is the version in force.
   * `conflict` when the organization has as many prompts as it may.
   */
  put(scope: OrgScope, prompt: PromptSubject & {text: string | null; createdBy: string}): Promise<PromptVersion>;
  /** Prompts in force, by level and subject. */
  list(scope: OrgScope): Promise<readonly CurrentPrompt[]>;
  /** Latest first; with `version`, that one alone. */
  history(
    scope: OrgScope,
    subject: PromptSubject,
    filter: {limit: number; version?: number | undefined},
  ): Promise<readonly PromptVersion[]>;
  /** Prompts in force of all organizations: the proxy's snapshot. */
  listInForce(): Promise<readonly CurrentPrompt[]>;
}
