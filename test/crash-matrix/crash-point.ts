import type {AdapterWrappers} from '../../src/compose/app.ts';
import type {InstanceChange, InstanceStore} from '../../src/ports/instances.ts';
import type {CloudProvider} from '../../src/ports/provider.ts';
import type {Shell, ShellOpener} from '../../src/ports/shell.ts';

/**
 * before: nothing of it happened. during: it was asked for and not answered. after: it happened or was refused, and the
 * process that asked ends before it does anything with the answer.
 */
export type Moment = 'before' | 'during' | 'after';

/** One effect of a run: a change at the provider, on the machine, or in the store. The number tells repetitions apart. */
export interface Effect {
  readonly name: string;
  readonly number: number;
  /** A store transaction, or a file on a stand-in, happens or does not: it has no middle that could be told apart. */
  readonly hasMiddle: boolean;
}

/** Called at every moment of every effect. For `during`, the answer may come before this is called. */
export type Witness = (effect: Effect, moment: Moment) => void;

/** How long after a call has begun its middle is taken to be: the request is on its way, the answer seldom there. */
const middleAfterMs = 2;

/** Wrappers that tell the witness of every effect there is; machines are real, or stand-ins that answer at once. */
export function witnessed(
  witness: Witness,
  {standIns}: {standIns: boolean},
): Required<Pick<AdapterWrappers, 'provider' | 'shell' | 'instances'>> {
  const counts = new Map<string, number>();
  const around = async <T>(name: string, act: (middle: () => void) => Promise<T>, hasMiddle = true): Promise<T> => {
    const number = (counts.get(name) ?? 0) + 1;
    counts.set(name, number);
    const effect = {name, number, hasMiddle};
    witness(effect, 'before');
    try {
      return await act(() => witness(effect, 'during'));
    } finally {
      witness(effect, 'after');
    }
  };

  return {
    provider: provider => witnessedProvider(provider, around),
    shell: opener => witnessedOpener(opener, around, {standIns}),
    instances: instances => witnessedInstances(instances, around),
  };
}

type Around = <T>(name: string, act: (middle: () => void) => Promise<T>, hasMiddle?: boolean) => Promise<T>;

function witnessedProvider(provider: CloudProvider, around: Around): CloudProvider {
  const call = <T>(name: keyof CloudProvider, act: () => Promise<T>): Promise<T> =>
    around(`provider ${name}`, async middle => {
      const timer = setTimeout(middle, middleAfterMs);
      try {
        return await act();
      } finally {
        clearTimeout(timer);
      }
    });

  return {
    ...provider,
    ensureSecurityGroup: (...args) => call('ensureSecurityGroup', () => provider.ensureSecurityGroup(...args)),
    ensureServer: (...args) => call('ensureServer', () => provider.ensureServer(...args)),
    growVolume: (...args) => call('growVolume', () => provider.growVolume(...args)),
    powerOn: (...args) => call('powerOn', () => provider.powerOn(...args)),
    confirmSecurityGroup: (...args) => call('confirmSecurityGroup', () => provider.confirmSecurityGroup(...args)),
    terminateServer: (...args) => call('terminateServer', () => provider.terminateServer(...args)),
    deleteVolume: (...args) => call('deleteVolume', () => provider.deleteVolume(...args)),
    deleteIp: (...args) => call('deleteIp', () => provider.deleteIp(...args)),
    deleteSecurityGroup: (...args) => call('deleteSecurityGroup', () => provider.deleteSecurityGroup(...args)),
  };
}

function witnessedOpener(opener: ShellOpener, around: Around, machines: {standIns: boolean}): ShellOpener {
  return {
    isReachable: target => opener.isReachable(target),
    open: async target => witnessedShell(await opener.open(target), around, machines),
  };
}

function witnessedShell(shell: Shell, around: Around, {standIns}: {standIns: boolean}): Shell {
  return {
    [Symbol.asyncDispose]: () => shell[Symbol.asyncDispose](),
    writeFile: (path, content, mode) =>
      around(
        `shell write ${path}`,
        async middle => {
          const timer = setTimeout(middle, middleAfterMs);
          await shell.writeFile(path, content, mode);
          clearTimeout(timer);
        },
        !standIns,
      ),
    run: request => {
      const phase = /^echo "::phase::([a-z-]+)"$/m.exec(request.script)?.[1];
      // A script without phases only looks.
      if (phase === undefined) return shell.run(request);
      return around(`shell run ${phase}`, middle =>
        shell.run({
          ...request,
          onLine: line => {
            middle();
            request.onLine?.(line);
          },
        }),
      );
    },
  };
}

function witnessedInstances(instances: InstanceStore, around: Around): InstanceStore {
  const kinds = new Map<string, string>();
  return {
    ...instances,
    create: request => around('store create', () => instances.create(request), false),
    record: change => {
      const what = describe(change, kinds);
      const recorded =
        what === null ? instances.record(change) : around(`store ${what}`, () => instances.record(change), false);
      return recorded.then(file => {
        for (const resource of file.resources) kinds.set(resource.id, resource.kind);
        return file;
      });
    },
  };
}

/** What a change says, in a few words; null for a mere note of what is going on, from which nobody decides anything. */
function describe(
  {actions = [], resources = [], transition, fields}: InstanceChange,
  kinds: ReadonlyMap<string, string>,
): string | null {
  const words = [
    ...actions.filter(action => action.kind !== 'note').map(action => `${action.kind} ${action.type}`),
    ...resources.map(change =>
      change.kind === 'insert'
        ? `insert ${change.resource.kind}`
        : `${kinds.get(change.resourceId) ?? 'resource'} ${change.status ?? 'facts'}`,
    ),
    ...(transition === undefined ? [] : [`to ${transition.to}`]),
    ...(fields === undefined ? [] : Object.keys(fields)),
  ];
  return words.length === 0 ? null : words.join(', ');
}
