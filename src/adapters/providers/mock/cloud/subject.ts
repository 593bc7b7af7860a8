import type {CallSubject} from './faults.ts';
import type {Operation} from './operation.ts';
import type {CloudState} from './state.ts';

/** What a call is about, from the thing it names or, at a creation, from what it asks for. */
export function subjectOf(
  state: CloudState,
  call: CallSubject['call'],
  {zone, id, body, query}: Pick<Operation, 'zone' | 'id' | 'body' | 'query'>,
): CallSubject {
  const thing = state.servers[id] ?? state.volumes[id] ?? state.securityGroups[id];
  const name =
    (thing !== undefined && 'name' in thing ? thing.name : undefined) ?? body.name ?? query.get('name') ?? undefined;
  const instanceType = state.servers[id]?.instanceType ?? body.instanceType;
  return {
    call,
    zone: zone === '' ? state.servers[id]?.zone : zone,
    name: typeof name === 'string' ? name : undefined,
    instanceType: typeof instanceType === 'string' ? instanceType : undefined,
  };
}
