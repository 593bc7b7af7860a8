import type {CallContext, ProviderRef} from '../../../ports/provider.ts';
import type {CloudClient, CloudRequest} from './cloud-client.ts';
import type {
  CloudConfig,
  CloudIp,
  CloudQuota,
  CloudSecurityGroup,
  CloudServer,
  CloudVolume,
  CloudZoneCatalog,
  Page,
} from './wire.ts';

interface Collections {
  servers: CloudServer;
  volumes: CloudVolume;
  ips: CloudIp;
  'security-groups': CloudSecurityGroup;
}

const perPage = 100;
/** 100 000 things in one zone: more is a fault in the paging. */
const pagesMax = 1_000;

/** The cloud's API with its types. The daemon is the same program in the same version, so its answers are trusted as typed. */
export class CloudApi {
  readonly #client: CloudClient;
  readonly #readConfig: () => Promise<CloudConfig | null>;
  #configured: Promise<void> | null = null;

  constructor(client: CloudClient, readConfig: () => Promise<CloudConfig | null>) {
    this.#client = client;
    this.#readConfig = readConfig;
  }

  readOffers(zone: string, call: CallContext): Promise<CloudZoneCatalog> {
    return this.#call({method: 'GET', path: zonePath(zone, 'offers')}, call);
  }

  readQuota(zone: string, call: CallContext): Promise<CloudQuota> {
    return this.#call({method: 'GET', path: zonePath(zone, 'quota')}, call);
  }

  createServer(zone: string, json: unknown, call: CallContext): Promise<CloudServer> {
    return this.#call({method: 'POST', path: zonePath(zone, 'servers'), json}, call);
  }

  readServer(ref: ProviderRef, call: CallContext): Promise<CloudServer> {
    return this.#call({method: 'GET', path: itemPath('servers', ref)}, call);
  }

  updateServer(ref: ProviderRef, json: unknown, call: CallContext): Promise<CloudServer> {
    return this.#call({method: 'PATCH', path: itemPath('servers', ref), json}, call);
  }

  act(ref: ProviderRef, action: 'power-on' | 'terminate', call: CallContext): Promise<CloudServer> {
    return this.#call({method: 'POST', path: `${itemPath('servers', ref)}/${action}`}, call);
  }

  readVolume(ref: ProviderRef, call: CallContext): Promise<CloudVolume> {
    return this.#call({method: 'GET', path: itemPath('volumes', ref)}, call);
  }

  updateVolume(ref: ProviderRef, json: unknown, call: CallContext): Promise<CloudVolume> {
    return this.#call({method: 'PATCH', path: itemPath('volumes', ref), json}, call);
  }

  createSecurityGroup(zone: string, json: unknown, call: CallContext): Promise<CloudSecurityGroup> {
    return this.#call({method: 'POST', path: zonePath(zone, 'security-groups'), json}, call);
  }

  updateSecurityGroup(ref: ProviderRef, json: unknown, call: CallContext): Promise<CloudSecurityGroup> {
    return this.#call({method: 'PATCH', path: itemPath('security-groups', ref), json}, call);
  }

  remove(kind: keyof Collections, ref: ProviderRef, call: CallContext): Promise<null> {
    return this.#call({method: 'DELETE', path: itemPath(kind, ref)}, call);
  }

  /** All pages; with a name, only what is called exactly that. */
  async list<Kind extends keyof Collections>(
    kind: Kind,
    zone: string,
    call: CallContext,
    name?: string,
  ): Promise<Collections[Kind][]> {
    const found = new Map<string, Collections[Kind]>();
    const named = name === undefined ? '' : `&name=${encodeURIComponent(name)}`;
    let seen = 0;
    for (let page = 1; page <= pagesMax; page++) {
      const path = `${zonePath(zone, kind)}?page=${page}&perPage=${perPage}${named}`;
      const {items, totalCount} = await this.#call<Page<Collections[Kind]>>({method: 'GET', path}, call);
      // Things that come and go between pages shift the rest: one seen twice is one thing.
      for (const item of items) found.set(item.id, item);
      seen += items.length;
      if (items.length === 0 || seen >= totalCount) break;
    }
    return [...found.values()];
  }

  async #call<Answer>(request: CloudRequest, call: CallContext): Promise<Answer> {
    this.#configured ??= this.#configure().catch((error: unknown) => {
      this.#configured = null;
      throw error;
    });
    await this.#configured;
    const answer = await this.#client.call({...request, correlationId: call.correlationId, signal: call.signal});
    return answer as Answer;
  }

  async #configure(): Promise<void> {
    const config = await this.#readConfig();
    if (config !== null) await this.#client.call({method: 'PUT', path: '/control/config', json: config});
  }
}

function zonePath(zone: string, kind: string): string {
  return `/zones/${encodeURIComponent(zone)}/${kind}`;
}

function itemPath(kind: keyof Collections, {zone, providerId}: ProviderRef): string {
  return `${zonePath(zone, kind)}/${encodeURIComponent(providerId)}`;
}
