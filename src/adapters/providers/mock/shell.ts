import type {IncomingMessage} from 'node:http';
import {InventivError} from '../../../core/errors.ts';
import type {Clock} from '../../../ports/clock.ts';
import type {Shell, ShellOpener, ShellResult, ShellRun, ShellTarget} from '../../../ports/shell.ts';
import {splitLines} from './cloud/lines.ts';
import {CloudClient} from './cloud-client.ts';
import {isRefusal, refusalError, unavailable} from './cloud-errors.ts';
import type {MockCloudOptions} from './cloud-starter.ts';
import type {ExecMessage} from './wire.ts';

const tailLinesMax = 60;
const refusalBytesMax = 65_536;
/** A message holds what one read of a pipe gave, and a line cut at 16 384 characters; JSON may write each as six. */
const messageCharsMax = 1024 * 1024;

export interface MockShellOptions extends MockCloudOptions {
  readonly clock: Clock;
}

/**
 * Logins on the mock's machines. A script runs on this very computer, in the machine's own directory: `$INVENTIV_ROOT`
 * stands for the machine's `/`, and is `$HOME` and the working directory.
 */
export function createMockShellOpener(options: MockShellOptions): ShellOpener {
  const client = new CloudClient(options, options.clock);
  const isReachable = async ({serverId, signal}: ShellTarget): Promise<boolean> => {
    try {
      const answer = await client.call({method: 'GET', path: `${machinePath(serverId)}/ssh`, signal});
      return typeof answer === 'object' && answer !== null && 'reachable' in answer && answer.reachable === true;
    } catch (error) {
      signal?.throwIfAborted();
      // A machine that is away looks like one that is not up yet: whether it exists is the provider's to say.
      if (isRefusal(error, 'not_found') || (error instanceof InventivError && error.code === 'provider_unavailable'))
        return false;
      throw error;
    }
  };
  return {
    isReachable,
    open: async target => {
      if (!(await isReachable(target)))
        throw unavailable(`server ${target.serverId} does not answer a login.`, 'connection_refused');
      return openShell(client, target);
    },
  };
}

function openShell(client: CloudClient, {serverId, signal}: ShellTarget): Shell {
  const closing = new AbortController();
  const lifetime = signal === undefined ? closing.signal : AbortSignal.any([signal, closing.signal]);
  return {
    run: request => run(client, serverId, request, lifetime),
    writeFile: async (path, content, mode) => {
      const query = new URLSearchParams({path, mode: mode.toString(8)});
      await client.call({method: 'PUT', path: `${machinePath(serverId)}/files?${query}`, content, signal: lifetime});
    },
    [Symbol.asyncDispose]: async () => closing.abort(new InventivError('unexpected', 'the shell was closed.')),
  };
}

async function run(
  client: CloudClient,
  serverId: string,
  request: ShellRun,
  lifetime: AbortSignal,
): Promise<ShellResult> {
  const {script, timeoutMs, onLine} = request;
  const timeout = new AbortController();
  const timer = setTimeout(() => timeout.abort(), timeoutMs);
  const outer = request.signal === undefined ? lifetime : AbortSignal.any([lifetime, request.signal]);
  const signal = AbortSignal.any([outer, timeout.signal]);
  try {
    const response = await client.open({
      method: 'POST',
      path: `${machinePath(serverId)}/exec`,
      content: script,
      signal,
    });
    if (response.statusCode !== 200) throw await refusalOf(response);
    return await readSession(response, onLine);
  } catch (error) {
    outer.throwIfAborted();
    if (timeout.signal.aborted) {
      throw new InventivError(
        'timed_out',
        `expected the script on server ${serverId} to end within ${timeoutMs} ms; it was hung up.`,
        {
          retryable: true,
          detailCode: 'shell_timeout',
        },
      );
    }
    throw error;
  } finally {
    clearTimeout(timer);
  }
}

/** Reads lines until the exit status; a connection that ends without one was cut. */
function readSession(response: IncomingMessage, onLine: ShellRun['onLine']): Promise<ShellResult> {
  const {promise, resolve, reject} = Promise.withResolvers<ShellResult>();
  const outputTail: string[] = [];
  const onMessage = (message: ExecMessage): void => {
    if ('exitCode' in message) resolve({...message, outputTail});
    else
      for (const line of message.lines) {
        outputTail.push(line);
        if (outputTail.length > tailLinesMax) outputTail.shift();
        onLine?.(line);
      }
  };
  splitLines(
    response,
    texts => {
      try {
        for (const text of texts) onMessage(JSON.parse(text) as ExecMessage);
      } catch (error) {
        response.destroy();
        reject(error);
      }
    },
    messageCharsMax,
  );
  response.once('close', () => reject(unavailable('the connection to the machine was cut.', 'connection_lost')));
  return promise;
}

async function refusalOf(response: IncomingMessage): Promise<InventivError> {
  let text = '';
  for await (const chunk of response as AsyncIterable<Buffer>) {
    text += chunk.toString('utf8');
    if (text.length > refusalBytesMax) break;
  }
  const error = refusalError(response.statusCode ?? 0, parseOrNull(text));
  return isRefusal(error, 'ssh_refused')
    ? unavailable('the machine does not answer a login.', 'connection_refused', error)
    : error;
}

function parseOrNull(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}

function machinePath(serverId: string): string {
  return `/servers/${encodeURIComponent(serverId)}`;
}
