import {expect, it} from 'vitest';
import type {LimitScope} from '../../../src/core/limits/scope.ts';
import {indexScopes} from '../../../src/core/limits/scope.ts';

const scope = (members: Partial<LimitScope>): LimitScope => ({
  ...{organizationId: 'org', keyId: null, userId: null, modelHfId: null},
  ...members,
});
const subject = {organizationId: 'org', keyId: 'key', userId: 'ada', modelHfId: 'model'};

it.each([
  ['the whole organization', {}, true],
  ['the key', {keyId: 'key'}, true],
  ['the user', {userId: 'ada'}, true],
  ['the model', {modelHfId: 'model'}, true],
  ['the key with the model', {keyId: 'key', modelHfId: 'model'}, true],
  ['another organization', {organizationId: 'other'}, false],
  ['another key', {keyId: 'other'}, false],
  ['another user', {userId: 'other'}, false],
  ['another model', {modelHfId: 'other'}, false],
  ['the key with another model', {keyId: 'key', modelHfId: 'other'}, false],
] as const)('a rule for %s', (_whose, members, isMatching) => {
  const rule = scope(members);
  const others = [scope({organizationId: 'another'}), scope({keyId: 'another'})];
  expect(indexScopes([...others, rule]).matching(subject)).toEqual(isMatching ? [rule] : []);
});
