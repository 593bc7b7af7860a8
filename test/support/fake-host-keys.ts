import type {HostKeys, HostPlace, ShownHostKey} from '../../src/ports/hosts.ts';

/** Host keys in memory: each address shows the key it was given, or one made of its name. */
export class FakeHostKeys implements HostKeys {
  readonly shown = new Map<string, string>();
  readonly pins = new Map<string, ShownHostKey>();

  read(place: HostPlace): Promise<ShownHostKey> {
    return Promise.resolve(keyOf(this.shown.get(place.address) ?? place.address));
  }

  pinned(place: HostPlace, _instanceId?: string): Promise<ShownHostKey | null> {
    return Promise.resolve(this.pins.get(nameOf(place)) ?? null);
  }

  pin(place: HostPlace, {base64}: Pick<ShownHostKey, 'type' | 'base64'>): Promise<void> {
    this.pins.set(nameOf(place), keyOf(Buffer.from(base64, 'base64').toString('utf8')));
    return Promise.resolve();
  }

  forget(place: HostPlace): Promise<void> {
    this.pins.delete(nameOf(place));
    return Promise.resolve();
  }

  publicKey(): Promise<string> {
    return Promise.resolve('ssh-ed25519 AAAA inventiv');
  }
}

function keyOf(secret: string): ShownHostKey {
  return {
    type: 'ssh-ed25519',
    base64: Buffer.from(secret).toString('base64'),
    fingerprint: `ssh-ed25519 SHA256:${secret}`,
  };
}

function nameOf({address, port}: HostPlace): string {
  return `${address}:${port}`;
}
