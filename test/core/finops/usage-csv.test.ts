import fc from 'fast-check';
import {describe, expect, it} from 'vitest';
import type {UsageRecord} from '../../../src/core/finops/usage.ts';
import {csvCell, csvHeader, csvLine, exportedLine} from '../../../src/core/finops/usage-csv.ts';

const record: UsageRecord = {
  requestId: 'req_1',
  organizationId: 'org_1',
  keyId: 'key_1',
  userId: 'usr_1',
  modelHfId: 'acme/a,"b"',
  instanceId: null,
  endpoint: '/v1/chat/completions',
  streamed: true,
  outcome: 'completed',
  httpStatus: 200,
  promptTokens: 14,
  cachedPromptTokens: 4,
  completionTokens: 2,
  reasoningTokens: 0,
  audioMs: 0,
  attempts: 1,
  estimated: false,
  startedAtMs: 1_793_836_800_000,
  finishedAtMs: 1_793_836_801_500,
  firstTokenMs: 180,
  priceId: 'prc_1',
  amountNanos: 1_234_567_890,
};

describe('the export of usage', () => {
  it('has stable columns, and says the amount exactly in both units', () => {
    expect(csvHeader).toBe(
      'request_id,started_at,finished_at,organization_id,key_id,user_id,model,instance_id,endpoint,streamed,outcome,http_status,attempts,first_token_ms,prompt_tokens,cached_prompt_tokens,completion_tokens,reasoning_tokens,audio_ms,estimated,price_id,amount_nanos,amount_eur\r\n',
    );
    expect(csvLine(record)).toBe(
      'req_1,2026-11-05T00:00:00.000Z,2026-11-05T00:00:01.500Z,org_1,key_1,usr_1,"acme/a,""b""",,/v1/chat/completions,true,completed,200,1,180,14,4,2,0,0,false,prc_1,1234567890,1.23456789\r\n',
    );
    expect(Object.keys(exportedLine(record)).join(',')).toBe(csvHeader.trim());
    expect(exportedLine(record)).toMatchObject({
      amount_nanos: 1_234_567_890,
      amount_eur: '1.23456789',
      instance_id: null,
    });
  });

  it.each([
    ['=1+1', "'=1+1"],
    ['+1', "'+1"],
    ['-cmd', "'-cmd"],
    ['@SUM(A1)', "'@SUM(A1)"],
    ['\tx', "'\tx"],
    ['\r=1', '"\'\r=1"'],
    ['=HYPERLINK("a","b")', '"\'=HYPERLINK(""a"",""b"")"'],
    ['-12.5', '-12.5'],
    [-12, '-12'],
    [null, ''],
    ['a-b', 'a-b'],
  ])('writes %j as %j: no spreadsheet runs it', (value, cell) => {
    expect(csvCell(value)).toBe(cell);
  });

  it('is read back as it was written, whatever is in it', () => {
    fc.assert(
      fc.property(fc.array(fc.string({unit: 'binary'}), {minLength: 1}), cells => {
        const line = cells.map(csvCell).join(',');
        expect(parseLine(line).map(cell => cell.replace(/^'(?=[=+\-@\t\r\n|%])/, ''))).toEqual(
          cells.map(cell => cell.replace(/^'(?=[=+\-@\t\r\n|%])/, '')),
        );
      }),
    );
  });
});

/** RFC 4180, one line of it. */
function parseLine(line: string): string[] {
  return [...`${line},`.matchAll(/("(?:[^"]|"")*"|[^",\r\n]*),/g)].map(([, cell = '']) =>
    cell.startsWith('"') ? cell.slice(1, -1).replaceAll('""', '"') : cell,
  );
}
