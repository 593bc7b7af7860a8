import {hashIntegers} from './random.ts';

export const BLOCK_TOKENS = 16;

/** Blocks that one sequence holds. `shared` are cached by content and may be held by others too. */
export interface BlockHold {
  shared: string[];
  privateBlocks: number;
}

/**
 * Paged KV memory with prefix caching, as vLLM's block pool counts it: blocks of 16 tokens, full blocks shared by
 * content, freed blocks kept as cache until their room is needed (least recently used first).
 */
export class KvCache {
  readonly totalBlocks: number;
  readonly #prefixCaching: boolean;
  /** Content hash -> holders. A Map keeps insertion order, so entries with no holder are evicted oldest first. */
  readonly #cached = new Map<string, number>();
  #idleCachedBlocks = 0;
  #usedBlocks = 0;

  constructor(totalBlocks: number, prefixCaching: boolean) {
    this.totalBlocks = totalBlocks;
    this.#prefixCaching = prefixCaching;
  }

  get usedBlocks(): number {
    return this.#usedBlocks;
  }

  get usage(): number {
    return this.totalBlocks === 0 ? 0 : this.#usedBlocks / this.totalBlocks;
  }

  /** Leading blocks of `hashes` that are cached; at most all but the last token of a prompt can hit. */
  hitBlocks(hashes: readonly string[], promptTokens: number): number {
    if (!this.#prefixCaching) return 0;
    const blocksMax = Math.floor((promptTokens - 1) / BLOCK_TOKENS);
    let hits = 0;
    while (hits < blocksMax) {
      const hash = hashes[hits];
      if (hash === undefined || !this.#cached.has(hash)) break;
      hits += 1;
    }
    return hits;
  }

  /** Blocks for a prompt, `hits` of them from the cache; `null` when memory does not suffice (nothing is taken). */
  allocate(hashes: readonly string[], hits: number, blocks: number): BlockHold | null {
    const newlyHeld = hashes.slice(0, hits).filter(hash => this.#cached.get(hash) === 0).length;
    if (this.#usedBlocks + newlyHeld + (blocks - hits) > this.totalBlocks) return null;
    const hold: BlockHold = {shared: [], privateBlocks: 0};
    for (const hash of hashes.slice(0, hits)) {
      this.#hold(hash);
      hold.shared.push(hash);
    }
    for (let block = hits; block < blocks; block++) this.grow(hold);
    return hold;
  }

  /** One more block; false when memory is full. */
  grow(hold: BlockHold): boolean {
    if (this.#usedBlocks >= this.totalBlocks) return false;
    this.#usedBlocks += 1;
    hold.privateBlocks += 1;
    this.#evictOverflow();
    return true;
  }

  /** A private block became full: from now on others may share it. */
  publish(hold: BlockHold, hash: string): void {
    if (!this.#prefixCaching || hold.privateBlocks === 0 || this.#cached.has(hash)) return;
    hold.privateBlocks -= 1;
    hold.shared.push(hash);
    this.#cached.set(hash, 1);
  }

  /** Gives everything back; shared blocks stay as cache. */
  release(hold: BlockHold): void {
    this.#usedBlocks -= hold.privateBlocks;
    hold.privateBlocks = 0;
    // Last block first: a prefix is only useful from its start, so its tail is evicted before its head.
    for (const hash of hold.shared.splice(0).reverse()) {
      const holders = (this.#cached.get(hash) ?? 1) - 1;
      this.#cached.delete(hash);
      this.#cached.set(hash, holders);
      if (holders === 0) {
        this.#usedBlocks -= 1;
        this.#idleCachedBlocks += 1;
      }
    }
  }

  /** Forgets cached blocks that nobody holds. */
  dropIdle(): void {
    for (const [hash, holders] of this.#cached) if (holders === 0) this.#cached.delete(hash);
    this.#idleCachedBlocks = 0;
  }

  #hold(hash: string): void {
    const holders = this.#cached.get(hash) ?? 0;
    if (holders === 0) {
      this.#usedBlocks += 1;
      this.#idleCachedBlocks -= 1;
    }
    this.#cached.set(hash, holders + 1);
  }

  #evictOverflow(): void {
    if (this.#usedBlocks + this.#idleCachedBlocks <= this.totalBlocks) return;
    for (const [hash, holders] of this.#cached) {
      if (holders > 0) continue;
      this.#cached.delete(hash);
      this.#idleCachedBlocks -= 1;
      return;
    }
  }
}

/** Hashes of the full blocks of `ids`, each chained to the one before it; `salt` separates tenants. */
export function blockHashes(ids: readonly number[], salt: string): string[] {
  const hashes: string[] = [];
  let [low, high] = [hashIntegers([salt.length]), hashIntegers([salt.length, 1])];
  for (const unit of salt) [low, high] = [hashIntegers([unit.codePointAt(0) ?? 0], low), hashIntegers([high], low)];
  for (let start = 0; start + BLOCK_TOKENS <= ids.length; start += BLOCK_TOKENS) {
    const block = ids.slice(start, start + BLOCK_TOKENS);
    low = hashIntegers(block, low);
    high = hashIntegers(block, high ^ 0x5bd1e995);
    hashes.push(`${low.toString(36)}.${high.toString(36)}`);
  }
  return hashes;
}
