import {describe, expect, it} from 'vitest';
import {refusalOf} from '../../../../src/adapters/providers/scaleway/error-answer.ts';
import {isGone, isUncertain, isWrongState} from '../../../../src/adapters/providers/scaleway/refusal.ts';
import {recordedAnswer} from './support/recordings.ts';

const instancePath = '/instance/v1/zones/fr-par-2/servers';

function recorded(name: string, status: number) {
  const {body, path} = recordedAnswer(name, status);
  return refusalOf(status, body, path);
}

function made(status: number, body: unknown, path = instancePath) {
  return refusalOf(status, typeof body === 'string' ? body : JSON.stringify(body), path);
}

describe('an error answer as recorded from the real API', () => {
  it.each([
    ['error-create-missing-fields-400', 400, 'invalid_input', 'invalid_arguments', false],
    ['error-detach-volume-not-attached-400', 400, 'invalid_input', 'invalid_arguments', false],
    ['server-poweron-twice-400', 400, 'provider_unavailable', 'resource_not_usable', true],
    ['error-denied-authentication-401', 401, 'provider_auth', 'denied_authentication_not_found', false],
    ['error-permissions-denied-403', 403, 'provider_auth', 'permissions_denied', false],
    ['error-permissions-denied-403-block', 403, 'provider_auth', 'permissions_denied', false],
    ['error-quota-403', 403, 'quota_exceeded', 'quotas_exceeded', false],
    ['error-create-unknown-image-404', 404, 'not_found', 'not_found', false],
    ['error-internal-500', 404, 'not_found', 'not_found', false],
    ['error-transient-state-409', 409, 'provider_unavailable', 'transient_state', true],
    ['error-block-deleted-twice-410', 410, 'not_found', 'not_found', false],
    ['error-block-size-below-snapshot-412', 412, 'provider_unavailable', 'resource_not_usable', true],
    ['block-snapshot-in-use-412', 412, 'conflict', 'protected_resource', false],
    ['error-rate-limited-429', 429, 'provider_unavailable', 'rate_limited', true],
    ['error-internal-500', 500, 'provider_unavailable', 'server_error', true],
    ['error-out-of-stock-503', 503, 'no_capacity', 'out_of_stock', false],
  ])('%s: %i is %s (%s), retryable: %s', (name, status, code, detailCode, retryable) => {
    expect(recorded(name, status)).toMatchObject({code, detailCode, retryable});
  });

  it('tells every argument that was refused', () => {
    const {message, param} = recorded('error-create-missing-fields-400', 400);
    expect(message).toContain('commercial_type: required key not provided');
    expect(message).toContain('image: required key not provided');
    expect(param).toBe('commercial_type');
  });

  it('tells which quota is reached, and how far it was used', () => {
    expect(recorded('error-quota-403', 403)).toMatchObject({
      message: expect.stringContaining('UsrProjectsWidth: 25 of 25 used'),
      param: 'UsrProjectsWidth',
    });
  });

  it('tells which permission is missing and what would give it', () => {
    const block = recorded('error-permissions-denied-403-block', 403);
    expect(block.message).toContain('read snapshot');
    expect(block.hint).toContain('BlockStorageFullAccess');
  });

  it('knows a volume deleted twice for gone, as the API of 2023 and that of today say it', () => {
    expect(isGone(recorded('error-block-deleted-twice-410', 410), 'volume')).toBe(true);
    expect(isGone(recorded('error-block-deleted-twice-410', 404), 'volume')).toBe(true);
    expect(isGone(recorded('error-internal-500', 404), 'instance_server')).toBe(true);
  });
});

describe('an error answer that no recording shows', () => {
  it.each(['not_found', 'invalid_argument', 'expired'])('tells why a key was not accepted: %s', reason => {
    const error = made(401, {type: 'denied_authentication', method: 'api_key', reason, message: 'denied'});
    expect(error).toMatchObject({code: 'provider_auth', detailCode: `denied_authentication_${reason}`});
    expect(error.hint).toBeTruthy();
  });

  it('names a GPU quota that comes without numbers', () => {
    const details = [{resource: 'cp_servers_type_L4_1_24G'}];
    const {message} = made(403, {type: 'quotas_exceeded', message: 'quota(s) exceeded', details});
    expect(message).toContain('(cp_servers_type_L4_1_24G)');
    expect(message).not.toContain('undefined');
  });

  it('takes out_of_stock for no capacity whatever its status', () => {
    for (const status of [400, 403, 409, 503])
      expect(made(status, {type: 'out_of_stock', resource: 'instance_server'}).code).toBe('no_capacity');
  });

  it('takes an unknown project for wrong input, not for something gone', () => {
    const error = made(404, {type: 'not_found', resource: 'project_id', resource_id: 'x'});
    expect(error).toMatchObject({code: 'invalid_input', param: 'project'});
  });

  it.each([
    ['no body', ''],
    ['HTML', '<html>404 not here</html>'],
    ['JSON without a type', '{"message":"nope"}'],
    ['the other API', JSON.stringify({type: 'not_found', resource: 'volume', resource_id: 'x'})],
  ])('does not take a 404 with %s for a server that is gone', (_, body) => {
    expect(isGone(made(404, body), 'instance_server')).toBe(false);
  });

  it.each([301, 404, 500, 502, 504])('asks again later after %i of something that is not the API', status => {
    expect(made(status, '<html></html>')).toMatchObject({code: 'provider_unavailable', retryable: true});
  });

  it('is uncertain about what happened only where the server failed', () => {
    expect(isUncertain(made(500, {type: 'server_error'}))).toBe(true);
    expect(isUncertain(made(502, '<html></html>'))).toBe(true);
    expect(isUncertain(made(429, ''))).toBe(false);
    expect(isUncertain(made(400, {type: 'precondition_failed', precondition: 'resource_not_usable'}))).toBe(false);
    expect(isUncertain(made(503, {type: 'out_of_stock'}))).toBe(false);
  });

  it('tells a state that passes from a protection that lasts', () => {
    const inUse = {type: 'precondition_failed', precondition: 'resource_still_in_use', help_message: 'in use'};
    expect(isWrongState(made(412, inUse))).toBe(true);
    expect(isWrongState(made(412, {...inUse, precondition: 'protected_resource'}))).toBe(false);
  });

  it('repeats no secret that an answer carries, and no endless text', () => {
    const leaky = {
      type: 'invalid_arguments',
      message: `x Authorization: Bearer abc123 ${'y'.repeat(5000)}`,
      details: [],
    };
    const {message} = made(400, leaky);
    expect(message).not.toContain('abc123');
    expect(message.length).toBeLessThan(500);
  });
});
