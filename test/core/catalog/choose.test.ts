import fc from 'fast-check';
import {describe, expect, it} from 'vitest';
import {choosePlan} from '../../../src/core/catalog/choose.ts';
import type {Stock, TypeAvailability} from '../../../src/core/catalog/instance-type.ts';
import type {Plan, PlanRefusal, PlanRequest} from '../../../src/core/catalog/plan.ts';
import {SEED_INSTANCE_TYPES} from '../../../src/core/catalog/seed.ts';
import {SEED_MODELS} from '../../../src/core/model/seed.ts';
import {eur, eurDecimal} from '../../../src/core/money.ts';
import {modelNamed} from '../model/seeded.ts';

const small = modelNamed('qwen2.5-0.5b-instruct');

describe('choosePlan', () => {
  it('takes the cheapest type that fits, with its disk and address in the price', () => {
    const {chosen, alternatives} = planned({model: small, provider: 'scaleway'});
    expect(chosen).toMatchObject({
      type: {name: 'L4-1-24G'},
      zone: 'fr-par-1',
      stock: 'unknown',
      disk: {diskGb: 200},
      image: {reference: 'vllm/vllm-openai:v0.27.1'},
      sizing: {mode: 'mono', fits: true},
    });
    expect(eurDecimal(chosen.price.totalPerHourNanos)).toBe('0.8151');
    expect(eurDecimal(chosen.price.totalPerMonthNanos)).toBe('595.023');
    expect(alternatives[0]).toMatchObject({type: {name: 'L4-1-24G'}, zone: 'fr-par-2'});
  });

  it('plans on the mock like on Scaleway', () => {
    const {chosen} = planned({model: small, provider: 'mock'});
    expect(chosen).toMatchObject({type: {name: 'MOCK-L4-1-24G'}, zone: 'mock-1', disk: {diskGb: 200}});
  });

  it('leaves the address out of the price when there is none', () => {
    const {chosen} = planned({model: small, provider: 'mock', withPublicIp: false});
    expect(eurDecimal(chosen.price.totalPerHourNanos)).toBe('0.8111');
  });

  it('prefers a zone with stock, and the next type when the cheapest is sold out', () => {
    const inWarsaw = stock({'L4-1-24G': {'fr-par-1': 'shortage', 'fr-par-2': 'scarce', 'pl-waw-2': 'available'}});
    expect(planned({model: small, provider: 'scaleway'}, inWarsaw).chosen.zone).toBe('pl-waw-2');
    const none = stock({'L4-1-24G': {'fr-par-1': 'shortage', 'fr-par-2': 'shortage', 'pl-waw-2': 'shortage'}});
    const plan = planned({model: small, provider: 'scaleway'}, none);
    expect(plan.chosen.type.name).toBe('L40S-1-48G');
    expect(plan.refused).toContainEqual({
      typeName: 'L4-1-24G',
      zone: 'fr-par-1',
      code: 'NO_STOCK',
      text: 'no L4-1-24G left in fr-par-1',
    });
  });

  it('keeps to the zone, type, disk and mode that were asked', () => {
    const {chosen, refused} = planned({
      model: modelNamed('qwen3-8b'),
      provider: 'scaleway',
      zone: 'pl-waw-2',
      type: 'l40s-2-48g',
      diskGb: 120,
      mode: 'multi',
    });
    expect(chosen).toMatchObject({
      type: {name: 'L40S-2-48G'},
      zone: 'pl-waw-2',
      disk: {diskGb: 120, source: 'asked'},
      sizing: {mode: 'multi', replicas: 2},
    });
    expect(refused.every(candidate => candidate.code === 'NOT_ASKED')).toBe(true);
  });

  it('says why each other type was refused', () => {
    const {chosen, refused} = planned({
      model: modelNamed('llama-3.3-70b-instruct-fp8-dynamic'),
      provider: 'scaleway',
      zone: 'fr-par-2',
    });
    expect(chosen.type.name).toBe('H100-2-80G');
    const reasons = new Map(refused.map(({typeName, code}) => [typeName, code]));
    expect(reasons.get('L4-1-24G')).toBe('WEIGHTS_TOO_BIG');
    expect(reasons.get('L40S-2-48G')).toBe('KV_TOO_SMALL');
    expect(reasons.get('RENDER-S')).toBe('GPU_ARCH');
  });

  it.each<
    [string, Omit<PlanRequest, 'model' | 'provider'> & {model?: string; provider?: string}, Partial<PlanRefusal>]
  >([
    ['an unknown type', {type: 'L4-1-24'}, {code: 'TYPE_UNKNOWN', hint: expect.stringContaining('L4-1-24G')}],
    ['an unknown zone', {zone: 'fr-par2'}, {code: 'ZONE_UNKNOWN', hint: expect.stringContaining('fr-par-2')}],
    ['an unknown provider', {provider: 'scalway'}, {code: 'PROVIDER_UNKNOWN', hint: 'did you mean "scaleway"?'}],
    [
      'a type in the wrong zone',
      {type: 'H100-1-80G', zone: 'fr-par-1'},
      {code: 'NOTHING_FITS', hint: 'it is sold in fr-par-2, pl-waw-2'},
    ],
    [
      'a type too small',
      {model: 'qwen3-32b', type: 'L4-1-24G'},
      {
        errorCode: 'invalid_input',
        text: expect.stringMatching(/^L4-1-24G at scaleway cannot serve qwen3-32b: weights 61.0/),
      },
    ],
    [
      'a context too long',
      {model: 'llama-3.1-8b-instruct', type: 'L4-1-24G', maxModelLen: 65_536},
      {hint: '--max-model-len 27376'},
    ],
    ['a disk too small', {diskGb: 20}, {code: 'NOTHING_FITS', hint: '--disk 62'}],
    ['an impossible option', {gpuMemoryUtilization: 7}, {code: 'NOTHING_FITS', text: expect.stringContaining('got 7')}],
    [
      'a price limit',
      {priceMaxPerHourNanos: eur('0.5')},
      {code: 'OVER_BUDGET', text: expect.stringContaining('€0.8151/h')},
    ],
    [
      'a model too big for all',
      {model: 'deepseek-v3.2', provider: 'mock'},
      {closest: expect.objectContaining({typeName: 'MOCK-H100-1-80G'})},
    ],
  ])('refuses %s with what to do next', (_, {model = small.id, provider = 'scaleway', ...request}, expected) => {
    expect(refusedPlan({...request, model: modelNamed(model), provider})).toMatchObject(expected);
  });

  it('names the zones that have stock when the asked one has none', () => {
    const none = stock({'L4-1-24G': {'fr-par-1': 'shortage', 'fr-par-2': 'shortage'}});
    const refusal = refusedPlan({model: small, provider: 'scaleway', type: 'L4-1-24G', zone: 'fr-par-1'}, none);
    expect(refusal).toMatchObject({code: 'NO_STOCK', errorCode: 'no_capacity', hint: 'try --zone pl-waw-2'});
  });

  it('refuses a disabled model and a type at its end', () => {
    expect(refusedPlan({model: {...small, active: false}, provider: 'mock'}).code).toBe('MODEL_INACTIVE');
    const ending = SEED_INSTANCE_TYPES.map(type => ({...type, endOfService: type.name === 'MOCK-L4-1-24G'}));
    const plan = choosePlan({model: small, provider: 'mock'}, ending);
    expect(plan.ok && plan.chosen.type.name).toBe('MOCK-L40S-1-48G');
  });

  it('chooses the cheapest of all that it could have chosen, never one without stock, and accounts for every type', () => {
    const cells = SEED_INSTANCE_TYPES.flatMap(type => type.zones.map(zone => ({typeName: type.name, zone})));
    const anyStock = fc.constantFrom<Stock>('available', 'scarce', 'shortage', 'unknown');
    fc.assert(
      fc.property(
        fc.constantFrom(...SEED_MODELS),
        fc.constantFrom('scaleway', 'mock'),
        fc.array(anyStock, {minLength: cells.length, maxLength: cells.length}),
        (model, provider, stocks) => {
          const availability = cells.map((cell, index) => ({...cell, stock: stocks[index] ?? 'unknown'}));
          const plan = choosePlan({model, provider}, SEED_INSTANCE_TYPES, availability);
          const choices = plan.ok ? [plan.chosen, ...plan.alternatives] : [];
          for (const choice of choices) {
            expect(choice.stock).not.toBe('shortage');
            expect(choice.type.zones).toContain(choice.zone);
            expect(choice.price.totalPerHourNanos).toBeGreaterThanOrEqual(choices[0]?.price.totalPerHourNanos ?? 0);
          }
          const named = new Set([
            ...choices.map(choice => choice.type.name),
            ...plan.refused.map(({typeName}) => typeName),
          ]);
          expect(named.size).toBe(SEED_INSTANCE_TYPES.filter(type => type.provider === provider).length);
        },
      ),
    );
  });
});

function planned(request: PlanRequest, availability: TypeAvailability[] = []): Plan {
  const plan = choosePlan(request, SEED_INSTANCE_TYPES, availability);
  if (!plan.ok) throw new Error(`expected a plan, got ${plan.text}`);
  return plan;
}

function refusedPlan(request: PlanRequest, availability: TypeAvailability[] = []): PlanRefusal {
  const plan = choosePlan(request, SEED_INSTANCE_TYPES, availability);
  if (plan.ok) throw new Error(`expected a refusal, got ${plan.chosen.type.name}`);
  return plan;
}

function stock(table: Record<string, Record<string, Stock>>): TypeAvailability[] {
  return Object.entries(table).flatMap(([typeName, zones]) =>
    Object.entries(zones).map(([zone, level]) => ({typeName, zone, stock: level})),
  );
}
