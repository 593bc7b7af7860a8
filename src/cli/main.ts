import {dirname} from 'node:path';
import {fileURLToPath} from 'node:url';
import {Config} from '@oclif/core/config';
import {readEnv} from '../config/env.ts';
import {toCliError} from './client-error.ts';
import {findVerb} from './find-verb.ts';
import {makeScreen} from './make-screen.ts';
import {endQuietlyOnBrokenPipe} from './output.ts';
import {describeError} from './report-error.ts';
import {asUsageError} from './usage-error.ts';

/** Runs one command line to its end and leaves the exit status in `process.exitCode`. `entryUrl` is the file in bin/. */
export async function run(entryUrl: string, argv: readonly string[] = process.argv.slice(2)): Promise<void> {
  endQuietlyOnBrokenPipe(process.stdout);
  try {
    await answer(dirname(dirname(fileURLToPath(entryUrl))), argv);
  } catch (thrown) {
    process.exitCode = reportFailure(thrown, argv);
  }
}

async function answer(root: string, argv: readonly string[]): Promise<void> {
  const config = await Config.load({root});
  const request = findVerb(argv, config.commandIDs);
  switch (request.kind) {
    case 'version':
      process.stdout.write(`${config.userAgent}\n`);
      return;
    case 'help': {
      const {showHelp} = await import('./show-help.ts');
      await showHelp(config, request.words);
      return;
    }
    case 'command':
      try {
        await config.runCommand(request.id, [...request.argv]);
      } catch (error) {
        throw asUsageError(error, request.id.replaceAll(':', ' ')) ?? error;
      }
  }
}

/** Prints the error on stderr and returns the exit status. A command that chose its status itself has printed already. */
function reportFailure(thrown: unknown, argv: readonly string[]): number {
  const chosen = chosenExit(thrown);
  if (chosen !== null) return chosen;
  const screen = makeScreen(process.stderr, {
    terminal: readEnv().terminal,
    noColourFlag: argv.includes('--no-color'),
    nowMs: Date.now(),
  });
  const mode = {json: argv.includes('--json'), debug: argv.includes('--debug')};
  const {text, exitCode} = describeError(toCliError(thrown), mode, screen);
  process.stderr.write(`${text}\n`);
  return exitCode;
}

/** oclif's `this.exit(n)` is an error with the code EEXIT. */
function chosenExit(thrown: unknown): number | null {
  if (!(thrown instanceof Error) || !('code' in thrown) || thrown.code !== 'EEXIT') return null;
  const outlet = 'oclif' in thrown ? thrown.oclif : undefined;
  return typeof outlet === 'object' && outlet !== null && 'exit' in outlet && typeof outlet.exit === 'number'
    ? outlet.exit
    : 1;
}
