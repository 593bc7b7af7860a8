import {machineUninstall} from '../../../core/bootstrap/machine/uninstall.ts';
import {runBootstrapStep} from '../run-bootstrap.ts';
import {resourceOf, type Step, type StepOutcome} from '../step.ts';
import {shellTarget} from './install.ts';

/** On a machine that stays: takes off what an installation may have put there. Never reached where machines are deleted. */
export const uninstallWorker: Step = async ({provider, shell}, run): Promise<StepOutcome> => {
  const {providerId, zone, status} = resourceOf(run.file, 'server');
  const wasBegun = run.file.actions.some(({type}) => type === 'WORKER_SSH_INSTALL');
  const skipped = !wasBegun || providerId === null || status === 'deleted';
  const server = skipped ? null : await provider.readServer({zone, providerId}, run.call);
  if (server?.address == null)
    return {kind: 'done', metadata: {skipped: 'nothing was installed, or the machine was given up'}};

  await using opened = await shell.open(shellTarget(run, server.address));
  const facts = await runBootstrapStep(
    opened,
    machineUninstall({instanceId: run.file.instance.id}),
    {},
    run,
    'WORKER_UNINSTALL',
  );
  return {kind: 'done', metadata: {facts}};
};
