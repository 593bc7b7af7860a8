import {describe, expect, it} from 'vitest';
import {chooseRuntime} from '../../../src/core/instance/choose-runtime.ts';

const engineCommand = ['vllm'];

describe('the runtime of an engine', () => {
  it.each([
    [{provider: 'scaleway'}, 'docker'],
    [{provider: 'host'}, 'docker'],
    [{provider: 'mock'}, 'native'],
    [{provider: 'host', engineCommand}, 'native'],
    [{provider: 'host', runtime: 'native'}, 'native'],
    [{provider: 'mock', engineCommand, mode: 'multi'}, 'native'],
    [{provider: 'scaleway', mode: 'multi', image: 'a/b:1'}, 'docker'],
  ] as const)('of %j is %s', (wish, runtime) => {
    expect(chooseRuntime(wish)).toBe(runtime);
  });

  it.each([
    [{provider: 'mock', runtime: 'docker'}, '--runtime'],
    [{provider: 'host', runtime: 'docker', engineCommand}, '--engine-command'],
    [{provider: 'host', runtime: 'native', image: 'a/b:1'}, '--image'],
    [{provider: 'host', engineCommand, mode: 'multi'}, '--mode'],
  ] as const)('refuses %j, naming %s', (wish, param) => {
    expect(() => chooseRuntime(wish)).toThrow(expect.objectContaining({code: 'invalid_input', param}));
  });
});
