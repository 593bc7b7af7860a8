import {listen} from './http.ts';
import {makeWorld, type World, type WorldOptions} from './world.ts';

export interface FakeScaleway {
  /** Base URL to use as SCW_API_URL, without a trailing slash. */
  url: string;
  /** The account behind it, for tests in the same process. */
  world: World;
  close: () => Promise<void>;
}

export interface FakeScalewayOptions extends WorldOptions {
  host?: string;
  /** 0, the default, lets the system choose. */
  port?: number;
  /** A world prepared beforehand; the other world options are then ignored. */
  world?: World;
}

export async function startFakeScaleway(options: FakeScalewayOptions = {}): Promise<FakeScaleway> {
  const world = options.world ?? makeWorld(options);
  const {server, url} = await listen(world, options.host ?? '127.0.0.1', options.port ?? 0);
  const close = async (): Promise<void> => {
    const closed = new Promise<void>(resolve => server.close(() => resolve()));
    server.closeAllConnections();
    await closed;
    await world.machines.close();
  };
  return {url, world, close};
}
