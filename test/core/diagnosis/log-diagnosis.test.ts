import fc from 'fast-check';
import {describe, expect, it} from 'vitest';
import {failures} from '../../../src/core/diagnosis/catalogue.ts';
import {diagnoseLog, LogDiagnosis} from '../../../src/core/diagnosis/log-diagnosis.ts';
import {readLogLine} from '../../../src/core/diagnosis/log-line.ts';

const oom = 'torch.OutOfMemoryError: CUDA out of memory. Tried to allocate 2.00 GiB.';

const pieces = fc.oneof(fc.string({unit: 'binary'}), fc.constantFrom(oom, '{"log":', '::fail::', '\u001B['));

describe('a diagnosis', () => {
  it('shows the line of the cause first, then what follows, short', () => {
    const found = diagnoseLog(['INFO a', `${oom} ${'x'.repeat(900)}`, 'b', '', 'c', 'd', 'e', 'f']);
    expect(found).toMatchObject({code: 'GPU_OOM_LOAD', lineNumber: 2});
    expect(found?.evidenceLines).toEqual([`${oom} ${'x'.repeat(900)}`.slice(0, 500), 'b', 'c', 'd']);
  });

  it('takes a warning for the cause only when nothing proves another', () => {
    const warning = 'WARNING 11-23 14:02:11 [x.py:1] No space left on device';
    expect(diagnoseLog([warning])?.code).toBe('DISK_FULL');
    expect(diagnoseLog([warning, oom])?.code).toBe('GPU_OOM_LOAD');
  });

  it('finds the cause at the end of a line of 10 MB, and shows a short piece of it', () => {
    const found = diagnoseLog([`${'x'.repeat(10 * 1024 * 1024)} ${oom}`]);
    expect(found?.code).toBe('GPU_OOM_LOAD');
    expect(found?.evidenceLines[0]?.length).toBeLessThanOrEqual(500);
  });

  it('finds it between binary junk, and never hands control characters on', () => {
    const junk = Buffer.from(Array.from({length: 4096}, (_, index) => (index * 31) % 256)).toString('latin1');
    const found = diagnoseLog([junk, `\u001B[2J\u001B]0;owned\u0007\u0000${oom}\u202E`, junk]);
    expect(found?.code).toBe('GPU_OOM_LOAD');
    expect(found?.evidenceLines.join('')).not.toMatch(/[\p{Cc}\p{Cf}]/u);
  });

  it('keeps little of an endless log', () => {
    const diagnosis = new LogDiagnosis();
    for (let line = 0; line < 5000; line++) diagnosis.feed(`ncclSystemError: try ${line}`);
    const found = diagnosis.result();
    expect(found).toMatchObject({code: 'NCCL', lineNumber: 1});
    expect(found?.evidenceLines).toHaveLength(5);
  });

  it('never fails, whatever the lines', () => {
    fc.assert(
      fc.property(fc.array(pieces, {maxLength: 12}), lines => {
        const found = diagnoseLog(lines);
        expect(found === null || lines.length >= found.lineNumber).toBe(true);
      }),
      {numRuns: 60},
    );
  });

  it('takes linear time for lines made to mislead its patterns', () => {
    const words = failures.flatMap(({proof, hint, echo}) =>
      [proof, hint, echo].flatMap(
        sign => sign?.source.split(/[|.(){}[\]\\?*+^$]+/).filter(word => word.length > 3) ?? [],
      ),
    );
    const lines = [...new Set(words)].map(word => word.repeat(Math.ceil(20_000 / word.length)));
    const startedAt = performance.now();
    for (const line of lines) diagnoseLog([line]);
    const perLineMs = (performance.now() - startedAt) / lines.length;
    // 16 KiB of each line are looked at; a pattern that went back and forth would take seconds.
    expect(perLineMs).toBeLessThan(60);
  });
});

describe('a line of a log', () => {
  it.each([
    ['engine-1  | ERROR x', 'ERROR x'],
    ['2026-11-23T10:00:01.123456789Z ERROR x', 'ERROR x'],
    ['Nov 23 15:41:07 gpu-1 systemd[1]: ERROR x', 'ERROR x'],
    ['{"log":"ERROR x\\n","stream":"stderr"}', 'ERROR x'],
    ['{"log":"cut', '{"log":"cut'],
    ['\u001B[31mERROR\u001B[0m x', 'ERROR x'],
  ])('%j is read without its wrapping', (raw, text) => {
    expect(readLogLine(raw).text).toBe(text);
  });

  it.each([
    ['(EngineCore_DP0 pid=4) INFO 11-23', 'calm'],
    ['INFO:     Started server process [1]', 'calm'],
    ['vm:1:1 [0] NCCL INFO x', 'calm'],
    ['(APIServer pid=1) WARNING 11-23', 'warning'],
    ['ERROR 11-23', 'plain'],
    ['INFORMATION', 'plain'],
  ])('%j is %s', (raw, level) => {
    expect(readLogLine(raw).level).toBe(level);
  });
});
