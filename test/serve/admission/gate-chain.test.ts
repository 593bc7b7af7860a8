import {expect, it} from 'vitest';
import {GateChain} from '../../../src/serve/admission/gate-chain.ts';
import {aRecord, aRequest, CountingGate} from './support.ts';

function chainOf(...gates: CountingGate[]) {
  const refused: string[] = [];
  return {chain: new GateChain(gates, limit => refused.push(limit)), refused};
}

it('gives back what earlier gates granted when a later one refuses, and says which limit it was', () => {
  const [wide, narrow] = [new CountingGate(5), new CountingGate(1)];
  const {chain, refused} = chainOf(wide, narrow);
  expect(chain.admit(aRequest('a')).kind).toBe('granted');
  expect(chain.admit(aRequest('b'))).toMatchObject({kind: 'refused', retryAfterMs: 2500, headers: {'x-slots': '0'}});
  expect([wide.open, narrow.open]).toEqual([1, 1]);
  expect(wide.ends).toEqual(['b released']);
  expect(refused).toEqual(['slots']);
});

it('ends a grant once, however often it is ended', () => {
  const gate = new CountingGate(2);
  const granted = chainOf(gate).chain.admit(aRequest('a'));
  if (granted.kind === 'refused') throw new Error('refused');
  granted.settle(aRecord('a'));
  granted.settle(aRecord('a'));
  granted.release();
  expect(gate.ends).toEqual(['a settled 12']);
  expect(gate.open).toBe(0);
});

it('lets everything in without gates', () => {
  expect(chainOf().chain.admit(aRequest('a'))).toMatchObject({kind: 'granted', headers: {}});
});
