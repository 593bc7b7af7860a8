import {programPath} from '../adapters/system/package-root.ts';
import {createWebhook} from '../adapters/webhook/webhook.ts';
import {openStreamPool} from '../adapters/worker/stream-pool/open-stream-pool.ts';
import {createDrivePool} from '../app/loops/drive-pool.ts';
import {defaultCaps} from '../core/proxy/request-caps.ts';
import {type LogFields, messageOf} from '../serve/log.ts';
import {serveLoops} from '../serve/loops/list.ts';
import {startServer} from '../serve/server.ts';
import type {App, OpenOptions} from './app.ts';
import {openSpanExporter} from './span-exporter.ts';
import {readWebhookSecret} from './webhook-secret.ts';

export interface ServerOptions {
  readonly host: string;
  readonly port: number;
  readonly adminPort: number;
  readonly version: string;
  /** Settings that only `serve` has a use for are read from here. */
  readonly installation: OpenOptions;
  readonly stateDir: string;
  readonly drainTimeoutMs?: number | undefined;
  readonly accessLog?: boolean | undefined;
  /** Processes that proxy, beside this one. */
  readonly workers?: number | undefined;
  readonly writeLog: (entry: ServeLogEntry) => void;
}

export interface ServeLogEntry {
  readonly atMs: number;
  readonly level: 'info' | 'warn' | 'error';
  readonly event: string;
  readonly fields: LogFields;
}

export interface OpenedServer {
  readonly url: string;
  readonly adminUrl: string | null;
  /** Drains, writes all usage, closes. */
  close(): Promise<void>;
}

/** Starts `serve` on an opened installation: data plane, loops and all. */
export async function openServer({tools, store, clock}: App, options: ServerOptions): Promise<OpenedServer> {
  const write =
    (level: ServeLogEntry['level']) =>
    (event: string, fields: LogFields = {}) =>
      options.writeLog({atMs: clock.nowMs(), level, event, fields});
  const log = {info: write('info'), warn: write('warn'), error: write('error')};
  const pool = createDrivePool(tools, (instance, error) =>
    log.error('drive_failed', {instance, reason: messageOf(error)}),
  );
  const {installation} = options;
  const {corsOrigins, maxTokens} = installation.config.serve;
  const {webhookUrl, webhookAllowPrivate} = installation.config.alerts;
  const webhook =
    webhookUrl === null
      ? null
      : createWebhook({
          url: webhookUrl,
          secret: readWebhookSecret(installation),
          allowPrivate: webhookAllowPrivate,
          clock,
        });
  const {host, port, adminPort, version, stateDir, drainTimeoutMs, workers = 0, accessLog = false} = options;
  const server = await startServer(
    {
      ...tools,
      store,
      spanExporter: await openSpanExporter(installation.env.otlp),
      openPool: endpoint =>
        openStreamPool(endpoint, ({message}) => log.error('worker_certificate_changed', {reason: message})),
      loops: serveLoops(
        {
          ...tools,
          workers: store.workers,
          alerts: store.alerts,
          health: store.health,
          settings: installation.config.health,
          log,
          webhook,
        },
        pool,
      ),
      log,
      dataPlaneProgram: {
        path: programPath('src/compose/data-plane-main.ts'),
        args: [],
      },
    },
    {
      ...{host, port, adminPort, version, stateDir, corsOrigins, workers, accessLog},
      limits: {caps: {...defaultCaps, maxTokens}},
      ...(drainTimeoutMs === undefined ? {} : {drainTimeoutMs}),
    },
  );
  return {
    url: httpUrl(server.address),
    adminUrl: server.adminAddress === null ? null : httpUrl(server.adminAddress),
    close: async () => {
      await server.close();
      await pool[Symbol.asyncDispose]();
    },
  };
}

function httpUrl({host, port}: {host: string; port: number}): string {
  return `http://${host.includes(':') ? `[${host}]` : host}:${port}`;
}
