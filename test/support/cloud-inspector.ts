import {existsSync} from 'node:fs';
import {join} from 'node:path';
import {createMockControl, type MockControl} from '../../src/adapters/providers/mock/control.ts';
import {systemClock} from '../../src/adapters/system/system-clock.ts';

const cloudEntryPath = join(import.meta.dirname, '../../dist/src/adapters/providers/mock/cloud/main.js');

/** Looks behind the mock cloud of one installation: what it holds, and whether its machines run anything. */
export class CloudInspector {
  readonly #directory: string;

  constructor(directory: string) {
    this.#directory = directory;
  }

  get control(): MockControl {
    return createMockControl({cloudDir: this.#directory, cloudEntryPath, clock: systemClock()});
  }

  /** One line per thing that is paid for, empty when the cloud was never used. */
  async whatExists(): Promise<string[]> {
    if (!existsSync(this.#directory)) return [];
    const {servers, volumes, ips, securityGroups} = await this.control.inventory();
    return [
      ...servers.map(({name, processIds}) => `server ${name} with ${processIds.length} processes`),
      ...volumes.map(({name}) => `volume ${name}`),
      ...ips.map(({address}) => `ip ${address}`),
      ...securityGroups.map(({name}) => `security group ${name}`),
    ];
  }

  async stop(): Promise<void> {
    if (existsSync(this.#directory)) await this.control.stop();
  }
}
