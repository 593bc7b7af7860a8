import {type Handler, ok, param} from './api-call.ts';
import {notFound} from './errors.ts';
import {fieldMatches, ordered} from './filters.ts';
import {type JsonObject, stringOf} from './json.ts';
import {bodyPage} from './pagination.ts';
import type {LocalImageRecord} from './records.ts';

const DEFAULT_PAGE_SIZE = 20;

export const listImages: Handler = call => {
  const {world, query} = call;
  const now = new Date(world.clock.nowMs()).toISOString();
  const found = world.marketplaceImages.filter(
    image =>
      (query.get('include_eol') !== 'false' ||
        stringOf(image.valid_until) === undefined ||
        `${image.valid_until}` > now) &&
      (query.get('category') === null ||
        (Array.isArray(image.categories) && image.categories.includes(query.get('category')))),
  );
  const text =
    (name: string) =>
    (image: JsonObject): string =>
      stringOf(image[name]) ?? '';
  const sorted = ordered(found, query.get('order_by'), {name: text('name'), created_at: text('created_at')});
  const page = bodyPage(call, sorted, DEFAULT_PAGE_SIZE);
  return ok({images: page.items, total_count: page.total});
};

export const getImage: Handler = call => {
  const id = param(call, 'id');
  const image = call.world.marketplaceImages.find(one => one.id === id);
  if (image === undefined) throw notFound('MarketplaceImage', id);
  return ok(image);
};

/** The images of a label in each zone, by kind of root volume. An unknown label is a 404, not an empty list. */
export const listLocalImages: Handler = call => {
  const {world, query} = call;
  const label = query.get('image_label');
  if (label !== null && !world.localImages.some(image => image.label === label)) {
    throw notFound('MarketplaceImage', label);
  }
  const found = world.localImages.filter(
    image =>
      fieldMatches(query, 'image_label', image.label) &&
      fieldMatches(query, 'zone', image.zone) &&
      (query.get('type') === 'unknown_type' || fieldMatches(query, 'type', image.type)) &&
      fieldMatches(query, 'arch', image.arch),
  );
  const sorted = ordered(found, query.get('order_by'), {type: image => image.type});
  const page = bodyPage(call, sorted, DEFAULT_PAGE_SIZE);
  return ok({local_images: page.items.map(view), total_count: page.total});
};

export const getLocalImage: Handler = call => {
  const id = param(call, 'id');
  const image = call.world.localImages.find(one => one.id === id);
  if (image === undefined) throw notFound('MarketplaceLocalImage', id);
  return ok(view(image));
};

function view(image: LocalImageRecord): JsonObject {
  return {
    id: image.id,
    arch: image.arch,
    zone: image.zone,
    compatible_commercial_types: image.compatibleTypes,
    label: image.label,
    type: image.type,
  };
}
