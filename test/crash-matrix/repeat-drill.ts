import {runStep} from '../../src/app/drive-instance/run-step.ts';
import {steps} from '../../src/app/drive-instance/steps/table.ts';
import type {App} from '../../src/compose/app.ts';
import {InventivError} from '../../src/core/errors.ts';
import type {StepType} from '../../src/core/instance/decide.ts';
import type {InstanceChange, InstanceFile, InstanceStore} from '../../src/ports/instances.ts';
import {type Findings, findDoubles, findLeaks} from './findings.ts';
import {closeStateDir, makeStateDir, openDrill} from './installation.ts';
import {settle, takeDown, unless} from './settle.ts';
import {drillName, requestUp} from './up-request.ts';

/** Every step runs once more after its success is on record. */
export function repeatDrill(): Promise<Findings & {repeated: number}> {
  let repeated = 0;
  return drill(
    'repeat: every step again after its success',
    (instances, app) => ({
      ...instances,
      record: async change => {
        const file = await instances.record(change);
        const step = succeededStep(change);
        if (step === null) return file;
        await runAgain(app(), instances, file, step);
        repeated += 1;
        return (await instances.load(file.instance.id)) ?? file;
      },
    }),
    () => repeated,
  );
}

/** The first success of every step is lost on its way to the store, so that the driver does the step a second time. */
export function lostRecordDrill(): Promise<Findings & {repeated: number}> {
  const lost = new Set<StepType>();
  return drill(
    'repeat: every step again because its record was lost',
    instances => ({
      ...instances,
      record: async change => {
        const step = succeededStep(change);
        if (step === null || lost.has(step)) return instances.record(change);
        lost.add(step);
        throw new InventivError('provider_unavailable', `The record of ${step} was lost.`, {retryable: true});
      },
    }),
    () => lost.size,
  );
}

async function drill(
  title: string,
  wrap: (instances: InstanceStore, app: () => App) => InstanceStore,
  countRepeats: () => number,
): Promise<Findings & {repeated: number}> {
  const stateDir = makeStateDir();
  let opened: App | undefined;
  const app = () => {
    if (opened === undefined) throw new Error('not opened yet');
    return opened;
  };

  await using installation = await openDrill(stateDir, {instances: instances => wrap(instances, app)});
  opened = installation.app;
  const {client} = opened;
  const {control} = installation;
  const unsettled = [...unless(await settle(client, await requestUp(client)), 'ready')];
  const doubled = await findDoubles(control);
  unsettled.push(...unless(await takeDown(client, drillName), 'terminated'));
  const repeated = countRepeats();
  const expected = Object.keys(steps).filter(step => !notInPlainUpAndDown.includes(step)).length;
  if (repeated !== expected) unsettled.push(`${repeated} steps repeated, expected ${expected}`);
  const leaked = [...(await findLeaks(control)), ...(await closeStateDir(stateDir, control))];
  return {title, reached: true, leaked, doubled, unsettled, repeated};
}

async function runAgain({tools}: App, instances: InstanceStore, file: InstanceFile, step: StepType): Promise<void> {
  const {provider} = file.instance;
  const stepTools = {...tools, instances, provider: tools.providerFor(provider), shell: tools.shellFor(provider)};
  await runStep(stepTools, file, step, new AbortController().signal);
  const again = (await instances.load(file.instance.id))?.actions.findLast(action => action.type === step);
  if (again?.status !== 'success') throw new Error(`${step} did not succeed again: ${JSON.stringify(again?.metadata)}`);
}

/** Steps of a drain, a move, a reinstall, and of machines that are kept. */
const notInPlainUpAndDown = ['EXECUTE_DRAIN', 'EXECUTE_MOVE', 'EXECUTE_REINSTALL', 'WORKER_UNINSTALL'];

function succeededStep({actions = []}: InstanceChange): StepType | null {
  const found = actions.find(action => action.kind === 'succeed' && action.type in steps);
  return found === undefined ? null : (found.type as StepType);
}
