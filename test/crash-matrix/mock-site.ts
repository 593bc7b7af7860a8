import type {ApiClient} from '../../src/api/local-client.ts';
import {findDoubles, findLeaks} from './findings.ts';
import {closeStateDir, makeStateDir, openDrill} from './installation.ts';
import type {Course, OpenDriven, OpenSite} from './site.ts';
import {requestUp} from './up-request.ts';

/** The mock cloud of a state directory of its own, with real processes as machines. */
export const openMockSite: OpenSite = async course => {
  const stateDir = makeStateDir();
  const {app, control, ...drill} = await openDrill(stateDir);
  if (course === 'move') await control.injectFaults([{call: 'powerOn', kind: 'no_capacity'}]);
  return {
    client: app.client,
    address: {provider: 'mock', course, stateDir},
    requestUp: () => requestOn(app.client, course),
    inspect: async () => [],
    findDoubles: () => findDoubles(control, {serversMade: course === 'move' ? 2 : 1}),
    findLeaks: () => findLeaks(control),
    findTouched: async () => [],
    close: () => closeStateDir(stateDir, control),
    [Symbol.asyncDispose]: () => drill[Symbol.asyncDispose](),
  };
};

export const openDrivenMock: OpenDriven = async ({stateDir, course}, wrap) => {
  const {app, ...drill} = await openDrill(stateDir, wrap);
  return {
    client: app.client,
    requestUp: () => requestOn(app.client, course),
    [Symbol.asyncDispose]: () => drill[Symbol.asyncDispose](),
  };
};

function requestOn(client: ApiClient, course: Course): Promise<string> {
  return requestUp(client, {fallback: course === 'move' ? 'zone' : 'none'});
}
