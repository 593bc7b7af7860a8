import * as z from 'zod';
import {promptLevels} from '../../core/prompts/prompt.ts';
import {isoTime, limit, needs, nothing, reference} from './shared.ts';

export const promptSchema = z.object({
  level: z.enum(promptLevels),
  /** Hugging Face id of the model, id of the key or of the organization. */
  subject: z.string(),
  /** What people call it. */
  name: z.string(),
  version: z.number(),
  /** Null: from this version on there is none. */
  text: z.string().nullable(),
  createdAt: isoTime,
  createdBy: z.string(),
});

/** Only bounded here; what a prompt may be is said by the core. */
const text = z.string().max(4_000_000).nullable();
const page = z.object({limit, version: z.number().int().min(1).optional()});

/** System prompts. `set...` makes the next version; a null text takes the prompt away. Versions are never overwritten. */
export const promptsContract = {
  list: needs('prompts.view').input(nothing).output(z.array(promptSchema)),
  setModel: needs('models.change')
    .input(z.object({model: reference, text}))
    .output(promptSchema),
  setOrganization: needs('prompts.organization').input(z.object({text})).output(promptSchema),
  /** Of an own key; of another's only with `keys.organization`. */
  setKey: needs('keys.own')
    .input(z.object({key: reference, text}))
    .output(promptSchema),
  /** Latest first; with `version`, that one alone. */
  modelHistory: needs('models.view')
    .input(page.extend({model: reference}))
    .output(z.array(promptSchema)),
  organizationHistory: needs('prompts.view').input(page).output(z.array(promptSchema)),
  keyHistory: needs('keys.own')
    .input(page.extend({key: reference}))
    .output(z.array(promptSchema)),
};

export type PromptView = z.infer<typeof promptSchema>;
