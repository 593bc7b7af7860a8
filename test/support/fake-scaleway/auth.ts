import {deniedAuthentication} from './errors.ts';
import {isUuid} from './ids.ts';
import type {World} from './world.ts';

/** Throws 401 unless the secret key is known. Which part is wrong is in `reason`. */
export function checkToken(world: World, token: string | undefined): void {
  const known = token === undefined ? undefined : world.tokens.get(token);
  if (known?.expired === true) throw deniedAuthentication('expired');
  if (known === undefined) throw deniedAuthentication(isUuid(token) ? 'not_found' : 'invalid_argument');
}
