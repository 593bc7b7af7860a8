import fc from 'fast-check';
import {describe, expect, it} from 'vitest';
import {formatId} from '../../../src/core/ids.ts';
import {resourceName, resourceTags} from '../../../src/core/instance/resource-names.ts';

const random = fc.uint8Array({minLength: 16, maxLength: 16});

describe('names of resources', () => {
  it('are readable and tell their kind', () => {
    const instance = {id: 'ins_0123456789abcdefghjkmnpqrs', name: 'web', organizationId: 'org_one'};
    expect(resourceName(instance, 'server')).toBe(
      'inventiv-web-hjkmnpqrs'.replace('hjkmnpqrs', instance.id.slice(-10)),
    );
    expect(resourceName(instance, 'security_group')).toBe(`inventiv-web-${instance.id.slice(-10)}-security-group`);
    expect(resourceTags(instance)).toEqual([
      'inventiv',
      `inventiv-instance=${instance.id}`,
      'inventiv-organization=org_one',
    ]);
  });

  it('differ between instances of the same name, made in the same millisecond', () => {
    fc.assert(
      fc.property(random, random, (one, other) => {
        fc.pre(one.subarray(6).some((byte, index) => (byte & 31) !== ((other[index + 6] ?? 0) & 31)));
        const names = [one, other].map(bytes =>
          resourceName({id: formatId('instance', 1_900_000_000_000, bytes), name: 'web'}, 'server'),
        );
        expect(names[0]).not.toBe(names[1]);
      }),
    );
  });
});
