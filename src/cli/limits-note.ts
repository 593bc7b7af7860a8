import type {Screen} from '../ui/screen.ts';
import {renderUnenforced} from '../ui/views/limits-view.ts';
import type {ApiClient} from './api-client.ts';
import type {Output} from './output.ts';

/** Says on stderr that nobody enforces limits at present, where that is so. */
export async function warnUnenforced(client: ApiClient, out: Output, screen: Screen): Promise<void> {
  const {isEnforced, enforcedAt} = await client.limits.status({});
  if (!isEnforced) out.note(screen.style.yellow(renderUnenforced(enforcedAt, screen)));
}
