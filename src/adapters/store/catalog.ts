import type {InstanceType, Stock, TypeEdit} from '../../core/catalog/instance-type.ts';
import {regionOfZone} from '../../core/catalog/seed.ts';
import {eurNanos} from '../../core/money.ts';
import type {ProviderCatalog} from '../../ports/provider.ts';
import type {CatalogStore} from '../../ports/store.ts';
import {chunksOf} from './bounds.ts';
import type {CatalogEditRow, InstanceTypeRow} from './tables.ts';
import {readTogether, type StoreParts, type Tx, write} from './transaction.ts';

/** The latest catalogue of each provider, in the provider's order. Saving replaces it whole. */
export function createCatalogStore(parts: Pick<StoreParts, 'db' | 'clock'>): CatalogStore {
  return {
    save: (provider, catalog, atMs) =>
      write(parts, async tx => {
        await erase(tx, provider);
        await tx
          .insertInto('catalog_syncs')
          .values({provider, synced_at_ms: atMs})
          .onConflict(conflict => conflict.column('provider').doUpdateSet({synced_at_ms: atMs}))
          .execute();
        await insertZones(tx, provider, catalog);
        await insertTypes(tx, provider, catalog.types);
        const availability = catalog.availability.map((entry, position) => ({
          provider,
          type_name: entry.typeName,
          zone: entry.zone,
          position,
          stock: entry.stock,
        }));
        for (const chunk of chunksOf(availability)) {
          await tx
            .insertInto('availability')
            .values([...chunk])
            .execute();
        }
      }),

    read: provider =>
      readTogether(parts.db, async tx => {
        const sync = await tx
          .selectFrom('catalog_syncs')
          .selectAll()
          .where('provider', '=', provider)
          .executeTakeFirst();
        if (!sync) return null;
        const types = await tx
          .selectFrom('instance_types')
          .selectAll()
          .where('provider', '=', provider)
          .orderBy('position')
          .execute();
        const zones = await tx
          .selectFrom('instance_type_zones')
          .selectAll()
          .where('provider', '=', provider)
          .orderBy('position')
          .execute();
        const stock = await tx
          .selectFrom('availability')
          .selectAll()
          .where('provider', '=', provider)
          .orderBy('position')
          .execute();
        const zonesOfType = Map.groupBy(zones, row => row.type_name);

        return {
          catalog: {
            types: types.map(row =>
              typeFromRow(
                row,
                (zonesOfType.get(row.name) ?? []).map(({zone}) => zone),
              ),
            ),
            availability: stock.map(row => ({typeName: row.type_name, zone: row.zone, stock: row.stock as Stock})),
          },
          syncedAtMs: sync.synced_at_ms,
        };
      }),

    async edits(provider) {
      const rows = await parts.db
        .selectFrom('catalog_edits')
        .selectAll()
        .where('provider', '=', provider)
        .orderBy('type_name')
        .execute();
      return rows.map(editFromRow);
    },

    putEdit: (provider, edit) =>
      write(parts, async tx => {
        const {provider: _, type_name: __, ...changed} = editToRow(provider, edit);
        await tx
          .insertInto('catalog_edits')
          .values(editToRow(provider, edit))
          .onConflict(conflict => conflict.columns(['provider', 'type_name']).doUpdateSet(changed))
          .execute();
      }),

    dropEdits: (provider, typeName) =>
      write(parts, async tx => {
        let query = tx.deleteFrom('catalog_edits').where('provider', '=', provider);
        if (typeName !== null) query = query.where('type_name', '=', typeName);
        return Number((await query.executeTakeFirst()).numDeletedRows);
      }),
  };
}

async function erase(tx: Tx, provider: string): Promise<void> {
  for (const table of ['instance_type_zones', 'availability', 'instance_types', 'zones', 'regions'] as const) {
    await tx.deleteFrom(table).where('provider', '=', provider).execute();
  }
}

async function insertZones(tx: Tx, provider: string, {types, availability}: ProviderCatalog): Promise<void> {
  const zones = new Set([...types.flatMap(type => type.zones), ...availability.map(entry => entry.zone)]);
  const regions = new Set([...zones].map(regionOfZone));
  for (const chunk of chunksOf([...regions])) {
    await tx
      .insertInto('regions')
      .values(chunk.map(name => ({provider, name})))
      .execute();
  }

  for (const chunk of chunksOf([...zones])) {
    await tx
      .insertInto('zones')
      .values(chunk.map(name => ({provider, name, region: regionOfZone(name)})))
      .execute();
  }
}

async function insertTypes(tx: Tx, provider: string, types: readonly InstanceType[]): Promise<void> {
  for (const chunk of chunksOf(types.map((type, position) => typeToRow(provider, type, position)))) {
    await tx
      .insertInto('instance_types')
      .values([...chunk])
      .execute();
  }

  const zones = types.flatMap(type =>
    type.zones.map((zone, position) => ({provider, type_name: type.name, zone, position})),
  );
  for (const chunk of chunksOf(zones)) {
    await tx
      .insertInto('instance_type_zones')
      .values([...chunk])
      .execute();
  }
}

function typeFromRow(row: InstanceTypeRow, zones: readonly string[]): InstanceType {
  return {
    provider: row.provider,
    name: row.name,
    gpuModel: row.gpu_model,
    gpuCount: row.gpu_count,
    vramGibPerGpu: row.vram_gib_per_gpu,
    effectiveVramGibPerGpu: row.effective_vram_gib_per_gpu,
    vcpus: row.vcpus,
    ramGib: row.ram_gib,
    scratchBytesMax: row.scratch_bytes_max,
    computeCapability: row.compute_capability,
    nvlink: row.nvlink === 1,
    netGbps: row.net_gbps,
    pricePerHourNanos: eurNanos(row.price_per_hour_nanos),
    zones,
    endOfService: row.end_of_service === 1,
    localVolumeAllowed: row.local_volume_allowed === 1,
  };
}

function typeToRow(provider: string, type: InstanceType, position: number): InstanceTypeRow {
  return {
    provider,
    name: type.name,
    position,
    gpu_model: type.gpuModel,
    gpu_count: type.gpuCount,
    vram_gib_per_gpu: type.vramGibPerGpu,
    effective_vram_gib_per_gpu: type.effectiveVramGibPerGpu,
    vcpus: type.vcpus,
    ram_gib: type.ramGib,
    scratch_bytes_max: type.scratchBytesMax,
    compute_capability: type.computeCapability,
    nvlink: type.nvlink ? 1 : 0,
    net_gbps: type.netGbps,
    price_per_hour_nanos: type.pricePerHourNanos,
    end_of_service: type.endOfService ? 1 : 0,
    local_volume_allowed: type.localVolumeAllowed ? 1 : 0,
  };
}

function editFromRow(row: CatalogEditRow): TypeEdit {
  return {
    typeName: row.type_name,
    pricePerHourNanos: row.price_per_hour_nanos,
    usableVramGibPerGpu: row.usable_vram_gib_per_gpu,
    disabled: row.disabled === 1,
    editedBy: row.edited_by,
    editedAtMs: row.edited_at_ms,
  };
}

function editToRow(provider: string, edit: TypeEdit): CatalogEditRow {
  return {
    provider,
    type_name: edit.typeName,
    price_per_hour_nanos: edit.pricePerHourNanos,
    usable_vram_gib_per_gpu: edit.usableVramGibPerGpu,
    disabled: edit.disabled ? 1 : 0,
    edited_by: edit.editedBy,
    edited_at_ms: edit.editedAtMs,
  };
}
