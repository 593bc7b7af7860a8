import {type Effect, type Moment, witnessed} from './crash-point.ts';
import {openDrivenMock} from './mock-site.ts';
import {openDrivenScaleway} from './scaleway-site.ts';
import type {SiteAddress} from './site.ts';

/**
 * Runs `up` or `down` as a command does and kills itself, without warning, at one moment of one effect. Without such a
 * moment it runs to the end and prints its effects, one JSON line each.
 */
const [verb, addressJson = '', effectName, effectNumber, moment] = process.argv.slice(2);

function witness(effect: Effect, now: Moment): void {
  if (effectName === undefined) {
    if (now === 'before') process.stdout.write(`${JSON.stringify(effect)}\n`);
  } else if (effect.name === effectName && String(effect.number) === effectNumber && now === moment) {
    process.kill(process.pid, 'SIGKILL');
  }
}

const address = JSON.parse(addressJson) as SiteAddress;
const open = address.provider === 'mock' ? openDrivenMock : openDrivenScaleway;
await using site = await open(address, witnessed(witness, {standIns: address.provider === 'scaleway'}));
const {client} = site;
const instances = verb === 'up' ? [await site.requestUp()] : (await client.instances.list({})).map(({id}) => id);
if (verb === 'down') await client.instances.terminate({instances});
for await (const progress of await client.instances.drive({instances})) {
  if (progress.instance.failure !== null) throw new Error(progress.instance.failure.message);
}
