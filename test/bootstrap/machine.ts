import {mkdtempSync, rmSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {readOrCreateInstallationKey, readSshKeys} from '../../src/adapters/ssh/keys.ts';
import {createSshShellOpener} from '../../src/adapters/ssh/opener.ts';
import {packagedAgent} from '../../src/adapters/system/agent-source.ts';
import {systemClock} from '../../src/adapters/system/system-clock.ts';
import {runBootstrap} from '../../src/app/drive-instance/run-bootstrap.ts';
import type {RecordedChange, StepRun} from '../../src/app/drive-instance/step.ts';
import {machineBootstrap} from '../../src/core/bootstrap/machine/machine.ts';
import type {MachineBootstrapRequest} from '../../src/core/bootstrap/machine/request.ts';
import {machineUninstall} from '../../src/core/bootstrap/machine/uninstall.ts';
import type {ActionMetadata} from '../../src/core/instance/action.ts';
import type {Shell, ShellOpener, ShellResult, ShellTarget} from '../../src/ports/shell.ts';
import {startVm, type Vm, type VmOptions} from '../support/vm/vm.ts';

export const testModel = 'acme/chat-8b';
export const workerKey = 'inw-0123456789abcdef0123456789abcdef';
const agentPath = join(import.meta.dirname, '../../agent/agent.py');

/** A machine of namespaces, and an installation that logs in to it by SSH and sets it up. */
export class Machine implements AsyncDisposable {
  readonly vm: Vm;
  /** Of the installation: its key, and the host keys it has seen. */
  readonly directory: string;
  readonly target: ShellTarget;
  readonly opener: ShellOpener & AsyncDisposable;
  /** What `up` would show, in its order. */
  readonly activities: string[] = [];
  readonly notes: ActionMetadata[] = [];
  #request: Partial<MachineBootstrapRequest> = {};

  static async start(options: VmOptions = {}): Promise<Machine> {
    const directory = mkdtempSync(join(tmpdir(), 'inventiv-machine-'));
    const publicKey = await readOrCreateInstallationKey(join(directory, 'key'));
    return new Machine(await startVm({authorizedKeys: [publicKey], ...options}), directory);
  }

  private constructor(vm: Vm, directory: string) {
    this.vm = vm;
    this.directory = directory;
    this.target = targetOf(vm.address);
    this.opener = openerOf(directory);
  }

  /** What is asked of every bootstrap from now on. */
  ask(request: Partial<MachineBootstrapRequest>): void {
    this.#request = {...this.#request, ...request};
  }

  /** One whole run, as the driver's step does it; its facts. */
  async bootstrap(signal = new AbortController().signal): Promise<ActionMetadata> {
    await using shell = await this.opener.open({...this.target, signal});
    return await this.bootstrapOver(shell, signal);
  }

  async bootstrapOver(shell: Shell, signal = new AbortController().signal): Promise<ActionMetadata> {
    return runBootstrap(shell, machineBootstrap(await bootstrapRequest(this.#request)), this.#stepRun(signal));
  }

  /** Throws with what the machine said when it did not end well. */
  async uninstall(): Promise<ShellResult> {
    await using shell = await this.opener.open(this.target);
    const {script, timeoutMs} = machineUninstall({instanceId: 'ins_test'});
    const result = await shell.run({script, timeoutMs});
    if (result.exitCode !== 0)
      throw new Error(`the uninstallation ended with ${result.exitCode}:\n${result.outputTail.join('\n')}`);
    return result;
  }

  /** Calls of `docker` of this kind since the machine was made. */
  dockerCalls(verb: string): number {
    return this.vm.calls.filter(({program, argv}) => program === 'docker' && argv[0] === verb).length;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.opener[Symbol.asyncDispose]();
    await this.vm[Symbol.asyncDispose]();
    rmSync(this.directory, {recursive: true, force: true});
  }

  #stepRun(signal: AbortSignal): StepRun {
    return stepRun(signal, note => {
      this.notes.push(note);
      if (typeof note.activity === 'string') this.activities.push(note.activity);
    });
  }
}

export function openerOf(directory: string): ShellOpener & AsyncDisposable {
  return createSshShellOpener({
    knownHostsPath: join(directory, 'known_hosts'),
    keys: () => readSshKeys({files: [], installationKeyPath: join(directory, 'key'), agentSocket: null}),
    user: 'root',
    root: '/opt/inventiv',
    connectTimeoutMs: 10_000,
    keepAliveMs: 5_000,
    clock: systemClock(),
  });
}

export function targetOf(host: string): ShellTarget {
  return {
    instanceId: 'ins_test',
    serverId: 'srv-test',
    address: {host, sshPort: 22, openaiPort: 8000, agentPort: 8080},
  };
}

export async function bootstrapRequest(asked: Partial<MachineBootstrapRequest>): Promise<MachineBootstrapRequest> {
  const source = packagedAgent(agentPath);
  return {
    instanceId: 'ins_test',
    runtime: 'docker',
    mode: 'mono',
    gpuCount: 1,
    managesDisks: true,
    agent: await source.read(),
    tools: await source.readTools(),
    workerKey,
    hubToken: null,
    hubUrl: 'https://huggingface.co',
    engineCommand: ['vllm'],
    engineArgs: [testModel, '--served-model-name', testModel, '--max-model-len', '4096'],
    image: 'vllm/vllm-openai:v0.27.1',
    servedModelName: testModel,
    maxModelLen: 4096,
    engineReadySeconds: 1800,
    openaiPort: 8000,
    agentPort: 8080,
    controlPlane: null,
    ...asked,
  };
}

/** The driver's side of a step, without a store: what would be recorded is told. */
export function stepRun(signal: AbortSignal, tell: (note: ActionMetadata) => void): StepRun {
  return {
    call: {correlationId: 'test', signal},
    record: async (change: RecordedChange) => {
      for (const {metadata} of change.actions ?? []) if (metadata !== undefined) tell(metadata);
      return {} as never;
    },
    file: {} as never,
  };
}
