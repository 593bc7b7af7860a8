import {afterAll, afterEach, beforeAll, describe, expect, it} from 'vitest';
import {adviceFor} from '../../src/core/diagnosis/catalogue.ts';
import type {InventivError} from '../../src/core/errors.ts';
import {Machine} from '../bootstrap/machine.ts';
import {hasPart} from '../support/parts.ts';
import {nvidiaL4, usualScenario} from '../support/vm/scenario.ts';

const setUpMs = 120_000;

describe.skipIf(!hasPart('machines'))('a bootstrap that cannot succeed', () => {
  let machine: Machine;

  beforeAll(async () => {
    machine = await Machine.start();
  }, setUpMs);
  afterAll(() => machine?.[Symbol.asyncDispose]());
  afterEach(() => {
    machine.vm.script(usualScenario);
    machine.vm.hub.faults.refusal = null;
    machine.ask({gpuCount: 1, hubToken: null});
  });

  const failure = async (): Promise<InventivError> => {
    const result = await machine.bootstrap().catch((error: InventivError) => error);
    if (!(result instanceof Error)) throw new Error('the bootstrap succeeded');
    return result;
  };
  const undone = async (spoil: string, mend: string): Promise<InventivError> => {
    await machine.vm.exec(spoil);
    try {
      return await failure();
    } finally {
      await machine.vm.exec(mend);
    }
  };

  /** Everything that the machine itself can be wrong about, before anything is fetched. */
  const findings: Record<string, () => Promise<InventivError>> = {
    DRIVER_MISSING: () => {
      machine.vm.script({nvidiaSmi: 'absent'});
      return failure();
    },
    DRIVER_MISMATCH: () => {
      machine.vm.script({nvidiaSmi: 'driver-failed'});
      return failure();
    },
    NO_GPU: () => {
      machine.vm.script({gpus: []});
      return failure();
    },
    GPU_COUNT: () => {
      machine.ask({gpuCount: 2});
      return failure();
    },
    DRIVER_OLD: () => {
      machine.vm.script({driverVersion: '470.82.01'});
      return failure();
    },
    GPU_ARCH: () => {
      machine.vm.script({gpus: [{...nvidiaL4, computeCapability: '6.0'}]});
      return failure();
    },
    NO_GPU_RUNTIME: () => {
      machine.vm.script({toolkit: false});
      return failure();
    },
    DOCKER_DOWN: () =>
      undone('systemctl stop docker', 'systemctl start docker; until docker info >/dev/null 2>&1; do sleep 0.1; done'),
    PORT: () =>
      undone(
        'python3 -m http.server 8080 >/dev/null 2>&1 & echo $! >/run/other.pid; until ss -Hltn | grep -q :8080; do sleep 0.1; done',
        'kill $(cat /run/other.pid); while ss -Hltn | grep -q :8080; do sleep 0.1; done',
      ),
    NO_DNS: () =>
      undone('cp /etc/hosts /run/hosts; echo 127.0.0.1 localhost > /etc/hosts', 'cat /run/hosts > /etc/hosts'),
    NO_HTTPS: () =>
      undone('cp /etc/hosts /run/hosts; sed -i s/^10[.0-9]*/127.0.0.1/ /etc/hosts', 'cat /run/hosts > /etc/hosts'),
    DISK_FULL: () =>
      undone(
        'systemctl stop docker; mount -t tmpfs -o size=1g tmpfs /var/lib/docker; systemctl start docker; until docker info >/dev/null 2>&1; do sleep 0.1; done',
        'systemctl stop docker; umount /var/lib/docker; systemctl start docker; until docker info >/dev/null 2>&1; do sleep 0.1; done',
      ),
  };

  it.each(Object.keys(findings))(
    'ends before anything is fetched with %s, and says what to do',
    {timeout: 60_000},
    async code => {
      const error = await findings[code]?.();
      expect(error).toMatchObject({code: 'instance_failed', detailCode: code});
      expect(error?.message).toMatch(/\w+ .*[.:)?\w]$/);
      expect(error?.hint).toBeTruthy();
      expect(adviceFor(code), 'in the catalogue').not.toBeNull();
      expect(machine.dockerCalls('run')).toBe(0);
      expect(machine.vm.hub.requests).toEqual([]);
    },
  );

  it.each([
    ['missing', 'IMAGE_MISSING'],
    ['denied', 'IMAGE_DENIED'],
    ['rate-limit', 'IMAGE_RATE'],
    ['disk-full', 'DISK_FULL'],
  ] as const)('tells a pull that is %s as %s', {timeout: 60_000}, async (fault, code) => {
    machine.vm.script({pull: {...usualScenario.pull, fault}});
    const error = await failure();
    expect(error).toMatchObject({detailCode: code, retryable: false});
    expect(error.message).toContain('Bootstrap phase "image"');
  });

  it.each([
    ['gated', 'HF_GATED', null],
    ['gated', 'HF_GATED', 'hf_abcdefghijkl'],
    ['unauthorized', 'HF_AUTH', 'hf_abcdefghijkl'],
    ['rate-limit', 'HF_RATE', null],
    ['model-not-found', 'HF_NOT_FOUND', null],
    ['revision-not-found', 'HF_NOT_FOUND', null],
  ] as const)(
    'tells a hub that answers %s as %s at once (token: %s)',
    {timeout: 60_000},
    async (refusal, code, hubToken) => {
      machine.vm.hub.faults.refusal = refusal;
      machine.ask({hubToken});
      const startedAtMs = Date.now();
      const error = await failure();
      expect(error).toMatchObject({detailCode: code});
      expect(error.message).not.toContain(hubToken ?? 'hf_');
      expect(machine.vm.hub.wholeDownloads).toEqual([]);
      expect(Date.now() - startedAtMs).toBeLessThan(30_000);
    },
  );

  it('goes on with the weights where a cut connection left them, and fetches nothing twice', {
    timeout: 60_000,
  }, async () => {
    machine.vm.hub.requests.length = 0;
    machine.vm.hub.faults.cutAfterBytes = 120_000;
    await machine.bootstrap();
    machine.vm.hub.faults.cutAfterBytes = null;
    const large = machine.vm.hub.requests.filter(({path}) => path.startsWith('/cdn/'));
    expect(new Set(large.map(({path}) => path)).size).toBe(2);
    expect(large.filter(({range}) => range === null)).toHaveLength(2);
    expect(large.filter(({range, status}) => range !== null && status === 206).length).toBeGreaterThanOrEqual(4);
    const blobs =
      'cd /opt/inventiv/cache/huggingface/hub/models--*/blobs; ls | grep incomplete; for name in *; do expr length "$name" = 40 >/dev/null || echo "$name  $name"; done | sha256sum -c --quiet';
    expect(await machine.vm.exec(blobs)).toBe('');
  });
});
