import {describe, expect, it} from 'vitest';
import {overdue} from '../../../src/core/instance/overdue.ts';
import {someInstance} from '../../support/instances.ts';

describe('a step that was given up', () => {
  it.each([
    ['PROVIDER_GET_IP', 'After 10m 02s the machine was not running with an address in mock-1.', /--zone/],
    ['PROVIDER_VOLUME_RESIZE', 'After 10m 02s the disk had not grown to 200 GB.', /--zone/],
    ['WORKER_SSH_ACCESSIBLE', 'After 10m 02s the machine did not answer on SSH.', /inventiv logs one/],
    ['WORKER_MODEL_LOADED', 'After 10m 02s the model was not loaded.', /inventiv logs one/],
  ] as const)('says in words what %s still waited for, and what to do', (step, message, hint) => {
    const error = overdue(someInstance(), {startedAtMs: 1000, metadata: {}}, step, 603_000);
    expect(error).toMatchObject({code: 'timed_out', message, hint: expect.stringMatching(hint)});
  });

  it('tells how far the start came', () => {
    const mark = {enginesUp: 0, phase: 'load', progress: 50, detail: '2 of 4 shards', attempt: 1};
    const {message} = overdue(someInstance(), {startedAtMs: 0, metadata: {mark}}, 'WORKER_MODEL_LOADED', 60_000);
    expect(message).toContain(' It came as far as: loading weights');
  });
});
