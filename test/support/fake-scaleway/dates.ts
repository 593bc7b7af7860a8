/** The Instance API writes `2026-07-30T12:53:17.694881+00:00`. */
export function instanceDate(atMs: number): string {
  return new Date(atMs).toISOString().replace('Z', '000+00:00');
}

/** Block, IAM, Account and Marketplace write `2026-07-30T12:53:17.991703Z`. */
export function utcDate(atMs: number): string {
  return new Date(atMs).toISOString().replace('Z', '000Z');
}

export function utcDateOrNull(atMs: number | null): string | null {
  return atMs === null ? null : utcDate(atMs);
}
