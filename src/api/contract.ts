import {eventIterator, oc} from '@orpc/contract';
import * as z from 'zod';
import {eventTopics} from '../core/events.ts';
import {instanceStates} from '../core/instance/state.ts';
import {modelSpecSchema} from '../core/model/model-schema.ts';
import {apiKeyScopes} from '../core/tenancy/api-key.ts';
import type {Permission} from '../core/tenancy/roles.ts';
import {
  actionSchema,
  catalogSchema,
  chatChunkSchema,
  chatMessageSchema,
  createRequestSchema,
  credentialTestSchema,
  credentialValuesSchema,
  credentialVersionSchema,
  eventSchema,
  instanceDetailSchema,
  instanceSchema,
  keySchema,
  listLimitMax,
  logLineSchema,
  modelSchema,
  newKeySchema,
  planSchema,
  progressSchema,
  providerCredentialsSchema,
  reconcileReportSchema,
  reconcileRequestSchema,
  reference,
  resourceSchema,
  sizeRequestSchema,
  sizeResultSchema,
  stateChangeSchema,
  usageTotalsSchema,
  volumeSchema,
} from './schemas.ts';

/** What every procedure declares beside its shapes: the one permission the caller needs. */
export interface ProcedureMeta {
  readonly permission: Permission;
}

const base = oc.$meta<ProcedureMeta>({permission: 'settings.change'});

function needs(permission: Permission) {
  return base.meta({permission});
}

const oneInstance = z.object({instance: reference});
const someInstances = z.object({instances: z.array(reference).min(1).max(listLimitMax)});
const oneVolume = z.object({volume: reference});
const oneProvider = z.object({provider: z.enum(['scaleway', 'mock', 'host'])});
const nothing = z.object({});
const limit = z.number().int().min(1).max(listLimitMax).default(100);

/**
 * The one API. Called in-process by the local command line and mounted over HTTP for everybody else; the transport
 * never changes what a procedure means.
 */
export const contract = {
  instances: {
    /** What `create` would choose and cost; spends nothing. */
    plan: needs('instances.view').input(createRequestSchema).output(planSchema),
    /** Records the intent (one instance per `count`) and returns at once; `drive` or a running `serve` does the work. */
    create: needs('instances.change').input(createRequestSchema).output(z.array(instanceSchema)),
    /** Drives these instances until each is settled (ready, failed, terminated), in the process that answers. Where another process drives already, this watches. */
    drive: needs('instances.change').input(someInstances).output(eventIterator(progressSchema)),
    /** Follows these instances until each is settled or in one of `until`, without doing anything. */
    watch: needs('instances.view')
      .input(someInstances.extend({until: z.array(z.enum(instanceStates)).optional()}))
      .output(eventIterator(progressSchema)),
    list: needs('instances.view')
      .input(
        z.object({
          includeGone: z.boolean().default(false),
          includeArchived: z.boolean().default(false),
          states: z.array(z.enum(instanceStates)).optional(),
        }),
      )
      .output(z.array(instanceSchema)),
    show: needs('instances.view').input(oneInstance).output(instanceDetailSchema),
    actions: needs('instances.view').input(oneInstance).output(z.array(actionSchema)),
    history: needs('instances.view').input(oneInstance).output(z.array(stateChangeSchema)),
    resources: needs('instances.view')
      .input(z.object({instance: reference.optional(), includeDeleted: z.boolean().default(false)}))
      .output(z.array(resourceSchema)),
    /** Records the wish to terminate; `drive` carries it out. */
    terminate: needs('instances.change').input(someInstances).output(z.array(instanceSchema)),
    drain: needs('instances.change').input(oneInstance).output(instanceSchema),
    archive: needs('instances.change').input(someInstances).output(z.array(instanceSchema)),
    logs: needs('instances.view')
      .input(
        oneInstance.extend({
          source: z.enum(['actions', 'bootstrap', 'agent', 'engine']).default('actions'),
          tailLines: z.number().int().min(1).max(10_000).default(200),
          follow: z.boolean().default(false),
        }),
      )
      .output(eventIterator(logLineSchema)),
  },
  volumes: {
    list: needs('instances.view')
      .input(z.object({instance: reference.optional(), includeDeleted: z.boolean().default(false)}))
      .output(z.array(volumeSchema)),
    show: needs('instances.view').input(oneVolume).output(volumeSchema),
    /** It outlives its instance, and is paid for until it is deleted. */
    keep: needs('instances.change').input(oneVolume).output(volumeSchema),
    /** It goes with its instance again. */
    release: needs('instances.change').input(oneVolume).output(volumeSchema),
    /** Deletes the volume of a gone instance at the provider. */
    delete: needs('instances.change').input(oneVolume).output(volumeSchema),
  },
  reconcile: {
    /** Compares the store with the provider and, without `dryRun`, puts right what is wrong. */
    run: needs('instances.change').input(reconcileRequestSchema).output(reconcileReportSchema),
  },
  models: {
    list: needs('models.view')
      .input(z.object({includeInactive: z.boolean().default(false)}))
      .output(z.array(modelSchema)),
    show: needs('models.view')
      .input(z.object({model: reference}))
      .output(z.object({model: modelSchema, spec: modelSpecSchema})),
    add: needs('models.change').input(modelSpecSchema).output(modelSchema),
    update: needs('models.change')
      .input(z.object({model: reference, changes: z.record(z.string(), z.json())}))
      .output(modelSchema),
    remove: needs('models.change')
      .input(z.object({model: reference}))
      .output(nothing),
    setActive: needs('models.change')
      .input(z.object({model: reference, active: z.boolean()}))
      .output(modelSchema),
    size: needs('models.view').input(sizeRequestSchema).output(sizeResultSchema),
  },
  catalog: {
    /** What was last read from the provider; calls nobody. */
    show: needs('catalog.view').input(oneProvider).output(catalogSchema),
    /** Reads types, prices, zones and stock from the provider, and keeps them. */
    sync: needs('catalog.sync').input(oneProvider).output(catalogSchema),
  },
  credentials: {
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
  },
  keys: {
    create: needs('keys.own')
      .input(
        z.object({
          name: z.string().min(1).max(100),
          scopes: z.array(z.enum(apiKeyScopes)).optional(),
          models: z.array(z.string().max(256)).max(100).optional(),
          expiresInMs: z.number().int().positive().optional(),
        }),
      )
      .output(newKeySchema),
    list: needs('keys.own')
      .input(z.object({includeRevoked: z.boolean().default(false)}))
      .output(z.array(keySchema)),
    show: needs('keys.own')
      .input(z.object({key: reference}))
      .output(keySchema),
    revoke: needs('keys.own')
      .input(z.object({key: reference}))
      .output(keySchema),
    /** A new secret for the same key; the old one stays valid for `graceMs`. */
    rotate: needs('keys.own')
      .input(z.object({key: reference, graceMs: z.number().int().min(0).default(0)}))
      .output(newKeySchema),
  },
  events: {
    /** Past events after `afterId` (default: the latest `limit`), then, with `follow`, new ones as they happen. */
    tail: needs('events.view')
      .input(
        z.object({
          afterId: z.number().int().min(0).optional(),
          topics: z.array(z.enum(eventTopics)).optional(),
          limit,
          follow: z.boolean().default(false),
        }),
      )
      .output(eventIterator(eventSchema)),
  },
  usage: {
    totals: needs('usage.view')
      .input(
        z.object({
          fromMs: z.number().int().optional(),
          untilMs: z.number().int().optional(),
          key: reference.optional(),
          model: reference.optional(),
          instance: reference.optional(),
        }),
      )
      .output(usageTotalsSchema),
  },
  chat: {
    /** One completion from a ready worker of the model, streamed; aborting the call cancels the generation. */
    stream: needs('chat.use')
      .input(
        z.object({
          model: z.string().min(1).max(256),
          messages: z.array(chatMessageSchema).min(1).max(1000),
          maxTokens: z.number().int().min(1).max(1_000_000).optional(),
          temperature: z.number().min(0).max(2).optional(),
        }),
      )
      .output(eventIterator(chatChunkSchema)),
  },
};
