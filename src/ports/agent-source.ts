/** The worker agent shipped with this version. */
export interface AgentSource {
  read(): Promise<AgentRelease>;
  /** The source of the programs that set up a machine, in Python like the agent. */
  readTools(): Promise<{fetchWeights: string; pullImage: string}>;
}

export interface AgentRelease {
  readonly source: string;
  readonly version: string;
  readonly buildDate: string;
  readonly sha256: string;
}
