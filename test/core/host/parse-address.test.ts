import fc from 'fast-check';
import {describe, expect, it} from 'vitest';
import {hostNameOf, parseSshAddress, sshAddressText} from '../../../src/core/host/parse-address.ts';

describe('an SSH address', () => {
  it.each([
    ['root@203.0.113.7', {user: 'root', host: '203.0.113.7', port: 22}],
    ['ubuntu@gpu-1.lan:2222', {user: 'ubuntu', host: 'gpu-1.lan', port: 2222}],
    ['gpu-1', {user: null, host: 'gpu-1', port: 22}],
    ['root@[2001:db8::7]', {user: 'root', host: '2001:db8::7', port: 22}],
    ['[::1]:2200', {user: null, host: '::1', port: 2200}],
    [' me@x ', {user: 'me', host: 'x', port: 22}],
  ])('%s is understood', (text, address) => {
    expect(parseSshAddress(text, '--ssh')).toEqual(address);
  });

  it.each([
    '',
    '@',
    'root@',
    'root@x:0',
    'root@x:65536',
    'root@x:',
    'a b@x',
    'root@-oProxyCommand=x',
    '2001:db8::7',
    'root@x y',
    'root@x;ls',
    '-l@x',
    'x'.repeat(400),
  ])('%j is refused with an example', text => {
    expect(() => parseSshAddress(text, '--ssh')).toThrow(
      expect.objectContaining({code: 'invalid_input', param: '--ssh', hint: expect.stringContaining('root@')}),
    );
  });

  it('is the same after it was written down and read again', () => {
    const host = fc.oneof(fc.ipV4(), fc.ipV6(), fc.domain());
    fc.assert(
      fc.property(
        fc.stringMatching(/^[a-z_][a-z0-9_-]{0,20}$/),
        host,
        fc.integer({min: 1, max: 65_535}),
        (user, name, port) => {
          const address = {user, host: name, port};
          expect(parseSshAddress(sshAddressText(address), 'x')).toEqual(address);
        },
      ),
    );
  });

  it('gives a host a name that names allow', () => {
    expect(hostNameOf('203.0.113.7')).toBe('203-0-113-7');
    expect(hostNameOf('Gpu-1.Lan.')).toBe('gpu-1-lan');
    fc.assert(
      fc.property(fc.string(), text => {
        expect(hostNameOf(text)).toMatch(/^[a-z0-9]([a-z0-9-]*[a-z0-9])?$/);
      }),
    );
  });
});
