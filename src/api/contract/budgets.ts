import * as z from 'zod';
import {budgetPeriods} from '../../core/finops/budget.ts';
import {isoTime, needs, reference} from './shared.ts';

const amount = z.number().int().min(1).max(Number.MAX_SAFE_INTEGER);

/** Whose: of a key, a user, on a model, several together, or (none) of the whole organization. */
const subjectSchema = z.object({
  key: reference.optional(),
  user: reference.optional(),
  model: reference.optional(),
  period: z.enum(budgetPeriods),
});

export const budgetSchema = z.object({
  id: z.string(),
  key: z.object({id: z.string(), name: z.string()}).nullable(),
  user: z.object({id: z.string(), name: z.string()}).nullable(),
  model: z.string().nullable(),
  period: z.enum(budgetPeriods),
  softNanos: z.number().nullable(),
  hardNanos: z.number().nullable(),
  /** In this period, as the ledger has it. */
  spentNanos: z.number(),
  state: z.enum(['within', 'soft_reached', 'exhausted']),
  periodStart: isoTime,
  setBy: z.string(),
  setAt: isoTime,
});

export const budgetsContract = {
  list: needs('usage.view').output(z.array(budgetSchema)),
  show: needs('usage.view').input(subjectSchema).output(budgetSchema),
  /** In place of what was set for the same subject and period; what is not named is not limited. */
  set: needs('budgets.change')
    .input(subjectSchema.extend({softNanos: amount.optional(), hardNanos: amount.optional()}))
    .output(budgetSchema),
  unset: needs('budgets.change')
    .input(subjectSchema)
    .output(z.object({unset: z.boolean()})),
};

export type BudgetView = z.infer<typeof budgetSchema>;
