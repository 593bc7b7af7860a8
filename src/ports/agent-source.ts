/** The worker agent shipped with this version. */
export interface AgentSource {
  read(): Promise<{source: string; version: string; buildDate: string; sha256: string}>;
}
