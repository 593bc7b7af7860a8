import {planChoices} from './choose.ts';
import type {FallbackRule} from './fallback-rule.ts';
import type {InstanceType, TypeAvailability} from './instance-type.ts';
import type {PlanChoice, PlanRequest} from './plan.ts';

/** Without a rule nobody is moved to a machine that costs more than this many times the chosen one, unless it was named. */
const priceFactorMax = 2;

const choicesMax = 64;

/**
 * Every place the instance may be started at, the chosen one first, then in order of preference; stock is left out of it,
 * as it changes. Without a rule what was named stays, and what was left open is free.
 */
export function fallbackChoices(
  request: PlanRequest,
  rule: FallbackRule | undefined,
  chosen: PlanChoice,
  types: readonly InstanceType[],
): readonly PlanChoice[] {
  const others = candidates(request, rule, chosen, types).filter(
    ({type, zone}) => type.name !== chosen.type.name || zone !== chosen.zone,
  );
  return [chosen, ...others].slice(0, choicesMax);
}

function candidates(
  request: PlanRequest,
  rule: FallbackRule | undefined,
  chosen: PlanChoice,
  types: readonly InstanceType[],
): readonly PlanChoice[] {
  const anywhere = (isAllowed: (choice: PlanChoice) => boolean) =>
    planChoices(request, types, noStock, {onlyWishes: false}).filter(isAllowed);
  switch (rule) {
    case 'none':
      return [];
    case 'zone':
      return anywhere(({type}) => type.name === chosen.type.name);
    case 'type':
      return anywhere(({zone}) => zone === chosen.zone);
    case 'any':
      return anywhere(() => true);
    case undefined: {
      const limit = chosen.price.totalPerHourNanos * priceFactorMax;
      return planChoices(request, types, noStock, {onlyWishes: true}).filter(
        ({price}) => request.type !== undefined || price.totalPerHourNanos <= limit,
      );
    }
    default:
      return rule satisfies never;
  }
}

const noStock: readonly TypeAvailability[] = [];
