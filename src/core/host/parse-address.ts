import {InventivError} from '../errors.ts';

export interface SshAddress {
  /** Null where it was not said. */
  readonly user: string | null;
  readonly host: string;
  readonly port: number;
}

const sshPort = 22;
const textMax = 300;
const form =
  /^(?:(?<user>[A-Za-z_][A-Za-z0-9_.-]{0,31})@)?(?:\[(?<v6>[0-9A-Fa-f:.]+)\]|(?<name>[A-Za-z0-9][A-Za-z0-9._-]*))(?::(?<port>\d{1,5}))?$/;

/** `user@host`, `user@host:2222`, `host`, `user@[fe80::1]:22`. */
export function parseSshAddress(text: string, param: string): SshAddress {
  const groups = text.length > textMax ? undefined : form.exec(text.trim())?.groups;
  const port = groups?.port === undefined ? sshPort : Number(groups.port);
  const host = groups?.v6 ?? groups?.name;
  if (host === undefined || port < 1 || port > 65_535) {
    throw new InventivError(
      'invalid_input',
      `${param}: expected user@host or user@host:port, got "${text.slice(0, 80)}".`,
      {
        hint: 'For example root@203.0.113.7, or root@[2001:db8::7]:2222.',
        param,
      },
    );
  }

  return {user: groups?.user ?? null, host, port};
}

/** As people write it; port 22 goes without saying. */
export function sshAddressText({user, host, port}: {user: string; host: string; port: number}): string {
  const where = host.includes(':') ? `[${host}]` : host;
  return `${user}@${where}${port === sshPort ? '' : `:${port}`}`;
}

/** A name for a host nobody named: its address, as far as names allow. */
export function hostNameOf(host: string): string {
  const name = host
    .toLowerCase()
    .replaceAll(/[^a-z0-9]+/g, '-')
    .replaceAll(/^-+|-+$/g, '')
    .slice(0, 40)
    .replaceAll(/-+$/g, '');
  return name === '' ? 'host' : name;
}
