import {randomBytes} from 'node:crypto';
import {posix} from 'node:path';
import {InventivError} from '../../core/errors.ts';
import {minuteMs} from '../../core/time.ts';
import type {Shell, ShellResult, ShellRun} from '../../ports/shell.ts';
import type {Execution} from './connection.ts';
import {connectionLost, type SshPlace, shellClosed} from './errors.ts';
import {LineSplitter} from './line-splitter.ts';
import {incompleteExitCode, isDirectoryExitCode, runScript, writeFile} from './remote-commands.ts';

const tailLinesMax = 60;
const pathCharsMax = 1_024;
const writeTimeoutMs = 5 * minuteMs;
const nonceBytes = 6;
const remoteWordsMax = 300;

/** Runs a command on the connection of the target, which is made anew when it was lost. */
export type Execute = (execution: Execution & {readonly signal: AbortSignal}) => Promise<number>;

export interface SshShellOptions {
  readonly place: SshPlace;
  /** Absolute path on the machine: `$INVENTIV_ROOT`. */
  readonly root: string;
  /** Whether commands go through sudo. */
  readonly asRoot: boolean;
  readonly execute: Execute;
  readonly signal?: AbortSignal;
  readonly onClose: () => void;
}

export function createSshShell({place, root, asRoot, execute, signal, onClose}: SshShellOptions): Shell {
  const closing = new AbortController();
  const lifetime = signal === undefined ? closing.signal : AbortSignal.any([signal, closing.signal]);
  return {
    run: request => run(request, lifetime),
    writeFile: write,
    [Symbol.asyncDispose]: async () => {
      closing.abort(shellClosed());
      onClose();
    },
  };

  async function run({script, timeoutMs, onLine, signal: own}: ShellRun, lifetime: AbortSignal): Promise<ShellResult> {
    if (script.includes('\0')) throw new InventivError('invalid_input', 'a shell script cannot hold a NUL character.');
    const startedMs = performance.now();
    const outputTail: string[] = [];
    const keep = (line: string): void => {
      outputTail.push(line);
      if (outputTail.length > tailLinesMax) outputTail.shift();
      onLine?.(line);
    };
    const streams = {stdout: new LineSplitter(keep), stderr: new LineSplitter(keep)};
    const exitCode = await execute({
      what: 'the script',
      remote: runScript(script, root, asRoot),
      timeoutMs,
      signal: own === undefined ? lifetime : AbortSignal.any([lifetime, own]),
      onOutput: (chunk, stream) => streams[stream].write(chunk),
    });
    streams.stdout.end();
    streams.stderr.end();
    return {exitCode, outputTail, durationMs: Math.round(performance.now() - startedMs)};
  }

  async function write(path: string, content: string, mode: number): Promise<void> {
    const nonce = randomBytes(nonceBytes).toString('hex');
    const target = absolute(path, root);
    let words = '';
    const exitCode = await execute({
      what: `the writing of ${target}`,
      remote: writeFile({path: target, content, mode, nonce}, asRoot),
      timeoutMs: writeTimeoutMs,
      signal: lifetime,
      onOutput: chunk => {
        words = (words + chunk.toString('utf8')).slice(0, remoteWordsMax);
      },
    });
    if (exitCode === incompleteExitCode) throw connectionLost(place, new Error(`${target} arrived incomplete`));
    if (exitCode !== 0) throw writeRefused(target, exitCode, words.trim());
  }
}

function writeRefused(target: string, exitCode: number, words: string): InventivError {
  const why = exitCode === isDirectoryExitCode ? 'a directory has this name' : words || `exit status ${exitCode}`;
  return new InventivError('instance_failed', `${target} could not be written on the machine: ${why}`, {
    detailCode: 'ssh_write_failed',
    hint: 'Look at its free space and permissions: df -h, ls -ld.',
  });
}

/** A relative path is below the root and stays there; an absolute one is taken as it is. */
function absolute(path: string, root: string): string {
  const isFit = path.length > 0 && path.length <= pathCharsMax && !path.includes('\0') && !path.endsWith('/');
  const target = posix.resolve(root, path);
  if (isFit && (posix.isAbsolute(path) || target.startsWith(`${posix.resolve(root)}/`))) return target;
  throw new InventivError(
    'invalid_input',
    `expected the path of a file of 1 to ${pathCharsMax} characters, absolute or inside ${root}, got ${JSON.stringify(path.slice(0, 200))}.`,
  );
}
