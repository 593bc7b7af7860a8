import {createLocalClient} from '../../../src/api/local-client.ts';
import {type ReconcileReport, reconcile} from '../../../src/app/reconcile/reconcile.ts';
import {allKinds, graceMsDefault, type ReconcileRequest} from '../../../src/app/reconcile/tools.ts';
import type {Instance} from '../../../src/core/instance/instance.ts';
import type {Resource} from '../../../src/core/instance/resource.ts';
import {newResource, resourceTags} from '../../../src/core/instance/resource-names.ts';
import {isNotable} from '../../../src/core/reconcile/finding.ts';
import {carriesMark} from '../../../src/core/reconcile/ownership.ts';
import type {CloudProvider, OwnedInventory} from '../../../src/ports/provider.ts';
import {TestApp} from '../../support/test-app.ts';

/** The application with a cloud that lists everything of ours, in one zone, and a hand that adds what nobody asked for. */
export class ReconcileBench implements AsyncDisposable {
  readonly app: TestApp;
  readonly provider: CloudProvider;
  readonly client: ReturnType<typeof createLocalClient>;
  /** Where everything is; the other zones are empty. */
  readonly home = 'mock-1';

  /** `beside`: another installation, in the same cloud. */
  static async open(beside?: ReconcileBench): Promise<ReconcileBench> {
    return new ReconcileBench(await TestApp.open(undefined, beside?.app));
  }

  private constructor(app: TestApp) {
    this.app = app;
    this.provider = {
      ...app.cloud.provider,
      listOwned: async (zone, call) => {
        const {servers} = await app.cloud.provider.listOwned(zone, call);
        return zone === this.home ? this.#inventory(servers) : nothing;
      },
    };
    this.client = createLocalClient({tools: this.#tools, caller: app.caller});
  }

  get #tools() {
    return {...this.app.tools, providerFor: () => this.provider};
  }

  /** One pass over all kinds and zones. */
  pass(wish: Partial<ReconcileRequest> = {}): Promise<ReconcileReport> {
    const request = {
      provider: 'mock',
      kinds: allKinds,
      dryRun: false,
      maxDeletes: 100,
      graceMs: graceMsDefault,
    } as const;
    const call = {correlationId: 'cor_reconcile'};
    return this.app.run(reconcile(this.#tools, {...request, organizationId: null, call, ...wish}));
  }

  /** Findings worth telling, as `kind what outcome`. */
  async told(wish: Partial<ReconcileRequest> = {}): Promise<string[]> {
    return tell(await this.pass(wish));
  }

  async makeReady(name = 'one'): Promise<Instance> {
    return this.app.makeReady({name, zone: this.home});
  }

  async down(instance: Instance): Promise<Instance> {
    await this.client.instances.terminate({instances: [instance.id]});
    return this.app.drive(instance.id);
  }

  /** What this installation puts on things that belong to no instance it knows. */
  get ourTags(): readonly string[] {
    return ['inventiv', `inventiv-organization=${this.organizationId}`];
  }

  get organizationId(): string {
    return this.app.caller.scope.organizationId;
  }

  /** A volume at the provider that the store did not ask for. */
  addVolume(
    providerId: string,
    facts: {name?: string; tags?: readonly string[]; serverId?: string | null; sizeBytes?: number} = {},
  ): void {
    const plain = {name: providerId, tags: this.ourTags, serverId: null, sizeBytes: 100e9};
    this.app.cloud.volumes.set(providerId, {providerId, resize: null, ...plain, ...facts});
  }

  /** A volume that belonged to this instance, as the store has it. */
  async addRow(instance: Instance, providerId: string, facts: Partial<Resource> = {}): Promise<void> {
    const id = this.app.tools.ids.next('resource');
    const plain = {id, kind: 'volume', status: 'detached', providerId, name: `row of ${providerId}`} as const;
    const resource = newResource(instance, {...plain, zone: this.home, ...facts}, this.app.clock.nowMs());
    await this.app.store.instances.record({
      ...{instanceId: instance.id, correlationId: 'cor_test'},
      resources: [{kind: 'insert', resource}],
    });
  }

  addVolumeOf(instance: Instance, providerId: string): void {
    this.addVolume(providerId, {tags: resourceTags(instance)});
  }

  async resource(instance: Instance, kind: Resource['kind']): Promise<Resource> {
    const file = await this.app.store.instances.load(instance.id);
    const found = file?.resources.find(resource => resource.kind === kind);
    if (found === undefined) throw new Error(`no ${kind} row`);
    return found;
  }

  async actions(instance: Instance, type: string): Promise<string[]> {
    const file = await this.app.store.instances.load(instance.id);
    return (file?.actions ?? []).filter(action => action.type === type).map(({status}) => status);
  }

  async eventTypes(): Promise<string[]> {
    return (await this.app.store.events.after(0, {limit: 1000})).map(({type}) => type);
  }

  #inventory(servers: OwnedInventory['servers']): OwnedInventory {
    const {volumes, ips, groups} = this.app.cloud;
    const ours = new Set(servers.map(({providerId}) => providerId));
    const isListed = (tags: readonly string[], serverId: string | null, name: string | null) =>
      carriesMark({tags, name}) || (serverId !== null && ours.has(serverId));
    return {
      servers,
      volumes: [...volumes.values()]
        .filter(({tags, serverId, name}) => isListed(tags, serverId, name))
        .map(({providerId, name, tags, sizeBytes, serverId}) => ({
          ...{providerId, name, tags, sizeBytes, volumeType: 'sbs_volume', iops: 5000, createdAtMs: null},
          ...{status: serverId === null ? 'available' : 'in_use', attachedToServerId: serverId},
        })),
      ips: [...ips]
        .filter(([, {serverId}]) => isListed([], serverId, null))
        .map(([providerId, {serverId}]) => ({
          ...{providerId, address: '192.0.2.7', attachedToServerId: serverId, tags: []},
        })),
      securityGroups: [...groups.values()].map(({providerId, name, tags}) => ({providerId, name, tags})),
    };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.app[Symbol.asyncDispose]();
  }
}

export function tell({findings}: ReconcileReport): string[] {
  return findings
    .filter(isNotable)
    .map(({kind, resourceKind, outcome}) => [kind, resourceKind, ...(outcome === null ? [] : [outcome])].join(' '));
}

const nothing: OwnedInventory = {servers: [], volumes: [], ips: [], securityGroups: []};
