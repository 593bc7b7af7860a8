import fc from 'fast-check';
import {describe, expect, it} from 'vitest';
import {isSameRules, wantedRules} from '../../../../src/adapters/providers/scaleway/security-group-rules.ts';
import type {SecurityGroupRequest} from '../../../../src/ports/provider.ts';
import {groupRequest} from './support/fake-account.ts';

type Found = Parameters<typeof isSameRules>[0];

/** As the API gives rules back: its own first, ours renumbered, host masks cut off. */
function givenBack(request: SecurityGroupRequest): Found {
  const ours = wantedRules(request).map((rule, index) => ({
    ...rule,
    id: `rule-${index}`,
    zone: request.zone,
    ipRange: rule.ipRange.replace(/\/32$/, ''),
    position: index + 7,
    editable: true,
  }));
  const spam = [25, 465, 587].map(destPortFrom => ({
    id: `spam-${destPortFrom}`,
    protocol: 'TCP' as const,
    direction: 'outbound' as const,
    action: 'drop' as const,
    ipRange: '0.0.0.0/0',
    destPortFrom,
    position: 1,
    editable: false,
    zone: request.zone,
  }));
  return [...spam, ...ours];
}

const ports = fc.uniqueArray(fc.integer({min: 1, max: 65_535}), {minLength: 1, maxLength: 5});
const ranges = fc.uniqueArray(
  fc.tuple(fc.ipV4(), fc.constantFrom(8, 16, 24, 32)).map(([ip, bits]) => `${ip}/${bits}`),
  {minLength: 1, maxLength: 4},
);

describe('rules of a security group', () => {
  it('are the same however the provider orders, numbers and writes them', () => {
    fc.assert(
      fc.property(ports, ranges, (openPorts, sourceRanges) => {
        const request = {...groupRequest, openPorts, sourceRanges};
        expect(isSameRules(givenBack(request).toReversed(), wantedRules(request))).toBe(true);
      }),
    );
  });

  it('differ when a port or a range is missing or too much', () => {
    fc.assert(
      fc.property(ports, ranges, (openPorts, sourceRanges) => {
        const request = {...groupRequest, openPorts, sourceRanges};
        const found = givenBack(request);
        const wider = {...request, openPorts: [...openPorts, 0]};
        expect(isSameRules(found, wantedRules(wider))).toBe(false);
        expect(isSameRules(givenBack(wider), wantedRules(request))).toBe(false);
        expect(isSameRules(found.slice(0, -1), wantedRules(request))).toBe(false);
      }),
    );
  });

  it('lets a port range that begins with ours not pass for it', () => {
    const [first, ...rest] = givenBack(groupRequest).filter(rule => rule.editable);
    const widened = [{...(first ?? rest[0]), destPortTo: 9000}, ...rest] as Found;
    expect(isSameRules(widened, wantedRules(groupRequest))).toBe(false);
  });
});
