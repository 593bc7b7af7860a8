import * as z from 'zod';
import type {ConfigFile} from './config-file.ts';
import {healthKeys, healthSchema} from './health-schema.ts';

const duration = z.string().regex(/^(\d+(ms|s|m|h|d))+$/, 'expected a duration such as 90s, 30m or 1h30m');
const port = z.int().min(1).max(65_535);
const shortText = z.string().min(1).max(256);

/** The config file. Strict everywhere: a key that is not known is a typo, never ignored. Secrets have no place here. */
export const configSchema: z.ZodType<ConfigFile> = z.strictObject({
  provider: z.enum(['mock', 'scaleway', 'host']).optional(),
  model: shortText.optional(),
  zone: shortText.optional(),
  type: shortText.optional(),
  mode: z.enum(['mono', 'multi']).optional(),
  onFailure: z.enum(['keep', 'terminate']).optional(),
  waitTimeout: duration.optional(),
  stateDir: z.string().startsWith('/', 'expected an absolute path').optional(),
  controlPlaneUrl: z
    .url({protocol: /^https?$/, error: 'expected a URL such as https://inventiv.example.com'})
    .optional(),
  serve: z
    .strictObject({
      host: shortText.optional(),
      port: port.optional(),
      adminPort: port.optional(),
      corsOrigins: z
        .array(z.string().regex(/^https?:\/\/[^/\s*]+$/, 'expected an origin such as https://app.example.com'))
        .max(64)
        .optional(),
      maxTokens: z.int().min(1).max(10_000_000).optional(),
    })
    .optional(),
  ssh: z
    .strictObject({
      user: z
        .string()
        .regex(/^[a-z_][a-z0-9_.-]{0,31}$/i, 'expected a user name such as root or ubuntu')
        .optional(),
      keys: z.array(z.string().min(1).max(1024)).max(16).optional(),
      agent: z.boolean().optional(),
      connectTimeout: duration.optional(),
    })
    .optional(),
  health: healthSchema.optional(),
  alerts: z
    .strictObject({
      webhookUrl: z
        .url({protocol: /^https?$/, error: 'expected a URL such as https://hooks.example.com/inventiv'})
        .optional(),
      webhookSecretFile: z.string().startsWith('/', 'expected an absolute path').optional(),
      webhookAllowPrivate: z.boolean().optional(),
    })
    .optional(),
  mock: z
    .strictObject({
      profile: z.enum(['fast', 'realistic', 'flaky']).optional(),
      scenario: shortText.optional(),
    })
    .optional(),
  scaleway: z
    .strictObject({
      projectId: z
        .string()
        .regex(/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/, 'expected a project id (UUID)')
        .optional(),
    })
    .optional(),
});

/** Known keys per section, `''` being the top: what a typo is compared with. */
export const configKeys: Readonly<Record<string, readonly string[]>> = {
  '': [
    'provider',
    'model',
    'zone',
    'type',
    'mode',
    'onFailure',
    'waitTimeout',
    'stateDir',
    'controlPlaneUrl',
    'serve',
    'ssh',
    'health',
    'alerts',
    'mock',
    'scaleway',
  ],
  serve: ['host', 'port', 'adminPort', 'corsOrigins', 'maxTokens'],
  ssh: ['user', 'keys', 'agent', 'connectTimeout'],
  ...healthKeys,
  alerts: ['webhookUrl', 'webhookSecretFile', 'webhookAllowPrivate'],
  mock: ['profile', 'scenario'],
  scaleway: ['projectId'],
};
