import type {VllmMode, WorkerRuntime} from '../../instance/instance.ts';

/** What `machineBootstrap` needs to know; plain values, so that the same request gives the same bootstrap. */
export interface MachineBootstrapRequest {
  readonly instanceId: string;
  readonly runtime: WorkerRuntime;
  readonly mode: VllmMode;
  /** GPUs that the type of this machine has; 0 for one without. */
  readonly gpuCount: number;
  /** Whether its disks are ours to place things on: made for this instance, not somebody's own machine. */
  readonly managesDisks: boolean;
  readonly agent: {readonly source: string; readonly sha256: string};
  /** Programs of the package that run on the machine. */
  readonly tools: {readonly fetchWeights: string; readonly pullImage: string};
  /** `inw-...`: what every caller of this worker shows. */
  readonly workerKey: string;
  readonly hubToken: string | null;
  readonly hubUrl: string;
  /** Native runtime: takes the place of `vllm`, as argv. */
  readonly engineCommand: readonly string[];
  /** Arguments of `vllm serve`, model first. */
  readonly engineArgs: readonly string[];
  /** Docker runtime: image with tag or digest. */
  readonly image: string | null;
  readonly servedModelName: string;
  readonly maxModelLen: number | null;
  /** How long vLLM itself may take to be ready. */
  readonly engineReadySeconds: number;
  /** The front's ports, which face the network. */
  readonly openaiPort: number;
  readonly agentPort: number;
  readonly controlPlane: {readonly url: string; readonly enrolmentSecret: string} | null;
}

/** One engine process of a machine. */
export interface Replica {
  readonly name: string;
  readonly port: number;
  readonly gpus: readonly number[];
}
