import {InventivError} from '../core/errors.ts';
import type {OtlpEnv} from './env.ts';

export interface OtlpConfig {
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly serviceName: string;
}

/** Where traces go, by the variables of OpenTelemetry's SDKs; null: nowhere. Throws `invalid_config`, repeating no header. */
export function readOtlp({endpoint, tracesEndpoint, headers, serviceName, disabled}: OtlpEnv): OtlpConfig | null {
  if (disabled || (endpoint === null && tracesEndpoint === null)) return null;
  const variable = tracesEndpoint === null ? 'OTEL_EXPORTER_OTLP_ENDPOINT' : 'OTEL_EXPORTER_OTLP_TRACES_ENDPOINT';
  const given = tracesEndpoint ?? endpoint ?? '';
  if (!/^https?:\/\//i.test(given) || !URL.canParse(given)) {
    throw new InventivError('invalid_config', `${variable}: expected an http(s) URL, got something else.`, {
      hint: `For example: ${variable}=http://127.0.0.1:4318`,
    });
  }

  const url = tracesEndpoint ?? `${given.replace(/\/+$/, '')}/v1/traces`;
  return {url, headers: readHeaders(headers), serviceName: serviceName ?? 'inventiv'};
}

/** `name=value,name=value`, values percent-encoded. */
function readHeaders(text: string | null): Record<string, string> {
  const pairs = (text ?? '').split(',').filter(pair => pair.trim() !== '');
  return Object.fromEntries(
    pairs.map(pair => {
      const [, name = '', value = ''] = /^\s*([\w!#$%&'*+.^`|~-]+)\s*=\s*(.*?)\s*$/.exec(pair) ?? [];
      const decoded = decodeValue(value);
      if (name === '' || decoded === null) {
        throw new InventivError('invalid_config', 'OTEL_EXPORTER_OTLP_HEADERS: expected name=value,name=value.');
      }

      return [name.toLowerCase(), decoded];
    }),
  );
}

/** Null for what is no percent-encoded text, or holds a line break. */
function decodeValue(value: string): string | null {
  try {
    const text = decodeURIComponent(value);
    return /[\r\n\0]/.test(text) ? null : text;
  } catch {
    return null;
  }
}
