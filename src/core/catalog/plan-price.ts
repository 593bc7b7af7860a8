import {addEur, pricePerMonth, ZERO_EUR} from '../money.ts';
import type {InstanceType} from './instance-type.ts';
import type {PlanPrice} from './plan.ts';
import {diskPricePerHour, providerTerms} from './provider-terms.ts';

/** What a machine costs by the hour with its disk and address. */
export function planPrice(type: InstanceType, diskGb: number, withPublicIp: boolean): PlanPrice {
  const terms = providerTerms(type.provider);
  const diskPerHourNanos = diskPricePerHour(terms, diskGb);
  const ipPerHourNanos = withPublicIp ? terms.ipPerHourNanos : ZERO_EUR;
  const totalPerHourNanos = addEur(type.pricePerHourNanos, diskPerHourNanos, ipPerHourNanos);
  return {
    computePerHourNanos: type.pricePerHourNanos,
    diskPerHourNanos,
    ipPerHourNanos,
    totalPerHourNanos,
    totalPerMonthNanos: pricePerMonth(totalPerHourNanos),
  };
}
