import {expect, it} from 'vitest';
import type {RateLimit} from '../../../src/core/limits/rate-limit.ts';
import type {AdmissionRequest, Grant, Refusal, Verdict} from '../../../src/serve/admission/gate.ts';
import {RateGate} from '../../../src/serve/admission/rate-gate.ts';
import {aRecord, aRequest} from './support.ts';

const aLimit = (id: string, members: Partial<RateLimit>): RateLimit => ({
  ...{id, organizationId: 'org', keyId: null, userId: null, modelHfId: null, updatedAtMs: 0},
  ...{requestsPerMinute: null, tokensPerMinute: null, concurrency: null},
  ...members,
});

async function gateOf(...limits: RateLimit[]) {
  const site = {limits, nowMs: 1_000_000};
  const gate = new RateGate({listAll: () => Promise.resolve(site.limits)}, {nowMs: () => site.nowMs});
  await gate.refresh();
  return {gate, site};
}

let asked = 0;
const ask = (gate: RateGate, overrides: Partial<AdmissionRequest> = {}): Verdict =>
  gate.enter(aRequest(`r${asked++}`, overrides));

function granted(verdict: Verdict): Grant {
  if (verdict.kind === 'refused') throw new Error(verdict.message);
  return verdict;
}

function refused(verdict: Verdict): Refusal {
  if (verdict.kind === 'granted') throw new Error('granted');
  return verdict;
}

it('lets exactly so many requests in, says when the next may come, and lets that one in then', async () => {
  const {gate, site} = await gateOf(aLimit('a', {requestsPerMinute: 30}));
  const verdicts = Array.from({length: 200}, () => ask(gate));
  expect(verdicts.filter(({kind}) => kind === 'granted')).toHaveLength(30);
  expect(refused(ask(gate))).toMatchObject({
    limit: 'requests',
    code: 'rate_limited',
    retryAfterMs: 2000,
    headers: {
      'x-ratelimit-limit-requests': '30',
      'x-ratelimit-remaining-requests': '0',
      'x-ratelimit-reset-requests': '1m0s',
    },
  });
  site.nowMs += 1999;
  refused(ask(gate));
  site.nowMs += 1;
  granted(ask(gate));
  refused(ask(gate));
});

it('holds the most that a request may use, and counts what it did use once that is known', async () => {
  const {gate} = await gateOf(aLimit('a', {tokensPerMinute: 200}));
  const first = granted(ask(gate));
  expect(first.headers).toMatchObject({'x-ratelimit-remaining-tokens': '100', 'x-ratelimit-reset-tokens': '30s'});
  const second = granted(ask(gate));
  expect(refused(ask(gate))).toMatchObject({limit: 'tokens', retryAfterMs: 30_000});
  first.settle(aRecord('r', {promptTokens: 10, completionTokens: 5}));
  expect(refused(ask(gate)).headers['x-ratelimit-remaining-tokens']).toBe('85');
  second.release();
  expect(granted(ask(gate)).headers['x-ratelimit-remaining-tokens']).toBe('85');
});

it('owes what an open-ended answer used beyond its guess', async () => {
  const {gate} = await gateOf(aLimit('a', {tokensPerMinute: 2000}));
  const open = {isOpenEnded: true, completionTokensMax: 16_000};
  const grant = granted(ask(gate, open));
  expect(grant.headers['x-ratelimit-remaining-tokens']).toBe(String(2000 - 10 - 1024));
  grant.settle(aRecord('r', {promptTokens: 10, completionTokens: 3990}));
  expect(refused(ask(gate, open)).retryAfterMs).toBe(91_020);
});

it('tells that a retry cannot help where a request is larger than a minute', async () => {
  const {gate} = await gateOf(aLimit('a', {tokensPerMinute: 50}));
  expect(refused(ask(gate))).toMatchObject({limit: 'tokens', retryAfterMs: null});
  granted(ask(gate, {isOpenEnded: true}));
});

it('counts requests at the same time', async () => {
  const {gate} = await gateOf(aLimit('a', {concurrency: 2}));
  const [first] = [granted(ask(gate)), granted(ask(gate))];
  expect(refused(ask(gate))).toMatchObject({limit: 'concurrency', retryAfterMs: 1000});
  first?.settle(aRecord('r'));
  granted(ask(gate));
  refused(ask(gate));
});

it('asks all limits of key, model and organization; a refusal takes nothing of any, and the headers are of the tightest', async () => {
  const {gate} = await gateOf(
    aLimit('organization', {requestsPerMinute: 100}),
    aLimit('key', {keyId: 'key', requestsPerMinute: 3}),
    aLimit('both', {keyId: 'key', modelHfId: 'model', requestsPerMinute: 2}),
    aLimit('other', {keyId: 'other', requestsPerMinute: 1}),
  );
  expect(granted(ask(gate)).headers).toMatchObject({
    'x-ratelimit-limit-requests': '2',
    'x-ratelimit-remaining-requests': '1',
  });
  granted(ask(gate));
  refused(ask(gate));
  expect(granted(ask(gate, {modelHfId: 'another'})).headers['x-ratelimit-limit-requests']).toBe('3');
  refused(ask(gate, {modelHfId: 'another'}));
  const {headers} = granted(ask(gate, {keyId: 'third'}));
  expect(headers['x-ratelimit-remaining-requests']).toBe('96');
});

it('keeps what was used when a limit is changed, forgets it with the limit, and takes the end of a forgotten one', async () => {
  const {gate, site} = await gateOf(aLimit('a', {requestsPerMinute: 5, concurrency: 5}));
  const grants = Array.from({length: 5}, () => granted(ask(gate)));
  site.limits = [aLimit('a', {requestsPerMinute: 6})];
  await gate.refresh();
  granted(ask(gate));
  refused(ask(gate));
  site.limits = [];
  await gate.refresh();
  for (const grant of grants) grant.release();
  granted(ask(gate));
});

it('gives nothing for a clock that goes back, and does not stop for it', async () => {
  const {gate, site} = await gateOf(aLimit('a', {requestsPerMinute: 60}));
  for (let n = 0; n < 60; n++) granted(ask(gate));
  site.nowMs -= 3_600_000;
  refused(ask(gate));
  site.nowMs += 1000;
  granted(ask(gate));
  refused(ask(gate));
});

it('says whose requests it limits', async () => {
  const {gate} = await gateOf(aLimit('a', {keyId: 'key', requestsPerMinute: 1}));
  expect(await gate.refresh()).toEqual([{organizationId: 'org', keyId: 'key', userId: null, modelHfId: null}]);
});
