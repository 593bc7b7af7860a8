import {api} from './context.ts';
import {catalog} from './procedures/catalog.ts';
import {chat} from './procedures/chat.ts';
import {credentials} from './procedures/credentials.ts';
import {events} from './procedures/events.ts';
import {instances} from './procedures/instances.ts';
import {keys} from './procedures/keys.ts';
import {models} from './procedures/models.ts';
import {reconcile} from './procedures/reconcile.ts';
import {usage} from './procedures/usage.ts';
import {volumes} from './procedures/volumes.ts';

/** Every procedure of the contract, implemented. Mounted in-process by `local-client.ts`; over HTTP by whoever mounts it. */
export const router = api.router({
  instances,
  volumes,
  reconcile,
  models,
  catalog,
  credentials,
  keys,
  events,
  usage,
  chat,
});
