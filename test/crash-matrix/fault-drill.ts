import {type CallName, callNames, type FaultKind} from '../../src/adapters/providers/mock/wire.ts';
import {type Findings, findDoubles, findLeaks} from './findings.ts';
import {closeStateDir, type Drill, makeStateDir, openDrill} from './installation.ts';
import {settle, takeDown, unless} from './settle.ts';
import {requestUp} from './up-request.ts';

export interface Fault {
  readonly call: CallName;
  readonly kind: FaultKind;
}

const kinds: readonly FaultKind[] = ['error', 'timeout', 'reset', 'did-but-500', 'no_capacity', 'quota'];

/** An installation in which one fault after another is drilled: each leaves it as empty as it was. */
export interface FaultBench extends AsyncDisposable {
  drill(fault: Fault): Promise<Findings>;
  /** What is left when all is over: processes. */
  close(): Promise<Findings>;
}

export async function openFaultBench(): Promise<FaultBench> {
  const stateDir = makeStateDir();
  const installation = await openDrill(stateDir);
  return {
    drill: fault => drill(installation, fault),
    close: async () => {
      const leaked = await closeStateDir(stateDir, installation.control);
      return {title: 'fault: after all', reached: true, leaked, doubled: [], unsettled: []};
    },
    [Symbol.asyncDispose]: () => installation[Symbol.asyncDispose](),
  };
}

/**
 * The provider fails one call of the way up, and, where it gets that far, the same call of the way down. It ends ready, or
 * rolled back with a failure that says what to do; after `down` nothing is left.
 */
async function drill({app: {client}, control}: Drill, {call, kind}: Fault): Promise<Findings> {
  const callsBefore = (await control.journal(1)).at(-1)?.seq ?? 0;
  const instance = await requestUp(client);
  await control.injectFaults([{call, kind}]);
  const after = await settle(client, instance);
  const doubled: string[] = [];
  const unsettled: string[] = [];
  if (after.state === 'ready') {
    doubled.push(...(await findDoubles(control, {afterCall: callsBefore})));
  } else {
    unsettled.push(...unless(after, 'terminated'));
    const {message, hint} = after.failure ?? {};
    if (!message || !hint) unsettled.push(`a failure without message or hint: ${JSON.stringify(after.failure)}`);
  }

  await control.clearFaults();
  await control.injectFaults([{call, kind}]);
  unsettled.push(...unless(await takeDown(client, instance), 'terminated'));
  await control.clearFaults();
  const leaked = await findLeaks(control);
  return {title: `fault: ${kind} at ${call} ended ${after.state}`, reached: true, leaked, doubled, unsettled};
}

/** Every call that an undisturbed `up` and `down` make, with every kind of fault. */
export async function listFaults(): Promise<readonly Fault[]> {
  const stateDir = makeStateDir();
  await using installation = await openDrill(stateDir);
  const {client} = installation.app;
  const instance = await requestUp(client);
  await settle(client, instance);
  await takeDown(client, instance);
  const made = new Set((await installation.control.journal()).map(record => record.call));
  await closeStateDir(stateDir, installation.control);
  return callNames
    .filter(call => made.has(call))
    .flatMap(call => kinds.filter(kind => !isSame(call, kind)).map(kind => ({call, kind})));
}

/** A read that was done and then answered with an error is a read that was answered with an error. */
function isSame(call: CallName, kind: FaultKind): boolean {
  return kind === 'did-but-500' && /^(read|list|probe)/.test(call);
}
