import {spawn} from 'node:child_process';
import {rmSync, writeFileSync} from 'node:fs';
import type {ServerResponse} from 'node:http';
import {join} from 'node:path';
import type {ExecMessage} from '../wire.ts';
import {splitLines} from './lines.ts';
import {machineDirectory, machineEnvironment, machineRoot} from './machine.ts';
import {signalQuietly} from './processes.ts';

/** A background child may hold the pipes for ever: after the script's end they are read for this long. */
const drainMs = 300;
/** Between the hang-up and the kill of a session that nobody listens to any more. */
const hangUpGraceMs = 2_000;
const exitCodeBySignal: Partial<Record<NodeJS.Signals, number>> = {
  SIGHUP: 129,
  SIGINT: 130,
  SIGKILL: 137,
  SIGTERM: 143,
};

export interface SessionRequest {
  readonly cloudDir: string;
  readonly serverId: string;
  readonly searchPath: string;
  readonly script: string;
  /** Injected: the line is cut when the script has ended, before its exit status is told. */
  readonly isCut: boolean;
}

/**
 * A login that runs one script with `sh -s` and streams what it prints, one JSON line per message. The script arrives on
 * standard input. When the caller goes away the session's process group gets SIGHUP, as from sshd; what called setsid(2)
 * lives on.
 */
export function runSession(request: SessionRequest, response: ServerResponse): Promise<void> {
  const {cloudDir, serverId, searchPath, script, isCut} = request;
  const {promise, resolve} = Promise.withResolvers<void>();
  const startedMs = performance.now();
  const child = spawn('sh', ['-s'], {
    cwd: machineRoot(cloudDir, serverId),
    env: machineEnvironment(cloudDir, serverId, searchPath),
    detached: true,
    stdio: ['pipe', 'pipe', 'pipe'],
  });
  const {pid} = child;
  const sessionFile = pid === undefined ? null : join(machineDirectory(cloudDir, serverId), 'exec', String(pid));
  if (sessionFile !== null) writeFileSync(sessionFile, '', {mode: 0o600});
  response.writeHead(200, {'content-type': 'application/x-ndjson'});
  response.flushHeaders();

  const outputs = [child.stdout, child.stderr];
  const resume = (): void => {
    for (const output of outputs) output.resume();
  };
  const send = (message: ExecMessage): void => {
    if (response.writableEnded || response.destroyed || response.write(`${JSON.stringify(message)}\n`)) return;
    // A slow reader slows the script down, not our memory up.
    for (const output of outputs) output.pause();
    response.once('drain', resume);
  };
  for (const output of outputs) splitLines(output, lines => send({lines}));

  let exitCode = 127;
  let timer: NodeJS.Timeout | undefined;
  let isFinished = false;
  const finish = (): void => {
    if (isFinished) return;
    isFinished = true;
    clearTimeout(timer);
    if (sessionFile !== null) rmSync(sessionFile, {force: true});
    if (isCut) response.destroy();
    else send({exitCode, durationMs: Math.round(performance.now() - startedMs)});
    for (const output of outputs) output.destroy();
    response.end();
    resolve();
  };
  const drain = (): void => {
    timer = setTimeout(
      () => (outputs.some(output => output.isPaused()) && !response.destroyed ? drain() : finish()),
      drainMs,
    );
  };
  child.once('exit', (code, signal) => {
    clearTimeout(timer);
    exitCode = code ?? (signal === null ? 255 : (exitCodeBySignal[signal] ?? 255));
    drain();
  });
  child.once('close', finish);
  child.once('error', error => {
    send({lines: [`sh: ${error.message}`]});
    finish();
  });
  response.once('close', () => {
    if (pid === undefined || isFinished || child.exitCode !== null || child.signalCode !== null) return;
    resume();
    signalQuietly(-pid, 'SIGHUP');
    timer = setTimeout(() => signalQuietly(-pid, 'SIGKILL'), hangUpGraceMs);
  });
  child.stdin.on('error', () => {});
  child.stdin.end(script);
  return promise;
}
