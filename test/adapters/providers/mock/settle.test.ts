import fc from 'fast-check';
import {describe, expect, it} from 'vitest';
import {nextDeadlineMs, settle} from '../../../../src/adapters/providers/mock/cloud/settle.ts';
import {
  type CloudState,
  emptyState,
  type ServerRecord,
  type VolumeRecord,
} from '../../../../src/adapters/providers/mock/cloud/state.ts';

const detachMs = () => 50;

function makeServer(id: string, next: ServerRecord['next'], state: ServerRecord['state']): ServerRecord {
  return {
    id,
    name: id,
    zone: 'mock-1',
    instanceType: 'MOCK-L4-1-24G',
    createdAtMs: 0,
    openaiPort: 1,
    agentPort: 2,
    tags: [],
    securityGroupId: null,
    state,
    next,
    ipAtMs: null,
    sshAtMs: null,
    billedFromMs: 0,
    vanished: false,
    processesEnded: true,
    detachDelayMs: 0,
  };
}

function makeVolume(id: string, serverId: string, volumeType = 'mock_block'): VolumeRecord {
  return {
    id,
    zone: 'mock-1',
    createdAtMs: 0,
    boot: true,
    volumeType,
    iops: 5_000,
    name: id,
    tags: [],
    sizeBytes: 20e9,
    resize: null,
    serverId,
    detachAtMs: null,
  };
}

function makeState(bootMs: number, endMs: number, resizeMs: number): CloudState {
  const state = emptyState();
  state.servers = {
    a: makeServer('a', {to: 'running', atMs: bootMs}, 'starting'),
    b: makeServer('b', {to: 'gone', atMs: endMs}, 'terminating'),
  };
  state.volumes = {
    va: makeVolume('va', 'a'),
    vb: makeVolume('vb', 'b'),
    scratch: makeVolume('scratch', 'b', 'scratch'),
  };
  state.volumes.va = {...makeVolume('va', 'a'), resize: {sizeBytes: 200e9, atMs: resizeMs}};
  return state;
}

describe('settle', () => {
  it('reaches the same state however often it was asked on the way, if it was asked when something was due', () => {
    const timeMs = fc.integer({min: 0, max: 1_000});
    fc.assert(
      fc.property(timeMs, timeMs, timeMs, fc.array(timeMs, {maxLength: 20}), (bootMs, endMs, resizeMs, extra) => {
        const often = makeState(bootMs, endMs, resizeMs);
        const seldom = makeState(bootMs, endMs, resizeMs);
        // The daemon's timer asks at every deadline; callers ask whenever they like.
        for (const nowMs of extra.toSorted((a, b) => a - b)) {
          runDeadlines(often, nowMs);
          settle(often, nowMs, detachMs);
        }
        runDeadlines(often, 2_000);
        runDeadlines(seldom, 2_000);
        expect(often).toEqual(seldom);
      }),
    );
  });

  it('ends a server only when its processes have ended, and takes its scratch disk along', () => {
    const state = makeState(10, 20, 30);
    const server = state.servers.b;
    if (server) server.processesEnded = false;
    expect(settle(state, 1_000, detachMs).goneServerIds).toEqual([]);
    if (server) server.processesEnded = true;
    expect(settle(state, 1_000, detachMs).goneServerIds).toEqual(['b']);
    expect(state.volumes.scratch).toBeUndefined();
    expect(state.volumes.vb).toMatchObject({serverId: 'b', detachAtMs: 1_050});
    settle(state, 1_050, detachMs);
    expect(state.volumes.vb).toMatchObject({serverId: null, detachAtMs: null});
    expect(nextDeadlineMs(state)).toBeNull();
  });

  it('leaves the scratch disk of a stopped server that is deleted', () => {
    const state = makeState(10, 20, 30);
    const server = state.servers.b;
    if (server) server.state = 'stopped';
    settle(state, 20, detachMs);
    expect(state.volumes.scratch).toMatchObject({detachAtMs: 70});
  });
});

function runDeadlines(state: CloudState, untilMs: number): void {
  for (let nextMs = nextDeadlineMs(state); nextMs !== null && nextMs <= untilMs; nextMs = nextDeadlineMs(state)) {
    settle(state, nextMs, detachMs);
  }
}
