import type {Installation} from './installation.ts';
import type {CliResult, RunningCli} from './running-cli.ts';

export interface ServeProcess {
  /** Ends in `/v1`. */
  readonly openaiUrl: string;
  readonly origin: string;
  readonly adminUrl: string;
  readonly cli: RunningCli;
  /** SIGTERM, then its end. */
  stop(): Promise<CliResult>;
}

/** Starts `inventiv serve` on free ports and returns once it listens. */
export async function startServe(installation: Installation, args: readonly string[] = []): Promise<ServeProcess> {
  const cli = installation.start(['serve', '--port', '0', '--admin-port', '0', '--json', ...args], {
    timeoutMs: 300_000,
  });
  const [document] = await cli.printed(/^\{\n[\s\S]*?\n\}$/m);
  const {openaiUrl, adminUrl} = JSON.parse(document) as {openaiUrl: string; adminUrl: string};
  return {
    openaiUrl,
    origin: new URL(openaiUrl).origin,
    adminUrl,
    cli,
    stop: () => {
      cli.signal('SIGTERM');
      return cli.ended;
    },
  };
}
