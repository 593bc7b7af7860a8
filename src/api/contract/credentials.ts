import * as z from 'zod';
import {isoTime, needs, nothing} from './shared.ts';

/** Values of one provider's credentials. Only bounded here: the provider says which are missing or malformed, and repeats none. */
export const credentialValuesSchema = z.strictObject({
  accessKey: z.string().max(256).optional(),
  secretKey: z.string().max(1024).optional(),
  projectId: z.string().max(256).optional(),
  zone: z.string().max(64).optional(),
  apiUrl: z.string().max(2048).optional(),
});

export const credentialVersionSchema = z.object({
  provider: z.string(),
  version: z.number(),
  /** First characters of the access key; nothing of the secret key ever leaves. */
  keyPrefix: z.string(),
  inUse: z.boolean(),
  createdAt: isoTime,
  createdBy: z.string(),
  /** When the provider last accepted it. */
  checkedAt: isoTime.nullable(),
  replacedAt: isoTime.nullable(),
});

export const credentialsInUseSchema = z.object({
  source: z.enum(['organization', 'environment', 'provider_file']),
  /** Which version, variables or file. */
  detail: z.string(),
  keyPrefix: z.string(),
  projectId: z.string(),
  zone: z.string().nullable(),
});

export const providerCredentialsSchema = z.object({
  provider: z.string(),
  /** Null when there are none, or none that can be used: `problem` says why. */
  inUse: credentialsInUseSchema.nullable(),
  problem: z.object({code: z.string(), message: z.string(), hint: z.string().nullable()}).nullable(),
  versions: z.array(credentialVersionSchema),
});

export const credentialTestSchema = z.object({
  provider: z.string(),
  inUse: credentialsInUseSchema,
  ok: z.boolean(),
  checks: z.array(z.object({name: z.string(), ok: z.boolean(), detail: z.string(), hint: z.string().nullable()})),
});

export const oneProvider = z.object({provider: z.enum(['scaleway', 'mock', 'host'])});

export const credentialsContract = {
  /** What each provider is called with, and the versions kept; never a secret. Calls nobody. */
  list: needs('credentials.view').input(nothing).output(z.array(providerCredentialsSchema)),
  /** Stores the first version; `rotate` replaces it. */
  set: needs('credentials.change')
    .input(oneProvider.extend({values: credentialValuesSchema}))
    .output(credentialVersionSchema),
  /** Tries what is in use at the provider. `provider_auth` when the key itself is refused. */
  test: needs('credentials.view').input(oneProvider).output(credentialTestSchema),
  /** The next version, tried at the provider first unless `test` is false. */
  rotate: needs('credentials.change')
    .input(oneProvider.extend({values: credentialValuesSchema, test: z.boolean().default(true)}))
    .output(credentialVersionSchema),
  /** An earlier version in use again; without a number, the one before the present. */
  rollback: needs('credentials.change')
    .input(oneProvider.extend({version: z.number().int().min(1).optional()}))
    .output(credentialVersionSchema),
  /** Forgets all versions. The key stays valid at the provider. */
  remove: needs('credentials.change')
    .input(oneProvider)
    .output(z.object({versions: z.number()})),
};

export type CredentialVersionView = z.infer<typeof credentialVersionSchema>;

export type CredentialsInUseView = z.infer<typeof credentialsInUseSchema>;

export type ProviderCredentialsView = z.infer<typeof providerCredentialsSchema>;

export type CredentialTestView = z.infer<typeof credentialTestSchema>;
