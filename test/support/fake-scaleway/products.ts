import {type ApiCall, type Handler, ok, param} from './api-call.ts';
import type {Json} from './json.ts';
import {instancePage} from './pagination.ts';

/** An object by type name, in pages: 50 types unless asked otherwise. */
export const listTypes: Handler = call => page(call, [...(call.world.catalog.types.get(param(call, 'zone')) ?? [])]);

export const listAvailability: Handler = call => {
  const zone = param(call, 'zone');
  const stock = [...(call.world.catalog.availability.get(zone) ?? [])].map(([name, recorded]): [string, Json] => {
    const forced = call.world.faults.strike('availability', {type: name, zone});
    return [name, {availability: forced === undefined ? recorded : (forced.settings.value ?? 'shortage')}];
  });
  return page(call, stock);
};

function page(call: ApiCall, all: [string, Json][]): ReturnType<Handler> {
  const {items, headers} = instancePage(call, all);
  return ok({servers: Object.fromEntries(items)}, headers);
}
