import {afterAll, beforeAll, describe, expect, it} from 'vitest';
import {hasPart} from '../support/parts.ts';
import {startVm, type Vm} from '../support/vm/vm.ts';
import {drillCases} from './cases.ts';
import {drill, isRight} from './drill.ts';

const sample = ['the engine, --fail GPU_OOM_LOAD', 'docker pull: missing', 'ssh to a host with another key'];

describe.skipIf(!hasPart('machines'))('failures provoked on a machine (all of them: npm run drill:diagnosis)', () => {
  let vm: Vm;

  beforeAll(async () => {
    vm = await startVm();
  });
  afterAll(() => vm?.[Symbol.asyncDispose]());

  it.each(drillCases.filter(({how}) => sample.includes(how)))('$code is recognised: $how', async each => {
    const result = await drill(vm, each);
    expect(isRight(result), JSON.stringify(result)).toBe(true);
  });
});
