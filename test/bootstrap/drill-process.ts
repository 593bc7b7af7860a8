// One bootstrap in a process of its own, for the drill to kill: tells each phase on a line as it begins.
import {runBootstrap} from '../../src/app/drive-instance/run-bootstrap.ts';
import {machineBootstrap} from '../../src/core/bootstrap/machine/machine.ts';
import {bootstrapRequest, openerOf, stepRun, targetOf} from './machine.ts';

const [directory = '', host = ''] = process.argv.slice(2);
const {signal} = new AbortController();
await using opener = openerOf(directory);
await using shell = await opener.open(targetOf(host));
const run = stepRun(signal, ({phase}) => {
  if (typeof phase === 'string') process.stdout.write(`${phase}\n`);
});
await runBootstrap(shell, machineBootstrap(await bootstrapRequest({})), run);
