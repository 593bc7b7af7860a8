import {describe, expect, it} from 'vitest';
import {sinceOf} from '../../src/cli/since.ts';

const nowMs = Date.UTC(2026, 10, 23, 12);

describe('--since', () => {
  it.each([
    ['2026-11-23T10:00:00Z', '2026-11-23T10:00:00.000Z'],
    ['2026-11-23T12:00:00+02:00', '2026-11-23T10:00:00.000Z'],
    ['2026-11-23', '2026-11-23T00:00:00.000Z'],
    ['10m', '2026-11-23T11:50:00.000Z'],
    ['1h30m', '2026-11-23T10:30:00.000Z'],
  ])('%s is %s', (given, iso) => {
    expect(sinceOf(given, nowMs)).toBe(iso);
  });

  it.each(['yesterday', '', '10', '10x', '2026-13-45', 'T10:00'])('%j is refused with what to write', given => {
    expect(() => sinceOf(given, nowMs)).toThrow(/--since/);
  });

  it('may be left out', () => {
    expect(sinceOf(undefined, nowMs)).toBeNull();
  });
});
