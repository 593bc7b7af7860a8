import {parseArgs} from 'node:util';
import {ControllableClock} from './clock.ts';
import {machineCommand} from './machines.ts';
import {startFakeScaleway} from './start-fake-scaleway.ts';
import {DEFAULT_ACCESS_KEY, DEFAULT_PROJECT, DEFAULT_TOKEN} from './world.ts';

const USAGE = `Fake Scaleway API: a real HTTP server that behaves like https://api.scaleway.com for one account.

  --port N              port to listen on (default: chosen by the system, then printed)
  --host ADDRESS        default 127.0.0.1
  --speed N             1 real time (default), 60 a minute per second, 0 frozen until POST /control/advance
  --token UUID          secret key that is accepted; may be repeated (default ${DEFAULT_TOKEN})
  --project UUID        default project (default ${DEFAULT_PROJECT})
  --seed TEXT           same ids at every run
  --public-address IP   reported as public IPv4 of every server, such as 127.0.0.1
  --ssh-port N          port of the real SSH server there; told by GET /control/ssh-target
  --machine-command CMD shell command that runs a real machine for every server that gets power: it gets SERVER_ID,
                        SERVER_NAME, SERVER_ZONE, SERVER_TYPE, AUTHORIZED_KEYS and CLOUD_INIT (files), prints the address
                        as its first line, and ends at SIGTERM
  --no-ssh-key          an account without an SSH key

GET /control lists the controls: clock, advance, faults, journal, inventory, ssh-target, vanish, stock.`;

const {values} = parseArgs({
  options: {
    port: {type: 'string', default: '0'},
    host: {type: 'string', default: '127.0.0.1'},
    speed: {type: 'string', default: '1'},
    token: {type: 'string', multiple: true},
    project: {type: 'string'},
    seed: {type: 'string'},
    'public-address': {type: 'string'},
    'ssh-port': {type: 'string'},
    'machine-command': {type: 'string'},
    'no-ssh-key': {type: 'boolean', default: false},
    help: {type: 'boolean', short: 'h', default: false},
  },
});

if (values.help) {
  console.log(USAGE);
} else {
  const fake = await startFakeScaleway({
    host: values.host,
    port: Number(values.port),
    clock: new ControllableClock({speed: Number(values.speed)}),
    sshKey: !values['no-ssh-key'],
    ...(values.token !== undefined && {tokens: values.token}),
    ...(values.project !== undefined && {projectId: values.project}),
    ...(values.seed !== undefined && {seed: values.seed}),
    ...(values['machine-command'] !== undefined && {startMachine: machineCommand(values['machine-command'])}),
    ...(values['public-address'] !== undefined && {publicAddress: values['public-address']}),
    ...(values['ssh-port'] !== undefined && {sshPort: Number(values['ssh-port'])}),
  });
  console.log(`fake Scaleway API on ${fake.url}`);
  console.log(`SCW_API_URL=${fake.url}`);
  console.log(`SCW_ACCESS_KEY=${DEFAULT_ACCESS_KEY}`);
  console.log(`SCW_SECRET_KEY=${[...fake.world.tokens.keys()][0]}`);
  console.log(`SCW_DEFAULT_PROJECT_ID=${fake.world.defaultProject}`);
  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    process.once(signal, () => void fake.close().then(() => process.exit(0)));
  }
}
