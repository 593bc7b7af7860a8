export interface AgentConfigRequest {
  readonly instanceId: string;
  readonly port: number;
  readonly replicas: readonly {readonly name: string; readonly gpus: readonly number[]; readonly port: number}[];
  readonly servedModelName: string;
  readonly maxModelLen: number | null;
  readonly engineLogPaths: readonly string[];
  readonly diskPaths: readonly string[];
  /** Where it registers; null: it is only read. */
  readonly controlPlane: {readonly url: string; readonly enrolmentSecretPath: string} | null;
}

/** The agent's configuration. Paths are relative to `$INVENTIV_ROOT`, where it is started. */
export function agentConfig(request: AgentConfigRequest): string {
  const {controlPlane} = request;
  return JSON.stringify(
    {
      instance_id: request.instanceId,
      worker_id: request.instanceId,
      bind_host: '127.0.0.1',
      port: request.port,
      key_file: 'secrets/worker.key',
      state_dir: 'agent/state',
      replicas: request.replicas.map(({name, gpus, port}) => ({
        name,
        gpus,
        port,
        base_url: `http://127.0.0.1:${port}`,
      })),
      expected_model_id: request.servedModelName,
      expected_max_model_len: request.maxModelLen,
      engine_log_paths: request.engineLogPaths,
      disk_paths: request.diskPaths,
      vllm_key_file: 'secrets/worker.key',
      ...(controlPlane !== null && {
        control_plane_url: controlPlane.url,
        enrolment_secret_file: controlPlane.enrolmentSecretPath,
      }),
    },
    null,
    2,
  );
}
