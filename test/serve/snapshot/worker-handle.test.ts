import fc from 'fast-check';
import {describe, expect, it} from 'vitest';
import type {WorkerVerdict} from '../../../src/serve/snapshot/worker-handle.ts';
import {WorkerHandle} from '../../../src/serve/snapshot/worker-handle.ts';

const pool = {send: () => ({pause: () => {}, resume: () => {}, abort: () => {}}), close: () => {}, destroy: () => {}};
const newHandle = () => new WorkerHandle({id: 'w', name: 'w', weight: 1, servedModelName: 'm', workerKey: 'k', pool});

type Step = {do: 'ask'} | {do: 'end'; which: number; verdict: WorkerVerdict} | {do: 'wait'; ms: number};

const steps = fc.array(
  fc.oneof<fc.Arbitrary<Step>[]>(
    fc.constant({do: 'ask'}),
    fc.record({
      do: fc.constant('end' as const),
      which: fc.nat(),
      verdict: fc.constantFrom<WorkerVerdict>('served', 'failed', 'failed', 'none'),
    }),
    fc.record({do: fc.constant('wait' as const), ms: fc.constantFrom(10, 1000, 40_000)}),
  ),
  {maxLength: 80},
);

describe('WorkerHandle', () => {
  it('counts each request in once and out once, however they end and however often they are ended', () => {
    fc.assert(
      fc.property(steps, run => {
        const handle = newHandle();
        const open: ((verdict: WorkerVerdict, nowMs: number) => void)[] = [];
        const over: typeof open = [];
        let nowMs = 1_000_000;
        for (const step of run) {
          if (step.do === 'wait') nowMs += step.ms;
          else if (step.do === 'ask') open.push(handle.acquire());
          else {
            const [release] = open.splice(step.which % Math.max(1, open.length), 1);
            release?.(step.verdict, nowMs);
            if (release) over.push(release);
            // Again, and one from long ago: nothing may change.
            over[step.which % Math.max(1, over.length)]?.('failed', nowMs);
          }

          expect(handle.outstanding).toBe(open.length);
        }

        for (const release of open) release('none', nowMs);
        expect(handle.outstanding).toBe(0);
      }),
    );
  });

  it('lets one probe at a time through an open breaker, whatever becomes of requests sent before', () => {
    fc.assert(
      fc.property(steps, run => {
        const handle = newHandle();
        const open: {release: (verdict: WorkerVerdict, nowMs: number) => void; probe: boolean}[] = [];
        let nowMs = 1_000_000;
        for (const step of run) {
          if (step.do === 'wait') nowMs += step.ms;
          else if (step.do === 'end') {
            const [ended] = open.splice(step.which % Math.max(1, open.length), 1);
            ended?.release(step.verdict, nowMs);
          } else if (handle.isAvailable(nowMs)) {
            open.push({probe: handle.breakerState(nowMs) !== 'closed', release: handle.acquire()});
          }

          if (handle.breakerState(nowMs) !== 'closed') {
            expect(open.filter(({probe}) => probe).length).toBeLessThanOrEqual(1);
          }
        }
      }),
    );
  });

  it('can always be asked again in the end', () => {
    fc.assert(
      fc.property(steps, run => {
        const handle = newHandle();
        const open: ((verdict: WorkerVerdict, nowMs: number) => void)[] = [];
        let nowMs = 1_000_000;
        for (const step of run) {
          if (step.do === 'wait') nowMs += step.ms;
          else if (step.do === 'ask' && handle.isAvailable(nowMs)) open.push(handle.acquire());
          else if (step.do === 'end') open.shift()?.(step.verdict, nowMs);
        }

        for (const release of open) release('none', nowMs);
        expect(handle.isAvailable(nowMs + 60_000)).toBe(true);
      }),
    );
  });

  it('takes for foreign only what it did not send itself since the last report', () => {
    const handle = newHandle();
    const release = [handle.acquire(), handle.acquire(), handle.acquire()];
    for (const end of release) end('served', 1000);
    handle.heed({atMs: 2000, running: 5, waiting: 0, kvUsage: null});
    expect(handle.correction).toMatchObject({foreign: 2});
    handle.heed({atMs: 2000, running: 99, waiting: 0, kvUsage: null});
    expect(handle.correction).toMatchObject({foreign: 2});
    handle.heed({atMs: 7000, running: 5, waiting: 0, kvUsage: null});
    expect(handle.correction).toMatchObject({foreign: 5});
  });
});
