import * as z from 'zod';
import {oneProvider} from './credentials.ts';
import {isoTime, needs, reference} from './shared.ts';

export const catalogSchema = z.object({
  provider: z.string(),
  /** When it was read from the provider; null: never, these are the types this version was shipped with. */
  syncedAt: isoTime.nullable(),
  types: z.array(
    z.object({
      name: z.string(),
      gpuModel: z.string(),
      gpuCount: z.number(),
      vramGibPerGpu: z.number(),
      effectiveVramGibPerGpu: z.number(),
      vcpus: z.number(),
      ramGib: z.number(),
      scratchBytesMax: z.number(),
      pricePerHourNanos: z.number(),
      pricePerMonthNanos: z.number(),
      endOfService: z.boolean(),
      localVolumeAllowed: z.boolean(),
      /** Turned off by an operator: never proposed. */
      disabled: z.boolean(),
      /** What an operator said in place of the provider, and who; null: nothing. */
      edited: z.object({fields: z.array(z.string()), by: z.string(), at: isoTime}).nullable(),
      zones: z.array(z.object({zone: z.string(), stock: z.enum(['available', 'scarce', 'shortage', 'unknown'])})),
    }),
  ),
  zones: z.array(z.object({name: z.string(), region: z.string(), typesSold: z.number(), typesInStock: z.number()})),
  /** Beside the machine. Published prices, not read from the API. */
  diskPerGbMonthNanos: z.number(),
  ipPerHourNanos: z.number(),
});

export const catalogContract = {
  /** What was last read from the provider; calls nobody. */
  show: needs('catalog.view').input(oneProvider).output(catalogSchema),
  /** Reads types, prices, zones and stock from the provider, and keeps them. */
  sync: needs('catalog.sync').input(oneProvider).output(catalogSchema),
  /** Says something of a type in place of the provider: absent as it is, null as the provider says. Survives every sync. */
  set: needs('catalog.change')
    .input(
      oneProvider.extend({
        type: reference,
        pricePerHourNanos: z.number().int().min(1).nullable().optional(),
        usableVramGibPerGpu: z.number().positive().max(10_000).nullable().optional(),
        disabled: z.boolean().optional(),
      }),
    )
    .output(
      z.object({
        type: z.string(),
        pricePerHourNanos: z.number().nullable(),
        usableVramGibPerGpu: z.number().nullable(),
        disabled: z.boolean(),
      }),
    ),
  /** The provider is believed again: of one type, or of all. */
  reset: needs('catalog.change')
    .input(oneProvider.extend({type: reference.optional()}))
    .output(z.object({reset: z.number()})),
};

export type CatalogView = z.infer<typeof catalogSchema>;
