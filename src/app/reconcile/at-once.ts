/** Calls of one pass in flight at a time: providers limit their callers. */
const atOnceMax = 8;

/** Does the work for each item, a bounded number at a time; results in the order of the items. */
export async function atOnce<Item, Result>(
  items: readonly Item[],
  work: (item: Item) => Promise<Result>,
): Promise<readonly Result[]> {
  const results: Result[] = new Array(items.length);
  let next = 0;
  const workers = Array.from({length: Math.min(atOnceMax, items.length)}, async () => {
    for (let index = next++; index < items.length; index = next++) {
      results[index] = await work(items[index] as Item);
    }
  });
  await Promise.all(workers);
  return results;
}
