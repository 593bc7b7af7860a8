import {expect, it} from 'vitest';
import {openBench} from './bench.ts';

/** A few cells of the table that `npm run fault-sweep:scaleway` goes through in full. */
const servers = {method: 'POST', path: '/servers$'};
const lost = {name: 'server_error, done', body: {kind: 'server_error', ...servers, when: 'after'}};
const soldOut = {name: 'out_of_stock', body: {kind: 'out_of_stock', ...servers, resource: 'server'}};
const noRight = {name: 'permissions_denied', body: {kind: 'permissions_denied', ...servers, times: 40}};
const brokenKey = {name: 'denied_authentication', body: {kind: 'denied_authentication', reason: 'expired', times: 40}};

const patienceMs = 120_000;

it(
  'ends every fault in a ready instance or in an empty account with a message',
  async () => {
    await using bench = await openBench();
    expect(await bench.try('up', lost)).toEqual({outcome: 'ready', told: '', struck: true});
    expect(await bench.try('up', soldOut)).toMatchObject({
      outcome: 'moved',
      told: expect.stringMatching(/^L4-1-24G in /),
    });
    expect(await bench.try('up', noRight)).toMatchObject({
      outcome: 'ended',
      told: expect.stringMatching(/may not create server.*InstancesFullAccess/),
    });
    expect(await bench.try('plan', brokenKey)).toMatchObject({
      outcome: 'refused',
      told: expect.stringContaining('expired'),
    });
  },
  patienceMs,
);

it(
  'finds an account that is not empty in the end',
  async () => {
    await using bench = await openBench();
    const forgotten = {name: 'not_found', body: {kind: 'not_found', resource: 'volume', path: '/block/', times: null}};
    expect(await bench.try('up', forgotten)).toMatchObject({outcome: 'bad'});
  },
  patienceMs,
);
