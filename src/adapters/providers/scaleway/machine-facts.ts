import type {Instancev1} from '@scaleway/sdk-instance';
import {InventivError} from '../../../core/errors.ts';
import {didYouMean} from '../../../core/near-names.ts';
import type {Clock} from '../../../ports/clock.ts';
import {readServerTypes} from './catalog.ts';
import {findImage, type MachineRequest} from './image.ts';
import {gpuModelOf, isLocalVolumeAllowed} from './instance-types.ts';
import type {ScalewayApis} from './sdk.ts';

/** What a create needs to know about a type in a zone. */
export interface MachineFacts {
  readonly imageId: string;
  readonly localVolumeAllowed: boolean;
}

const keptForMs = 10 * 60_000;
const keptMax = 100;

/**
 * The facts by zone and type, kept for the minutes between the check and the create. Image ids change every few months,
 * so nothing here outlives a run for long.
 */
export class MachineFactsCache {
  readonly #clock: Clock;
  readonly #kept = new Map<string, MachineFacts & {readonly atMs: number}>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  async read(apis: ScalewayApis, request: MachineRequest): Promise<MachineFacts> {
    const kept = this.#kept.get(keyOf(request));
    if (kept !== undefined && this.#clock.nowMs() - kept.atMs < keptForMs) return kept;
    return this.find(apis, request, await requireType(apis, request));
  }

  /** Looks the image up now, for a type that was read already. */
  async find(apis: ScalewayApis, request: MachineRequest, type: Instancev1.ServerType): Promise<MachineFacts> {
    const imageId = await findImage(apis, request, gpuModelOf(request.instanceType, type));
    const facts = {imageId, localVolumeAllowed: isLocalVolumeAllowed(type)};
    if (this.#kept.size >= keptMax) this.#kept.clear();
    this.#kept.set(keyOf(request), {...facts, atMs: this.#clock.nowMs()});
    return facts;
  }

  forget(request: MachineRequest): void {
    this.#kept.delete(keyOf(request));
  }
}

/** The type as the zone sells it; a zone or type that does not exist is refused with the nearest names. */
export async function requireType(apis: ScalewayApis, request: MachineRequest): Promise<Instancev1.ServerType> {
  const {zone, instanceType} = request;
  if (!apis.zones.includes(zone)) {
    throw new InventivError('invalid_input', `expected a zone of Scaleway, got "${zone.slice(0, 80)}".`, {
      hint: didYouMean(zone, apis.zones) ?? `Zones: ${apis.zones.join(', ')}.`,
      param: 'zone',
    });
  }
  const types = await readServerTypes(apis, zone);
  const type = types.get(instanceType);
  if (type !== undefined && (type.gpu ?? 0) > 0) return type;
  const withGpu = [...types].filter(([, sold]) => (sold.gpu ?? 0) > 0).map(([name]) => name);
  const elsewhere = await zonesSelling(apis, request);
  const why = type === undefined ? `is not sold in ${zone}` : 'has no GPU';
  throw new InventivError(
    'invalid_input',
    `expected a GPU type sold in ${zone}: "${instanceType.slice(0, 80)}" ${why}.`,
    {
      hint:
        elsewhere.length > 0
          ? `${instanceType} is sold in ${elsewhere.join(', ')}: use --zone.`
          : (didYouMean(instanceType, withGpu) ?? `GPU types there: ${withGpu.join(', ') || 'none'}.`),
      param: 'instanceType',
    },
  );
}

/** For a hint only: zones that cannot be read are passed over. */
async function zonesSelling(apis: ScalewayApis, {zone, instanceType}: MachineRequest): Promise<string[]> {
  const others = apis.zones.filter(other => other !== zone);
  const sold = await Promise.allSettled(others.map(other => readServerTypes(apis, other)));
  return others.filter((_, index) => {
    const answer = sold[index];
    return answer?.status === 'fulfilled' && (answer.value.get(instanceType)?.gpu ?? 0) > 0;
  });
}

function keyOf({zone, instanceType}: MachineRequest): string {
  return `${zone} ${instanceType}`;
}
