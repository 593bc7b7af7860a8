import {option, string} from '@oclif/core/flags';
import {budgetPeriods} from '../core/finops/budget.ts';

/** Whose budget; without any of the three, the whole organization's. */
export const budgetSubjectFlags = {
  key: string({description: 'of this API key'}),
  user: string({description: 'of this user'}),
  model: string({char: 'm', description: 'on this model'}),
  period: option({
    options: budgetPeriods,
    description: 'each day or each calendar month, in UTC',
    default: 'month' as const,
  })(),
};

export function budgetSubject(flags: {
  readonly key?: string | undefined;
  readonly user?: string | undefined;
  readonly model?: string | undefined;
  readonly period: (typeof budgetPeriods)[number];
}) {
  const {key, user, model, period} = flags;
  return {
    ...(key !== undefined && {key}),
    ...(user !== undefined && {user}),
    ...(model !== undefined && {model}),
    period,
  };
}
