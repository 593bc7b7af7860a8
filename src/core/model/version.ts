export type Version = readonly [major: number, minor: number, patch: number];

/** Reads `0.27.1`, `v0.27.1`, `0.27`, `580.95.05`, and release candidates (`0.28.0rc1` counts as `0.28.0`). */
export function parseVersion(text: string): Version | undefined {
  const match = /^v?(\d{1,6})(?:\.(\d{1,6}))?(?:\.(\d{1,6}))?(?:rc\d{1,3}|\.post\d{1,3})?$/.exec(text);
  return match ? [Number(match[1]), Number(match[2] ?? 0), Number(match[3] ?? 0)] : undefined;
}

/** Negative when `a` is older. Unreadable versions count as 0.0.0. */
export function compareVersions(a: string, b: string): number {
  const [left, right] = [parseVersion(a) ?? [0, 0, 0], parseVersion(b) ?? [0, 0, 0]];
  return left[0] - right[0] || left[1] - right[1] || left[2] - right[2];
}
