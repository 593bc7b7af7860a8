import {existsSync, mkdirSync, renameSync} from 'node:fs';
import {basename, dirname, join} from 'node:path';
import {asidePath, type VmScenario} from '../scenario.ts';
import {Exit, print, runProgram} from './program.ts';

/** The one package that a machine here can lack, by the program that it brings. */
const programs: Readonly<Record<string, string>> = {haproxy: '/usr/sbin/haproxy'};

await runProgram('apt-get', (argv, scenario) => {
  const [verb = '', ...packages] = argv.filter(arg => !arg.startsWith('-') && !arg.includes('::'));
  if (verb === 'update') return requireServer(scenario, 'Failed to fetch');
  const simulated = argv.includes('-s') || argv.includes('--simulate') || argv.includes('--dry-run');
  if (verb === 'install') return install(packages, simulated, scenario);
  if (verb === 'purge' || verb === 'remove') return remove(packages, simulated);
  throw new Exit(100, `E: Invalid operation ${verb}`);
});

function install(packages: readonly string[], simulated: boolean, scenario: VmScenario): void {
  for (const name of packages) {
    const program = requireKnown(name);
    if (existsSync(program)) {
      print(`${name} is already the newest version.`);
      continue;
    }

    if (simulated) {
      print(`Inst ${name} (2.6.12-1+deb12u3 Debian:12/stable [amd64])`);
      continue;
    }

    requireServer(scenario, `Unable to fetch some archives: ${name}`);
    renameSync(join(asidePath, basename(program)), program);
    print(`Setting up ${name} ...`);
  }
}

function remove(packages: readonly string[], simulated: boolean): void {
  for (const name of packages) {
    const program = requireKnown(name);
    if (!existsSync(program)) continue;
    print(simulated ? `Purg ${name}` : `Removing ${name} ...`);
    if (simulated) continue;
    mkdirSync(dirname(join(asidePath, 'x')), {recursive: true});
    renameSync(program, join(asidePath, basename(program)));
  }
}

function requireKnown(name: string): string {
  const program = programs[name];
  if (program === undefined) throw new Exit(100, `E: Unable to locate package ${name}`);
  return program;
}

function requireServer({packages}: VmScenario, text: string): void {
  if (packages === 'broken') throw new Exit(100, `E: ${text}  Could not resolve 'deb.debian.org'`);
}
