import {describe, expect, it} from 'vitest';
import {readEnv} from '../../src/config/env.ts';
import {readOtlp} from '../../src/config/otlp.ts';

const read = (variables: Record<string, string | undefined>) => readOtlp(readEnv(variables).otlp);

describe('where traces go', () => {
  it.each([
    [{}, null],
    [{OTEL_EXPORTER_OTLP_ENDPOINT: 'http://c:4318', OTEL_SDK_DISABLED: 'true'}, null],
    [
      {OTEL_EXPORTER_OTLP_ENDPOINT: 'http://c:4318/'},
      {url: 'http://c:4318/v1/traces', headers: {}, serviceName: 'inventiv'},
    ],
    [
      {
        OTEL_EXPORTER_OTLP_ENDPOINT: 'http://c:4318',
        OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: 'https://t/x',
        OTEL_EXPORTER_OTLP_HEADERS: 'X-Token=a%20b, y=1',
        OTEL_SERVICE_NAME: 'edge',
      },
      {url: 'https://t/x', headers: {'x-token': 'a b', y: '1'}, serviceName: 'edge'},
    ],
  ])('is %j: %j', (variables, expected) => {
    expect(read(variables)).toEqual(expected);
  });

  it.each([
    {OTEL_EXPORTER_OTLP_ENDPOINT: 'localhost:4318'},
    {OTEL_EXPORTER_OTLP_ENDPOINT: 'http://c', OTEL_EXPORTER_OTLP_HEADERS: 'a-secret'},
    {OTEL_EXPORTER_OTLP_ENDPOINT: 'http://c', OTEL_EXPORTER_OTLP_HEADERS: 'x=a-secret%0d%0ay'},
  ])('refuses %j, repeating no secret', variables => {
    expect(() => read(variables)).toThrow(
      expect.objectContaining({code: 'invalid_config', message: expect.not.stringContaining('a-secret')}),
    );
  });
});
