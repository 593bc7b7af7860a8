import {readFileSync} from 'node:fs';
import {InventivError} from '../core/errors.ts';
import type {OpenOptions} from './app.ts';

const secretMinChars = 16;
const secretMaxBytes = 4096;

/** What alerts are signed with: the environment's, else the file's; null when neither names one. */
export function readWebhookSecret({config, env}: OpenOptions): string | null {
  const {webhookSecretFile: file} = config.alerts;
  const secret = env.alertsWebhookSecret ?? (file === null ? null : readSecretFile(file));
  if (secret !== null && secret.length < secretMinChars) {
    throw new InventivError(
      'invalid_config',
      `The webhook's secret must have at least ${secretMinChars} characters, got ${secret.length}.`,
      {hint: 'Make one:  openssl rand -hex 32'},
    );
  }

  return secret;
}

function readSecretFile(file: string): string {
  try {
    const text = readFileSync(file, 'utf8');
    if (text.length > secretMaxBytes) throw new Error(`it is larger than ${secretMaxBytes} bytes`);
    return text.trim();
  } catch (error) {
    throw new InventivError(
      'invalid_config',
      `alerts.webhookSecretFile: cannot read ${file}: ${error instanceof Error ? error.message : String(error)}`,
      {hint: 'Correct the path, or leave the key out to send alerts unsigned.', cause: error},
    );
  }
}
