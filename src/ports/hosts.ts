import type {Host, HostClaim, HostFacts} from '../core/host/host.ts';
import type {OrgScope} from '../core/tenancy/org-scope.ts';
import type {EpochMs} from '../core/time.ts';

/** Hosts of organizations, and who has which. */
export interface HostStore {
  /** `conflict` when its name or its address is known already. */
  add(scope: OrgScope, host: Omit<Host, 'organizationId'>): Promise<Host>;
  list(scope: OrgScope): Promise<readonly Host[]>;
  find(scope: OrgScope, idOrName: string): Promise<Host | null>;
  /** Keeps what was found on it now. `not_found` without it. */
  saveFacts(scope: OrgScope, hostId: string, facts: HostFacts, atMs: EpochMs): Promise<Host>;
  /** Forgets it, with the claim on it. */
  remove(scope: OrgScope, hostId: string): Promise<void>;

  /** Takes a host for one server; the same name again gets what it has. Null: another has it. */
  claim(scope: OrgScope, request: Omit<HostClaim, 'isPoweredOn'>): Promise<HostClaim | null>;
  /** Present claims on hosts that are not removed. */
  claims(scope: OrgScope): Promise<readonly HostClaim[]>;
  powerOn(claimId: string): Promise<void>;
  /** False: there was none. */
  release(claimId: string): Promise<boolean>;
}

/** A host key as it is on the wire, and as people compare it. */
export interface ShownHostKey {
  /** `ssh-ed25519`, ... */
  readonly type: string;
  readonly base64: string;
  /** As `ssh-keygen -l` prints it: `ssh-ed25519 SHA256:...`. */
  readonly fingerprint: string;
}

/** Host keys of machines that were registered by hand: shown before they are trusted, then pinned. */
export interface HostKeys {
  /** What the machine shows now; nothing is sent to it but the handshake. Errors as of a login. */
  read(place: HostPlace, signal?: AbortSignal): Promise<ShownHostKey>;
  /** The key that counts there: of a registered host, or, with an id, of that instance's machine. */
  pinned(place: HostPlace, instanceId?: string): Promise<ShownHostKey | null>;
  /** From now on only this key counts at this address. */
  pin(place: HostPlace, key: Pick<ShownHostKey, 'type' | 'base64'>): Promise<void>;
  forget(place: HostPlace): Promise<void>;
  /** The line of this installation's own key for `authorized_keys`. */
  publicKey(): Promise<string>;
}

export interface HostPlace {
  readonly address: string;
  readonly port: number;
}
