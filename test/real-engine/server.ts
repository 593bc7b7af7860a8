import {once} from 'node:events';
import {createEngineServer} from './http-server.ts';
import {LlamaEngine} from './llama-engine.ts';
import {writeModelFile} from './model-file.ts';
import {parseServerArguments, type ServerArguments} from './server-arguments.ts';

// Starts the engine as a process: generate the model, load it, and only then listen.
main().catch((error: unknown) => {
  console.error(`real-engine: ${error instanceof Error ? error.message : String(error)}`);
  process.exit(1);
});

const SHUTDOWN_DEADLINE_MS = 3000;

async function main(): Promise<void> {
  const options = parseServerArguments(process.argv.slice(2));
  let cleanUp = async (): Promise<void> => {};
  exitOnTermination(() => cleanUp());
  for (const warning of options.warnings) console.error(`real-engine: ${warning}`);
  const engine = await loadEngine(options);

  const server = createEngineServer({
    engine,
    servedModelNames: options.servedModelNames,
    apiKey: process.env.VLLM_API_KEY || null,
  });
  server.listen(options.port, options.host);
  await once(server, 'listening');
  const address = server.address();
  const port = typeof address === 'object' && address !== null ? address.port : options.port;
  console.log(
    `real-engine: llama.cpp ${engine.release} serves ${options.servedModelNames[0]} on http://${options.host}:${port}`,
  );

  cleanUp = async () => {
    // Running requests are cut, as a terminated vLLM cuts them: closing their connections aborts them.
    server.close();
    server.closeAllConnections();
    await engine.dispose();
  };
}

async function loadEngine(options: ServerArguments): Promise<LlamaEngine> {
  const file = writeModelFile({seed: options.weightsSeed, contextTokens: options.maxModelLen}, options.cacheDir);
  process.once('exit', file.discard);
  try {
    return await LlamaEngine.load({
      modelPath: file.path,
      modelName: options.servedModelNames[0],
      contextTokens: options.maxModelLen,
      slots: options.slots,
      queueLimit: options.queueLimit,
      samplingSeed: options.samplingSeed,
    });
  } finally {
    file.discard();
  }
}

/**
 * One listener per signal for the whole life of the process: replacing listeners would lose a signal that arrived while
 * the model was loading. The process exits with 0, late clean-up or not.
 */
function exitOnTermination(cleanUp: () => Promise<void>): void {
  for (const signal of ['SIGTERM', 'SIGINT'] as const) {
    process.once(signal, () => {
      setTimeout(() => process.exit(0), SHUTDOWN_DEADLINE_MS);
      void cleanUp().finally(() => process.exit(0));
    });
  }
}
