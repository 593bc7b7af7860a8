/**
 * "Did you mean": the candidates nearest to a mistyped name, best first. Cost is bounded by the constants below
 * whatever the caller passes, so a hostile or pasted megabyte costs nothing.
 */
const INPUT_CHARS_MAX = 128;
const CANDIDATE_CHARS_MAX = 128;
const CANDIDATES_MAX = 2_000;
const EDITS_MAX = 24;
const SCORE_MIN = 0.55;

export type NearNamesOptions = {
  /** How many names at most (default 3). */
  limit?: number;
};

export function nearNames(input: string, candidates: readonly string[], options: NearNamesOptions = {}): string[] {
  if (input.length > INPUT_CHARS_MAX) return [];
  const wanted = squash(input);
  if (!wanted) return [];
  const wantedTokens = tokensOf(input);
  return candidates
    .slice(0, CANDIDATES_MAX)
    .filter(candidate => candidate.length <= CANDIDATE_CHARS_MAX)
    .map(candidate => ({candidate, score: similarity(wanted, wantedTokens, candidate)}))
    .filter(({score}) => score >= SCORE_MIN)
    .sort((a, b) => b.score - a.score || compareText(a.candidate, b.candidate))
    .slice(0, options.limit ?? 3)
    .map(({candidate}) => candidate);
}

/** One sentence for an error hint, or undefined when nothing is near: `did you mean "a", "b"?` */
export function didYouMean(input: string, candidates: readonly string[]): string | undefined {
  const names = nearNames(input, candidates);
  return names.length > 0 ? `did you mean ${names.map(name => `"${name}"`).join(' or ')}?` : undefined;
}

/**
 * Optimal-string-alignment distance (insert, delete, replace, swap of neighbours), or `distanceMax + 1` when it is
 * larger: only a diagonal band of that width is computed.
 */
export function editDistance(a: string, b: string, distanceMax: number): number {
  const tooFar = distanceMax + 1;
  if (Math.abs(a.length - b.length) > distanceMax) return tooFar;
  let beforePrevious: number[] = [];
  let previous = Array.from({length: b.length + 1}, (_, column) => column);
  for (let row = 1; row <= a.length; row++) {
    const current = new Array<number>(b.length + 1).fill(tooFar);
    if (row <= distanceMax) current[0] = row;
    const last = Math.min(b.length, row + distanceMax);
    for (let column = Math.max(1, row - distanceMax); column <= last; column++) {
      const replace = at(previous, column - 1, tooFar) + (a[row - 1] === b[column - 1] ? 0 : 1);
      let best = Math.min(replace, at(previous, column, tooFar) + 1, at(current, column - 1, tooFar) + 1);
      const swapped = row > 1 && column > 1 && a[row - 1] === b[column - 2] && a[row - 2] === b[column - 1];
      if (swapped) best = Math.min(best, at(beforePrevious, column - 2, tooFar) + 1);
      current[column] = best;
    }
    beforePrevious = previous;
    previous = current;
  }
  return Math.min(at(previous, b.length, tooFar), tooFar);
}

/** 0 to 1. The best of: whole text by edits, last path segment by edits, shared tokens, being contained. */
function similarity(wanted: string, wantedTokens: readonly string[], candidate: string): number {
  const whole = squash(candidate);
  const segment = squash(candidate.slice(candidate.lastIndexOf('/') + 1));
  const contained = wanted.length >= 3 && whole.includes(wanted) ? 0.7 + (0.25 * wanted.length) / whole.length : 0;
  return Math.max(
    editScore(wanted, whole),
    segment === whole ? 0 : 0.98 * editScore(wanted, segment),
    contained,
    0.9 * tokenScore(wantedTokens, tokensOf(candidate)),
  );
}

function editScore(wanted: string, name: string): number {
  const longest = Math.max(wanted.length, name.length);
  if (longest === 0) return 0;
  // At least one edit is forgiven: a two-letter verb such as `ps` can be mistyped too.
  const distanceMax = Math.min(EDITS_MAX, Math.max(1, Math.floor(longest * 0.4)));
  const distance = editDistance(wanted, name, distanceMax);
  if (distance > distanceMax) return 0;
  return Math.max(1 - distance / longest, distance === 1 && longest >= 3 ? 0.6 : 0);
}

/** Share of the wanted characters that sit in tokens both names have, a little less for every token left over. */
function tokenScore(wanted: readonly string[], offered: readonly string[]): number {
  const left = [...offered];
  let sharedChars = 0;
  let wantedChars = 0;
  for (const token of wanted) {
    wantedChars += token.length;
    const index = left.indexOf(token);
    if (index < 0) continue;
    left.splice(index, 1);
    sharedChars += token.length;
  }
  return wantedChars < 3 ? 0 : sharedChars / wantedChars - 0.01 * Math.min(left.length, 10);
}

/** `Qwen2.5-0.5B` -> qwen, 2, 5, 0, 5, b: versions and sizes typed with other punctuation still meet. */
function tokensOf(text: string): string[] {
  return text.toLowerCase().match(/[a-z]+|\d+/g) ?? [];
}

function squash(text: string): string {
  return text.toLowerCase().replace(/[^\p{L}\p{N}]+/gu, '');
}

function at(row: readonly number[], index: number, otherwise: number): number {
  return row[index] ?? otherwise;
}

/** Code-unit order, the same on every machine whatever its locale. */
function compareText(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
