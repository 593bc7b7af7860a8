import type {ServerLog} from './log-lines.ts';

const SITE = '/usr/local/lib/python3.12/dist-packages';

/** A failure of the API server process before an engine exists. */
export function apiTraceback(cause: string, log: ServerLog): void {
  const lines = ['Traceback (most recent call last):', ...frames(API_FRAMES), ...cause.split('\n')];
  for (const line of lines) log.plain(line, 'api');
}

/**
 * A failure of the engine process: its own traceback with the root cause first, then some forty lines of the API server that
 * only say that the engine did not come up. Readers who look at the tail alone miss the cause.
 */
export function engineTraceback(cause: string, log: ServerLog): void {
  const body = [
    'EngineCore failed to start.',
    'Traceback (most recent call last):',
    ...frames(ENGINE_FRAMES),
    ...cause.split('\n'),
  ];
  for (const line of body) log.engine('ERROR', 'core.py:1374', line);
  for (const line of ['Traceback (most recent call last):', ...frames(ENGINE_FRAMES), ...cause.split('\n')]) {
    log.plain(line, 'engine');
  }
  apiTraceback('RuntimeError: Engine core initialization failed. See root cause above. Failed core proc(s): {}', log);
}

/** An engine that dies while it serves. */
export function engineDeathTraceback(cause: string, log: ServerLog): void {
  const body = [
    'EngineCore encountered a fatal error.',
    'Traceback (most recent call last):',
    ...frames(ENGINE_FRAMES),
    cause,
  ];
  for (const line of body) log.engine('ERROR', 'core.py:1383', line);
  const dead = 'EngineCore encountered an issue. See stack trace (above) for the root cause.';
  log.api('ERROR', 'async_llm.py:704', 'AsyncLLM output_handler failed.');
  log.api('ERROR', 'async_llm.py:704', `vllm.v1.engine.exceptions.EngineDeadError: ${dead}`);
}

const API_FRAMES: readonly [string, string, string][] = [
  ['vllm/entrypoints/cli/main.py', 'main', 'args.dispatch_function(args)'],
  ['vllm/entrypoints/cli/serve.py', 'cmd', 'uvloop.run(run_server(args))'],
  ['vllm/entrypoints/openai/api_server.py', 'run_server', 'await run_server_worker(listen_address, sock, args)'],
  [
    'vllm/entrypoints/openai/api_server.py',
    'run_server_worker',
    'async with build_async_engine_client(args) as engine_client:',
  ],
  [
    'vllm/entrypoints/openai/api_server.py',
    'build_async_engine_client',
    'async with build_async_engine_client_from_engine_args(',
  ],
  ['vllm/v1/engine/async_llm.py', 'from_vllm_config', 'return cls('],
  ['vllm/v1/engine/async_llm.py', '__init__', 'self.engine_core = EngineCoreClient.make_async_mp_client('],
  ['vllm/v1/engine/core_client.py', 'make_async_mp_client', 'return AsyncMPClient(*client_args)'],
  ['vllm/v1/engine/core_client.py', '__init__', 'super().__init__('],
  [
    'vllm/v1/engine/core_client.py',
    '__init__',
    'with launch_core_engines(vllm_config, executor_class, log_stats) as (',
  ],
  ['vllm/v1/engine/utils.py', 'launch_core_engines', 'wait_for_engine_startup('],
  ['vllm/v1/engine/utils.py', 'wait_for_engine_startup', 'raise RuntimeError('],
];

const ENGINE_FRAMES: readonly [string, string, string][] = [
  ['vllm/v1/engine/core.py', 'run_engine_core', 'engine_core = EngineCoreProc(*args, engine_index=dp_rank, **kwargs)'],
  ['vllm/v1/engine/core.py', '__init__', 'super().__init__('],
  ['vllm/v1/engine/core.py', '__init__', 'self.model_executor = executor_class(vllm_config)'],
  ['vllm/v1/executor/abstract.py', '__init__', 'self._init_executor()'],
];

function frames(list: readonly [string, string, string][]): string[] {
  return list.flatMap(([file, name, code], index) => [
    `  File "${SITE}/${file}", line ${100 + index * 37}, in ${name}`,
    `    ${code}`,
    `    ${'^'.repeat(code.length)}`,
  ]);
}
