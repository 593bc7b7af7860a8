import {FAILURE_CODES, type FailureCode} from '../../src/adapters/providers/mock/fake-vllm/start-up-failures.ts';
import type {VmScenario} from '../support/vm/scenario.ts';

export interface DrillCase {
  /** What must be diagnosed. */
  readonly code: string;
  readonly how: string;
  /** What the stand-ins of the machine do meanwhile. */
  readonly scenario?: Partial<VmScenario>;
  /** Run on the machine; what it prints is diagnosed. */
  readonly script: string;
  /** The log of the engine's container is diagnosed too, and the agent beside it must see the cause by itself. */
  readonly isEngine?: true;
}

const image = 'vllm/vllm-openai:v0.27.1';
export const engineRun = `docker run -d --name engine --gpus all -p 127.0.0.1:8000:8000 ${image} acme/chat`;
const pull = `docker pull ${image}`;
const ssh = 'ssh -o BatchMode=yes -o ConnectTimeout=2 -o UserKnownHostsFile=/tmp/known -o StrictHostKeyChecking=yes';

/** Every failure that a stand-in, or the real program, can be made to show. */
export const drillCases: readonly DrillCase[] = [
  ...FAILURE_CODES.map(engineCase),
  ...(
    [
      ['missing', 'IMAGE_MISSING'],
      ['denied', 'IMAGE_DENIED'],
      ['disk-full', 'DISK_FULL'],
      ['rate-limit', 'IMAGE_RATE'],
      ['network', 'IMAGE_NET'],
    ] as const
  ).map(([fault, code]) => ({
    code,
    how: `docker pull: ${fault}`,
    scenario: {pull: {durationMs: 20, layers: 2, layerBytes: 1000, fault}},
    script: `docker pull ${image}-other`,
  })),
  {code: 'NO_GPU_RUNTIME', how: 'docker run, no toolkit', scenario: {toolkit: false}, script: `${pull}; ${engineRun}`},
  {code: 'DOCKER_MISSING', how: 'no docker', scenario: {docker: 'absent'}, script: pull},
  {code: 'DRIVER_MISSING', how: 'no nvidia-smi', scenario: {nvidiaSmi: 'absent'}, script: 'nvidia-smi'},
  {code: 'DRIVER_MISSING', how: 'driver does not run', scenario: {nvidiaSmi: 'driver-failed'}, script: 'nvidia-smi'},
  {code: 'CONTAINER_NAME', how: 'name is taken', script: `${engineRun}; ${engineRun}`},
  {
    code: 'PORT',
    how: 'docker run, port is taken',
    script: `python3 -m http.server -b 127.0.0.1 8000 >/dev/null 2>&1 & held=$!; sleep 1; ${engineRun}; kill $held`,
  },
  {code: 'SSH_REFUSED', how: 'ssh to a closed port', script: `${ssh} -p 2222 127.0.0.1 true`},
  {
    code: 'SSH_AUTH',
    how: 'ssh without a key',
    script: `ssh-keyscan 127.0.0.1 > /tmp/known 2>/dev/null; ${ssh} -o IdentityFile=/nowhere 127.0.0.1 true`,
  },
  {
    code: 'SSH_HOST_KEY',
    how: 'ssh to a host with another key',
    script: `rm -f /tmp/other*; ssh-keygen -q -t ed25519 -N "" -f /tmp/other; echo "127.0.0.1 $(cut -d ' ' -f 1,2 /tmp/other.pub)" > /tmp/known; ${ssh} 127.0.0.1 true`,
  },
  {
    code: 'HAPROXY_CERT',
    how: 'haproxy without its certificate',
    script: `printf 'frontend f\\n  mode http\\n  bind 127.0.0.1:9443 ssl crt /nowhere.pem\\n' > /tmp/h.cfg; haproxy -c -f /tmp/h.cfg`,
  },
  {
    code: 'HAPROXY_CONFIG',
    how: 'haproxy with a word it does not know',
    script: `printf 'frontend f\\n  mode http\\n  bindd 127.0.0.1:9443\\n' > /tmp/h.cfg; haproxy -c -f /tmp/h.cfg`,
  },
  {
    code: 'DISK_FULL',
    how: 'a disk that is full',
    script: `mkdir -p /tmp/small; mount -t tmpfs -o size=64k tmpfs /tmp/small; head -c 1000000 /dev/zero > /tmp/small/weights; umount /tmp/small`,
  },
  {code: 'NET', how: 'a name that cannot be resolved', script: 'curl -sS https://hub.invalid/'},
  {
    code: 'PORT',
    how: 'a real Python server',
    script: `python3 -c 'import socket; a=socket.socket(); a.bind(("127.0.0.1",9090)); a.listen(); b=socket.socket(); b.bind(("127.0.0.1",9090))'`,
  },
  {
    code: 'FILES_LIMIT',
    how: 'a real limit of open files',
    script: `ulimit -n 8; python3 -c 'import os
for _ in range(20): os.open("/etc/hostname", os.O_RDONLY)'`,
  },
  {code: 'ENGINE_BROKEN', how: 'a Python without vLLM', script: `python3 -c 'import vllm.entrypoints'`},
  {
    code: 'ARGS',
    how: 'a real argparse',
    script: `python3 -c 'import argparse; argparse.ArgumentParser("vllm").parse_args(["--enable-chunky-prefill"])'`,
  },
];

function engineCase(code: FailureCode): DrillCase {
  const request = code === 'RUNTIME_DEAD' ? '' : ' >/dev/null';
  return {
    code,
    how: `the engine, --fail ${code}`,
    scenario: {engine: {args: ['--startup-ms', '150', '--fail', code], argsOf: {}}},
    script: `${engineRun}${request}`,
    isEngine: true,
  };
}
