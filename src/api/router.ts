import {lazy} from '@orpc/server';

/**
 * Every procedure of the contract, implemented. Mounted in-process by `local-client.ts`; over HTTP by whoever mounts it.
 * A topic is loaded when it is first called: a short command builds the shapes of one, not of all.
 */
export const router = {
  instances: {
    list: lazy(async () => ({default: (await import('./procedures/instances-read.ts')).instancesRead.list})),
    show: lazy(async () => ({default: (await import('./procedures/instances-read.ts')).instancesRead.show})),
    actions: lazy(async () => ({default: (await import('./procedures/instances-read.ts')).instancesRead.actions})),
    history: lazy(async () => ({default: (await import('./procedures/instances-read.ts')).instancesRead.history})),
    resources: lazy(async () => ({default: (await import('./procedures/instances-read.ts')).instancesRead.resources})),
    plan: lazy(async () => ({default: (await import('./procedures/instances.ts')).instances.plan})),
    create: lazy(async () => ({default: (await import('./procedures/instances.ts')).instances.create})),
    drive: lazy(async () => ({default: (await import('./procedures/instances.ts')).instances.drive})),
    watch: lazy(async () => ({default: (await import('./procedures/instances.ts')).instances.watch})),
    terminate: lazy(async () => ({default: (await import('./procedures/instances.ts')).instances.terminate})),
    drain: lazy(async () => ({default: (await import('./procedures/instances.ts')).instances.drain})),
    login: lazy(async () => ({default: (await import('./procedures/instances.ts')).instances.login})),
    reinstall: lazy(async () => ({default: (await import('./procedures/instances.ts')).instances.reinstall})),
    resetBreaker: lazy(async () => ({default: (await import('./procedures/instances.ts')).instances.resetBreaker})),
    sendCommand: lazy(async () => ({default: (await import('./procedures/worker.ts')).worker.sendCommand})),
    commands: lazy(async () => ({default: (await import('./procedures/worker.ts')).worker.commands})),
    metrics: lazy(async () => ({default: (await import('./procedures/worker-metrics.ts')).metrics})),
    archive: lazy(async () => ({default: (await import('./procedures/instances.ts')).instances.archive})),
    logs: lazy(async () => ({default: (await import('./procedures/instances-logs.ts')).instancesLogs.logs})),
    diagnose: lazy(async () => ({default: (await import('./procedures/instances-logs.ts')).instancesLogs.diagnose})),
  },
  limits: {
    status: lazy(async () => ({default: (await import('./procedures/limits-read.ts')).limitsRead.status})),
    change: lazy(async () => ({default: (await import('./procedures/limits.ts')).limits.change})),
    enforce: lazy(async () => ({default: (await import('./procedures/limits.ts')).limits.enforce})),
  },
  volumes: lazy(async () => ({default: (await import('./procedures/volumes.ts')).volumes})),
  rateLimits: lazy(async () => ({default: (await import('./procedures/rate-limits.ts')).rateLimits})),
  reconcile: lazy(async () => ({default: (await import('./procedures/reconcile.ts')).reconcile})),
  models: lazy(async () => ({default: (await import('./procedures/models.ts')).models})),
  prompts: lazy(async () => ({default: (await import('./procedures/prompts.ts')).prompts})),
  catalog: lazy(async () => ({default: (await import('./procedures/catalog.ts')).catalog})),
  credentials: lazy(async () => ({default: (await import('./procedures/credentials.ts')).credentials})),
  hosts: lazy(async () => ({default: (await import('./procedures/hosts.ts')).hosts})),
  keys: lazy(async () => ({default: (await import('./procedures/keys.ts')).keys})),
  alerts: lazy(async () => ({default: (await import('./procedures/alerts.ts')).alerts})),
  events: lazy(async () => ({default: (await import('./procedures/events.ts')).events})),
  budgets: lazy(async () => ({default: (await import('./procedures/budgets.ts')).budgets})),
  prices: lazy(async () => ({default: (await import('./procedures/prices.ts')).prices})),
  usage: lazy(async () => ({default: (await import('./procedures/usage.ts')).usage})),
  requests: lazy(async () => ({default: (await import('./procedures/requests.ts')).requests})),
  chat: lazy(async () => ({default: (await import('./procedures/chat.ts')).chat})),
};
