import {readdirSync, readFileSync} from 'node:fs';
import {join} from 'node:path';
import {describe, expect, it} from 'vitest';
import {failures} from '../../../src/core/diagnosis/catalogue.ts';
import {diagnoseLog} from '../../../src/core/diagnosis/log-diagnosis.ts';

const folder = join(import.meta.dirname, '../../fixtures/diagnosis');
const saved = readdirSync(folder)
  .filter(name => name.endsWith('.log'))
  .map(name => ({
    name,
    expected: /^([A-Z_]+|none)(?:--|\.log)/.exec(name)?.[1],
    lines: readFileSync(join(folder, name), 'utf8').split(/[\r\n]+/),
  }));
const recognisable = failures.filter(({proof, hint, echo}) => proof ?? hint ?? echo).map(({code}) => code);

describe('saved logs', () => {
  it('are there for every failure that a log can show', () => {
    const shown = new Set(saved.map(({expected}) => expected));
    expect(recognisable.filter(code => !shown.has(code))).toEqual([]);
  });

  it.each(saved)('$name is recognised for what it is', ({expected, lines}) => {
    expect(diagnoseLog(lines)?.code ?? 'none').toBe(expected);
  });

  it('are recognised, all of them, and the line that proves it is in the evidence', () => {
    const right = saved.filter(({expected, lines}) => {
      const found = diagnoseLog(lines);
      return (found?.code ?? 'none') === expected;
    });
    const codes = new Set(right.map(({expected}) => expected).filter(code => code !== 'none'));
    console.log(
      `${right.length} of ${saved.length} saved logs; ${recognisable.filter(code => codes.has(code)).length} of ${recognisable.length} recognisable failures`,
    );
    expect(right.length).toBe(saved.length);
  });

  it.each([
    ['KV_TOO_SMALL.log', 'A context of 131072 tokens needs 16.00 GiB of KV cache; 4.21 GiB are free.', '34480'],
    ['KV_TOO_SMALL--no-estimate.log', 'A context of 32768 tokens needs 3.5 GiB', '--max-model-len, or'],
    ['CONTEXT_TOO_LONG.log', 'A context of 131072 tokens was asked for; the model was made for 40960.', '40960'],
    ['GPU_OOM_LOAD.log', 'the GPU has 22.03 GiB, and 896.00 MiB more were needed', 'quantized'],
    ['GPU_BUSY.log', '3.41 GiB of 22.03 are free', 'nvidia-smi'],
    ['TP_INVALID.log', 'The 40 attention heads', 'divides'],
    ['WORLD_TOO_BIG.log', '8 GPUs were asked for; the machine has 4.', 'type'],
    ['DRIVER_OLD.log', 'CUDA 13.0', '-cu129'],
    ['DISK_FULL--named-by-our-script.log', '12 GB free; 60 GB are needed', '--disk-gb'],
  ])('%s is told with its figures', (name, cause, advice) => {
    const found = diagnoseLog(saved.find(each => each.name === name)?.lines ?? []);
    expect(found?.cause).toContain(cause);
    expect(found?.advice).toContain(advice);
  });

  it('names what the cause brought about as also seen', () => {
    const {lines = []} = saved.find(({name}) => name === 'GPU_OOM_LOAD--then-engine-dead.log') ?? {};
    const found = diagnoseLog(lines);
    expect(found?.alsoSeen.map(({code}) => code)).toEqual(['NCCL', 'RUNTIME_DEAD', 'ENGINE_EXITED']);
  });

  it('tells a failure of an earlier attempt as one', () => {
    const of = (name: string) => diagnoseLog(saved.find(each => each.name === name)?.lines ?? []);
    expect(of('DRIVER_OLD--then-the-next-start-loads.log')?.isEarlierAttempt).toBe(true);
    expect(of('DRIVER_OLD.log')?.isEarlierAttempt).toBe(false);
  });
});
