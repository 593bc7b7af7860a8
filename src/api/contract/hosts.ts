import * as z from 'zod';
import {instanceName} from './instances.ts';
import {isoTime, needs, nothing, reference} from './shared.ts';

const port = z.number().int().min(1).max(65_535);
const address = z.string().min(1).max(300);

export const hostKeySchema = z.object({
  type: z
    .string()
    .regex(/^[a-z0-9@.-]+$/)
    .max(64),
  base64: z
    .string()
    .regex(/^[A-Za-z0-9+/]+={0,2}$/)
    .max(8192),
});

const shownKey = hostKeySchema.extend({
  /** As `ssh-keygen -l` prints it. */
  fingerprint: z.string(),
});

export const hostSchema = z.object({
  id: z.string(),
  name: z.string(),
  user: z.string(),
  address: z.string(),
  port,
  openaiPort: port,
  agentPort: port,
  /** The key that counts there; null when the pin was lost. */
  fingerprint: z.string().nullable(),
  os: z.string(),
  cpus: z.number(),
  ramGib: z.number(),
  diskFreeGb: z.number(),
  gpus: z.array(z.object({name: z.string(), memoryMib: z.number(), computeCapability: z.number()})),
  driverVersion: z.string().nullable(),
  gpuProblem: z.string().nullable(),
  python: z.string().nullable(),
  hasDocker: z.boolean(),
  hasSystemd: z.boolean(),
  /** Name of the instance that has it; null while it is free. */
  takenBy: z.string().nullable(),
  createdAt: isoTime,
  checkedAt: isoTime,
});

export const hostLookSchema = z.object({
  user: z.string(),
  address: z.string(),
  port,
  key: shownKey,
  /** The key that counts at this address by now; null at a first contact. */
  pinnedFingerprint: z.string().nullable(),
  /** Name of the host that has this address. */
  known: z.string().nullable(),
  /** This installation's own key, as a line of `authorized_keys`. */
  publicKey: z.string(),
});

export const hostsContract = {
  /** What a machine shows before anybody trusts it: its host key. Nobody logs in. */
  look: needs('hosts.change')
    .input(z.object({ssh: address}))
    .output(hostLookSchema),
  /** Trusts this key at this address from now on, logs in, finds out what there is, and keeps the host. */
  add: needs('hosts.change')
    .input(
      z.object({
        ssh: address,
        name: instanceName.optional(),
        key: hostKeySchema,
        openaiPort: port.default(8000),
        agentPort: port.default(8080),
      }),
    )
    .output(hostSchema),
  list: needs('hosts.view').input(nothing).output(z.array(hostSchema)),
  /** Logs in and looks again; with a key, that one is trusted from now on. */
  check: needs('hosts.change')
    .input(z.object({host: reference, key: hostKeySchema.optional()}))
    .output(hostSchema),
  /** Forgets a host; one that is in use only when forced, and then what is installed there stays. */
  remove: needs('hosts.change')
    .input(z.object({host: reference, force: z.boolean().default(false)}))
    .output(z.object({name: z.string()})),
};

export type HostView = z.infer<typeof hostSchema>;

export type HostLookView = z.infer<typeof hostLookSchema>;
