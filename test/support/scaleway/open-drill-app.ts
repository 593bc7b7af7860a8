import {mkdirSync} from 'node:fs';
import {createScalewayProvider} from '../../../src/adapters/providers/scaleway/provider.ts';
import {randomIds} from '../../../src/adapters/system/random-ids.ts';
import {createLocalClient} from '../../../src/api/local-client.ts';
import type {AdapterWrappers, App} from '../../../src/compose/app.ts';
import {openApp} from '../../../src/compose.ts';
import {loadConfig} from '../../../src/config/config.ts';
import {readEnv} from '../../../src/config/env.ts';
import type {Clock} from '../../../src/ports/clock.ts';
import type {ShellOpener} from '../../../src/ports/shell.ts';
import {DEFAULT_ACCESS_KEY, DEFAULT_PROJECT, DEFAULT_TOKEN} from '../fake-scaleway/world.ts';
import {standInShell, standInWorker} from './stand-in-machine.ts';

export const scalewayModel = 'meta-llama/Llama-3.1-8B-Instruct';
export const scalewayType = 'L4-1-24G';
export const scalewayZone = 'fr-par-2';

export interface DrillAppOptions {
  readonly stateDir: string;
  readonly apiUrl: string;
  readonly clock: Clock;
  /** Into the machines; without one they are stand-ins on which everything works. */
  readonly shell?: ShellOpener;
  /** Real time; short where answers never come on purpose. */
  readonly requestTimeoutMs?: number;
  readonly wrap?: AdapterWrappers;
}

const patientMs = 15_000;

/** The composed program on a fake Scaleway account, in this process, on a clock of the drill's. */
export async function openDrillApp(options: DrillAppOptions): Promise<App> {
  const {stateDir, apiUrl, clock, wrap = {}, requestTimeoutMs = patientMs} = options;
  mkdirSync(stateDir, {recursive: true});
  const env = readEnv({HOME: stateDir, INVENTIV_STATE_DIR: stateDir, USER: 'drill'});
  const config = await loadConfig(env, stateDir);
  const credentials = {accessKey: DEFAULT_ACCESS_KEY, secretKey: DEFAULT_TOKEN, projectId: DEFAULT_PROJECT};
  const scaleway = createScalewayProvider({
    credentials: async () => credentials,
    apiUrl,
    clock,
    ids: randomIds(clock),
    requestTimeoutMs,
  });
  const app = await openApp(
    {config, env},
    {
      ...wrap,
      clock: () => clock,
      provider: made => {
        const provider = made.name === 'scaleway' ? scaleway : made;
        return wrap.provider?.(provider) ?? provider;
      },
    },
  );
  const shell = wrap.shell?.(options.shell ?? standInShell) ?? options.shell ?? standInShell;
  // A real machine has a real worker.
  const worker = options.shell === undefined ? standInWorker(clock, scalewayModel) : app.tools.worker;
  const tools = {...app.tools, shellFor: () => shell, worker};
  return {...app, tools, client: createLocalClient({tools, caller: app.caller})};
}
