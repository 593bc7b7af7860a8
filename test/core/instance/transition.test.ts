import fc from 'fast-check';
import {describe, expect, it} from 'vitest';
import {goneStates, type InstanceState, instanceStates, movingStates} from '../../../src/core/instance/state.ts';
import {canTransition, checkTransition, reachableFrom} from '../../../src/core/instance/transition.ts';

/** The design, written down a second time: what is not here is forbidden. */
const design = `
  provisioning -> booting provisioning_failed terminating terminated
  booting -> provisioning installing starting startup_failed terminating terminated
  installing -> starting startup_failed terminating terminated
  starting -> ready installing startup_failed terminating terminated
  ready -> draining installing terminating worker_dead terminated
  worker_dead -> ready installing draining terminating terminated
  draining -> installing terminating ready worker_dead terminated
  terminating -> terminated
  terminated -> archived
  archived ->
  provisioning_failed -> terminating terminated
  startup_failed -> booting installing terminating terminated
`;

const allowed = new Set(
  design
    .trim()
    .split('\n')
    .flatMap(line => {
      const [from = '', to = ''] = line.split('->').map(part => part.trim());
      return to
        .split(' ')
        .filter(Boolean)
        .map(each => `${from} ${each}`);
    }),
);

const pairs = instanceStates.flatMap(from => instanceStates.map(to => [from, to] as const));
const state = fc.constantFrom(...instanceStates);

describe('transitions', () => {
  it('are exactly those of the design', () => {
    const got = pairs
      .filter(([from, to]) => from !== to && canTransition(from, to))
      .map(([from, to]) => `${from} ${to}`);
    expect(got.toSorted()).toEqual([...allowed].toSorted());
  });

  it.each(pairs.filter(([from, to]) => from !== to && !allowed.has(`${from} ${to}`)))(
    'refuse %s to %s, naming what is possible instead',
    (from, to) => {
      expect(() => checkTransition(from, to)).toThrow(
        expect.objectContaining({
          code: 'illegal_transition',
          message: `An instance that is ${from} cannot become ${to}.`,
        }),
      );
      try {
        checkTransition(from, to);
      } catch (error) {
        for (const possible of reachableFrom(from))
          expect(error).toMatchObject({hint: expect.stringContaining(possible)});
      }
    },
  );

  it.each(instanceStates)('let %s stay as it is, which changes nothing', same => {
    expect(checkTransition(same, same)).toEqual({kind: 'unchanged'});
  });

  it.each([...allowed].map(pair => pair.split(' ') as [InstanceState, InstanceState]))(
    'change %s to %s',
    (from, to) => {
      expect(checkTransition(from, to)).toEqual({kind: 'changed'});
    },
  );

  it('reach every state from the first', () => {
    expect(new Set(walkFrom('provisioning'))).toEqual(new Set(instanceStates));
  });

  it('lead from every state that costs money to terminated, over states that are not terminated already', () => {
    for (const from of instanceStates.filter(each => !goneStates.includes(each))) {
      expect(walkFrom(from)).toContain('terminated');
      expect(canTransition(from, 'terminating'), from).toBe(true);
    }
  });

  it('never bring back what is gone', () => {
    fc.assert(
      fc.property(fc.constantFrom(...goneStates), state, (from, to) => {
        if (canTransition(from, to)) expect(goneStates).toContain(to);
      }),
    );
  });

  it('keep any sequence of checked wishes inside the table', () => {
    fc.assert(
      fc.property(fc.array(state, {maxLength: 40}), wishes => {
        let now: InstanceState = 'provisioning';
        for (const wish of wishes) {
          const before: InstanceState = now;
          try {
            checkTransition(now, wish);
            now = wish;
          } catch {
            // Refused: it stays.
          }
          expect(now === before || allowed.has(`${before} ${now}`)).toBe(true);
        }
      }),
    );
  });

  it('leave no moving state without an exit', () => {
    for (const moving of movingStates) expect(reachableFrom(moving).length, moving).toBeGreaterThan(0);
  });
});

function walkFrom(start: InstanceState): InstanceState[] {
  const seen = new Set<InstanceState>([start]);
  for (const from of seen) {
    for (const to of reachableFrom(from)) seen.add(to);
  }

  return [...seen];
}
