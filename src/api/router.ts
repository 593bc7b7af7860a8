import {api} from './context.ts';
import {chat} from './procedures/chat.ts';
import {events} from './procedures/events.ts';
import {instances} from './procedures/instances.ts';
import {keys} from './procedures/keys.ts';
import {models} from './procedures/models.ts';
import {usage} from './procedures/usage.ts';

/** Every procedure of the contract, implemented. Mounted in-process by `local-client.ts`; over HTTP by whoever mounts it. */
export const router = api.router({instances, models, keys, events, usage, chat});
