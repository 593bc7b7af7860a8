import {diskGbFor} from '../model/disk.ts';
import {chooseImage} from '../model/image.ts';
import {readyDeadline} from '../model/ready-deadline.ts';
import {byPrice, sizeBestMode} from '../model/types-that-fit.ts';
import {formatEurPerHour} from '../money.ts';
import type {InstanceType, Stock, TypeAvailability} from './instance-type.ts';
import type {OneOrMore, Plan, PlanChoice, PlanRefusal, PlanRequest, RefusedCandidate} from './plan.ts';
import {planPrice} from './plan-price.ts';
import {refuseAll, refuseRequest, sameName, wishesOf} from './plan-refusal.ts';
import {providerTerms} from './provider-terms.ts';

/**
 * Cheapest machine that can start and serve the model, in a zone that has it: price first, then stock, then the
 * provider's order of zones. Stock that is unknown is accepted: the order itself will tell.
 */
export function choosePlan(
  request: PlanRequest,
  types: readonly InstanceType[],
  availability: readonly TypeAvailability[] = [],
): Plan | PlanRefusal {
  const wrong = refuseRequest(request, types);
  if (wrong) return wrong;
  const {choices, refused} = planAll(request, types, availability, {onlyWishes: true});
  const [chosen, ...alternatives] = choices;
  if (chosen) return {ok: true, chosen, alternatives, refused};
  const elsewhere =
    request.zone === undefined
      ? []
      : planAll({...request, zone: undefined}, types, availability, {onlyWishes: true}).choices;
  return refuseAll(request, refused, [...new Set(elsewhere.map(choice => choice.zone))]);
}

/** Every place that can be ordered now, best first. Without `onlyWishes` named zones and types merely come first. */
export function planChoices(
  request: PlanRequest,
  types: readonly InstanceType[],
  availability: readonly TypeAvailability[],
  scope: PlanScope,
): readonly PlanChoice[] {
  return planAll(request, types, availability, scope).choices;
}

interface PlanScope {
  readonly onlyWishes: boolean;
}

type Machine = Omit<PlanChoice, 'zone' | 'stock'>;

function planAll(
  request: PlanRequest,
  types: readonly InstanceType[],
  availability: readonly TypeAvailability[],
  {onlyWishes}: PlanScope,
): {choices: PlanChoice[]; refused: RefusedCandidate[]} {
  const choices: PlanChoice[] = [];
  const refused: RefusedCandidate[] = [];
  for (const type of types.filter(known => known.provider === request.provider).sort(byPrice)) {
    const machine = planMachine(request, type, onlyWishes);
    if ('code' in machine) {
      refused.push(machine);
      continue;
    }
    for (const zone of request.zone === undefined || !onlyWishes ? type.zones : wishesOf(request.zone)) {
      const placed = placeMachine(machine, zone, availability);
      if ('code' in placed) refused.push(placed);
      else choices.push(placed);
    }
  }
  return {choices: choices.sort(byWishThenPrice(request)), refused};
}

/** Everything about a type that does not depend on the zone. */
function planMachine(request: PlanRequest, type: InstanceType, onlyWishes: boolean): Machine | RefusedCandidate {
  const refuse = ({code, text, hint}: Omit<RefusedCandidate, 'typeName'>): RefusedCandidate => ({
    typeName: type.name,
    code,
    text,
    ...(hint !== undefined && {hint}),
  });
  if (onlyWishes && request.type !== undefined && wishRank(request.type, type.name) === notWished)
    return refuse({code: 'NOT_ASKED', text: `${wishesOf(request.type).join(' or ')} was asked`});
  if (type.endOfService) return refuse({code: 'END_OF_SERVICE', text: 'the provider is ending this type'});
  const sizing = sizeBestMode(request.model, type, request);
  if (!sizing.fits) return refuse(sizing.refusal);
  const disk = diskGbFor(request.model, type, request.diskGb);
  if (!disk.ok) return refuse(disk);
  const image = chooseImage(request.model, {
    gpuCount: type.gpuCount,
    computeCapability: type.computeCapability,
    driverVersion: type.driverVersion ?? providerTerms(type.provider).gpuDriverVersion,
    image: request.image,
    vllmVersion: request.vllmVersion,
  });
  if (!image.ok) return refuse(image);
  const price = planPrice(type, disk.disk.diskGb, request.withPublicIp ?? true);
  const {priceMaxPerHourNanos: limit} = request;
  if (limit !== undefined && price.totalPerHourNanos > limit)
    return refuse({
      code: 'OVER_BUDGET',
      text: `${formatEurPerHour(price.totalPerHourNanos)} is above the limit of ${formatEurPerHour(limit)}`,
    });
  // Last: of what could be ordered but for this, people want to know.
  if (type.edit?.disabled === true)
    return refuse({
      code: 'DISABLED',
      text: `turned off here by ${type.edit.editedBy}`,
      hint: `turn it on: inventiv catalog set ${type.name} --provider ${type.provider} --no-disabled`,
    });
  return {type, sizing, disk: disk.disk, image, price, deadline: readyDeadline(request.model, type)};
}

function placeMachine(
  machine: Machine,
  zone: string,
  availability: readonly TypeAvailability[],
): PlanChoice | RefusedCandidate {
  const {name: typeName, zones} = machine.type;
  if (!zones.includes(zone))
    return {
      typeName,
      zone,
      code: 'NOT_SOLD_IN_ZONE',
      text: `${typeName} is not sold in ${zone}`,
      hint: `it is sold in ${zones.join(', ')}`,
    };
  const stock = availability.find(entry => entry.typeName === typeName && entry.zone === zone)?.stock ?? 'unknown';
  if (stock === 'shortage') return {typeName, zone, code: 'NO_STOCK', text: `no ${typeName} left in ${zone}`};
  return {...machine, zone, stock};
}

const STOCK_RANK: Record<Stock, number> = {available: 0, unknown: 1, scarce: 2, shortage: 3};

/** Position among the wishes; what was not wished for comes after them, and without wishes all are equal. */
function wishRank(wishes: OneOrMore | undefined, name: string): number {
  if (wishes === undefined) return 0;
  const rank = wishesOf(wishes).findIndex(wish => sameName(wish, name));
  return rank === -1 ? notWished : rank;
}

const notWished = Number.MAX_SAFE_INTEGER;

const byWishThenPrice = (request: PlanRequest) => (a: PlanChoice, b: PlanChoice) =>
  wishRank(request.type, a.type.name) - wishRank(request.type, b.type.name) || byPriceThenStock(request, a, b);

function byPriceThenStock(request: PlanRequest, a: PlanChoice, b: PlanChoice): number {
  return (
    a.price.totalPerHourNanos - b.price.totalPerHourNanos ||
    byPrice(a.type, b.type) ||
    wishRank(request.zone, a.zone) - wishRank(request.zone, b.zone) ||
    STOCK_RANK[a.stock] - STOCK_RANK[b.stock] ||
    a.type.zones.indexOf(a.zone) - b.type.zones.indexOf(b.zone)
  );
}
