import type {TokenPrice} from '../../core/finops/token-price.ts';
import type {PriceStore} from '../../ports/prices.ts';
import {listRowsMax} from './bounds.ts';
import {appendEvents} from './events.ts';
import type {TokenPriceRow} from './tables.ts';
import {type StoreParts, write} from './transaction.ts';

export function createPriceStore(parts: Pick<StoreParts, 'db' | 'clock' | 'ids'>): PriceStore {
  const {db, clock, ids} = parts;
  /** Without versions that are over, and those that a later decision came before. */
  const current = () => {
    const nowMs = clock.nowMs();
    return db
      .selectFrom('token_prices as p')
      .selectAll()
      .where(({not, exists, selectFrom}) =>
        not(
          exists(
            selectFrom('token_prices as later')
              .select('later.id')
              .whereRef('later.organization_id', '=', 'p.organization_id')
              .whereRef('later.model_hf_id', '=', 'p.model_hf_id')
              .whereRef('later.version', '>', 'p.version')
              .where('later.valid_from_ms', '<=', nowMs),
          ),
        ),
      )
      .orderBy('model_hf_id')
      .orderBy('version', 'desc')
      .limit(listRowsMax.prices);
  };
  return {
    add: (scope, {modelHfId, validFromMs, rates, setBy}) =>
      write(parts, async (tx, nowMs) => {
        const {latest} = await tx
          .selectFrom('token_prices')
          .select(({fn}) => fn.max('version').as('latest'))
          .where('organization_id', '=', scope.organizationId)
          .where('model_hf_id', '=', modelHfId)
          .executeTakeFirstOrThrow();
        const price: TokenPrice = {
          id: ids.next('price'),
          organizationId: scope.organizationId,
          modelHfId,
          version: Number(latest ?? 0) + 1,
          validFromMs: validFromMs ?? nowMs,
          ...{rates, setBy, setAtMs: nowMs},
        };
        await tx.insertInto('token_prices').values(priceToRow(price)).execute();
        const event = {
          organizationId: scope.organizationId,
          topic: 'models',
          type: 'price.set',
          subjectId: modelHfId,
          correlationId: null,
          payload: {priceId: price.id, version: price.version, validFromMs: price.validFromMs},
        } as const;
        await appendEvents(tx, [event], nowMs);
        return price;
      }),

    async history(scope, modelHfId) {
      const rows = await db
        .selectFrom('token_prices')
        .selectAll()
        .where('organization_id', '=', scope.organizationId)
        .where('model_hf_id', '=', modelHfId)
        .orderBy('version', 'desc')
        .limit(listRowsMax.prices)
        .execute();
      return rows.map(priceFromRow);
    },

    async current(scope) {
      return (await current().where('p.organization_id', '=', scope.organizationId).execute()).map(priceFromRow);
    },

    async allCurrent() {
      return (await current().execute()).map(priceFromRow);
    },
  };
}

function priceToRow({rates, ...price}: TokenPrice): TokenPriceRow {
  return {
    id: price.id,
    organization_id: price.organizationId,
    model_hf_id: price.modelHfId,
    version: price.version,
    valid_from_ms: price.validFromMs,
    input_nanos: rates?.inputPerMillionNanos ?? null,
    cached_input_nanos: rates?.cachedInputPerMillionNanos ?? null,
    output_nanos: rates?.outputPerMillionNanos ?? null,
    reasoning_nanos: rates?.reasoningPerMillionNanos ?? null,
    audio_hour_nanos: rates?.audioPerHourNanos ?? null,
    request_nanos: rates?.perRequestNanos ?? null,
    set_by: price.setBy,
    set_at_ms: price.setAtMs,
  };
}

function priceFromRow(row: TokenPriceRow): TokenPrice {
  const {input_nanos: inputPerMillionNanos} = row;
  return {
    id: row.id,
    organizationId: row.organization_id,
    modelHfId: row.model_hf_id,
    version: row.version,
    validFromMs: row.valid_from_ms,
    rates:
      inputPerMillionNanos === null
        ? null
        : {
            inputPerMillionNanos,
            cachedInputPerMillionNanos: row.cached_input_nanos,
            outputPerMillionNanos: row.output_nanos ?? 0,
            reasoningPerMillionNanos: row.reasoning_nanos,
            audioPerHourNanos: row.audio_hour_nanos ?? 0,
            perRequestNanos: row.request_nanos ?? 0,
          },
    setBy: row.set_by,
    setAtMs: row.set_at_ms,
  };
}
