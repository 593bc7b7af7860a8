import {describe, expect, it} from 'vitest';
import {modelRuntimes} from '../../../src/core/model/runtime.ts';

const machine = (modelHfId: string, state: 'ready' | 'booting', gpuCount: number, instanceType = 'L4-1-24G') => ({
  ...{state, gpuCount, instanceType, provider: 'mock' as const},
  spec: {modelHfId},
});
const asked = {requests: 9, failed: 2, promptTokens: 100, completionTokens: 40};
const vram = ({instanceType}: {instanceType: string}) => (instanceType === 'L4-1-24G' ? 24 : null);

describe('models as they run', () => {
  it('are added up over instances and the ledger, the largest first', () => {
    const instances = [
      machine('acme/small', 'ready', 1),
      machine('acme/big', 'ready', 2),
      machine('acme/big', 'booting', 2),
    ];
    expect(modelRuntimes(instances, new Map([['acme/big', asked]]), vram)).toEqual([
      {modelHfId: 'acme/big', instances: {ready: 1, booting: 1}, instanceCount: 2, gpuCount: 4, vramGib: 96, ...asked},
      {
        ...{modelHfId: 'acme/small', instances: {ready: 1}, instanceCount: 1, gpuCount: 1, vramGib: 24},
        ...{requests: 0, failed: 0, promptTokens: 0, completionTokens: 0},
      },
    ]);
  });

  it('tell what was asked of a model that runs no more', () => {
    expect(modelRuntimes([], new Map([['acme/gone', asked]]), vram)).toMatchObject([
      {modelHfId: 'acme/gone', instances: {}, instanceCount: 0, gpuCount: 0, vramGib: 0, requests: 9},
    ]);
  });

  it('say nothing of memory where one machine tells nothing', () => {
    const instances = [machine('m', 'ready', 1), machine('m', 'ready', 1, 'own')];
    expect(modelRuntimes(instances, new Map(), vram)).toMatchObject([{gpuCount: 2, vramGib: null}]);
  });
});
