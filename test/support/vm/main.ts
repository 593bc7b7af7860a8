#!/usr/bin/env node
import {once} from 'node:events';
import {readFileSync, writeFileSync} from 'node:fs';
import {parseArgs} from 'node:util';
import type {VmScenario} from './scenario.ts';
import {canStartVms, startVm} from './vm.ts';

const help = `Starts a small machine with a real sshd and stand-ins for Docker, systemd and the GPU. Ends with Ctrl-C.

usage: node test/support/vm/main.ts [--address-file FILE] [--authorize PUBLIC_KEY_FILE]... [--scenario FILE.json] [--no-systemd]
       node test/support/vm/main.ts --probe        tells by its exit status whether machines can be made here
`;

const {values} = parseArgs({
  options: {
    'address-file': {type: 'string'},
    authorize: {type: 'string', multiple: true},
    scenario: {type: 'string'},
    'no-systemd': {type: 'boolean'},
    probe: {type: 'boolean'},
    help: {type: 'boolean'},
  },
});
if (values.help) process.stdout.write(help);
else if (values.probe) process.exitCode = canStartVms() ? 0 : 1;
else if (!canStartVms()) {
  process.stderr.write('expected root on Linux, with leave to make namespaces and to mount.\n');
  process.exitCode = 1;
} else await main();

async function main(): Promise<void> {
  const stopped = Promise.race([once(process, 'SIGINT'), once(process, 'SIGTERM')]);
  const scenario =
    values.scenario === undefined ? {} : (JSON.parse(readFileSync(values.scenario, 'utf8')) as Partial<VmScenario>);
  await using vm = await startVm({
    scenario,
    systemd: !values['no-systemd'],
    authorizedKeys: (values.authorize ?? []).map(path => readFileSync(path, 'utf8').trim()),
  });
  process.stdout.write(`${vm.address}\n${vm.hostPublicKey}\n`);
  if (values['address-file'] !== undefined) writeFileSync(values['address-file'], `${vm.address}\n`);
  await stopped;
}
