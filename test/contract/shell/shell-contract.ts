import {createHash} from 'node:crypto';
import {existsSync, readdirSync, readFileSync, statSync} from 'node:fs';
import {dirname, join} from 'node:path';
import {afterAll, afterEach, beforeAll, beforeEach, describe, expect, it} from 'vitest';
import type {Shell, ShellOpener, ShellTarget} from '../../../src/ports/shell.ts';
import {processesWith} from '../../support/process-list.ts';
import {until} from '../../support/until.ts';

/** What an opener under test brings along: a machine that answers logins, whose files this process can read. */
export interface ShellHarness extends AsyncDisposable {
  readonly opener: ShellOpener;
  readonly target: ShellTarget;
  /** `$INVENTIV_ROOT` of the machine, as a path of this computer. */
  readonly root: string;
  /** From now on logins are refused; those that are open stay. */
  refuseLogins(): Promise<void>;
}

const timeoutMs = 15_000;
const lineCharsMax = 16_384;
const tailLinesMax = 60;

/** The rules of `ShellOpener` and `Shell`, checked on any implementation. */
export function describeShell(label: string, makeHarness: () => Promise<ShellHarness>): void {
  describe(`shell contract: ${label}`, () => {
    let harness: ShellHarness;
    let shell: Shell;
    // One machine for all: it takes far longer to make than a login on it.
    beforeAll(async () => {
      harness = await makeHarness();
    });
    afterAll(() => harness[Symbol.asyncDispose]());
    beforeEach(async () => {
      shell = await harness.opener.open(harness.target);
    });
    afterEach(() => shell[Symbol.asyncDispose]());

    const run = (script: string) => shell.run({script, timeoutMs});

    it('says whether a login would be answered now', async () => {
      await using own = await makeHarness();
      const {opener, target} = own;
      expect(await opener.isReachable(target)).toBe(true);
      await own.refuseLogins();
      const other = {...target, instanceId: 'ins_other'};
      expect(await opener.isReachable(other)).toBe(false);
      await expect(opener.open(other)).rejects.toMatchObject({
        code: 'provider_unavailable',
        detailCode: 'connection_refused',
        retryable: true,
      });
    });

    it('runs a script and gives lines of both streams as they come, exit status and duration', async () => {
      const lines: string[] = [];
      const result = await shell.run({
        script: 'echo one; echo two >&2; printf "no end"; exit 7',
        timeoutMs,
        onLine: line => lines.push(line),
      });
      expect(result.exitCode).toBe(7);
      expect(lines.toSorted()).toEqual(['no end', 'one', 'two']);
      expect(result.outputTail).toEqual(lines);
      expect(result.durationMs).toBeGreaterThanOrEqual(0);
    });

    it('streams: a line is there before the script goes on', async () => {
      const gate = join(harness.root, 'gate');
      await shell.writeFile('ready', '', 0o600);
      const lines: string[] = [];
      const running = shell.run({
        script: `echo waiting; while [ ! -e "$INVENTIV_ROOT/gate" ]; do sleep 0.05; done; echo passed`,
        timeoutMs,
        onLine: line => lines.push(line),
      });
      await until('the first line', () => lines.includes('waiting'));
      expect(existsSync(gate)).toBe(false);
      await shell.writeFile('gate', '', 0o600);
      await running;
      expect(lines).toEqual(['waiting', 'passed']);
    });

    it('sets INVENTIV_ROOT, and starts there once it exists', async () => {
      await shell.writeFile('note', 'x', 0o600);
      const {outputTail} = await run('echo "$INVENTIV_ROOT"; pwd; sh -c \'echo "$INVENTIV_ROOT"\'');
      expect(outputTail).toEqual([harness.root, harness.root, harness.root]);
    });

    it.each([
      ['exit 0', 0],
      ['false', 1],
      ['', 0],
      ['no-such-command-anywhere 2>/dev/null', 127],
      ['kill -TERM $$', 143],
      ['kill -KILL $$', 137],
      ['exit 255', 255],
    ])('gives the exit status of %j as %d', async (script, exitCode) => {
      expect((await run(script)).exitCode).toBe(exitCode);
    });

    it('cuts a line of 10 MB and reads on', async () => {
      const lines: string[] = [];
      const script = 'head -c 10000000 /dev/zero | tr "\\0" x; echo; echo after';
      const {outputTail} = await shell.run({script, timeoutMs, onLine: line => lines.push(line)});
      expect(lines.map(line => line.length)).toEqual([lineCharsMax, 'after'.length]);
      expect(outputTail).toEqual(lines);
    });

    it('keeps the last 60 lines', async () => {
      const {outputTail} = await run('i=0; while [ $i -lt 200 ]; do i=$((i+1)); echo "line $i"; done');
      expect(outputTail).toEqual(Array.from({length: tailLinesMax}, (_, index) => `line ${141 + index}`));
    });

    it('survives output that is no text', async () => {
      const {outputTail, exitCode} = await run("printf '\\377\\376\\000\\033[31m\\303\\n\\303\\251\\r\\n'; echo end");
      expect(exitCode).toBe(0);
      expect(outputTail.slice(1)).toEqual(['é', 'end']);
      expect(outputTail[0]).toContain('\uFFFD');
    });

    it('does not wait for a process that was left behind with the output open', async () => {
      const {outputTail, exitCode} = await run('setsid sleep 30 & echo $!');
      process.kill(Number(outputTail[0]), 'SIGKILL');
      expect(exitCode).toBe(0);
    });

    it('keeps script and files out of process lists and environments', async () => {
      const secret = `word-${process.pid}-${Date.now()}-secret`;
      await shell.writeFile('etc/key', secret, 0o600);
      const running = run(`: ${secret}\ntouch "$INVENTIV_ROOT/started"; sleep 0.5; : ${secret}`);
      await until('the script', () => existsSync(join(harness.root, 'started')));
      const writing = shell.writeFile('etc/key', secret.repeat(100_000), 0o600);
      expect(processesWith(secret)).toEqual([]);
      expect((await running).exitCode).toBe(0);
      await writing;
    });

    it('hangs up on a script that takes too long', async () => {
      const script = 'echo $$; sleep 600';
      let pid = 0;
      const running = shell.run({script, timeoutMs: 1_500, onLine: line => (pid = Number(line))});
      await expect(running).rejects.toMatchObject({code: 'timed_out', detailCode: 'shell_timeout', retryable: true});
      await until('the end of the script', () => pid > 0 && !isRunning(pid));
    });

    it('ends a script at once with the reason of the signal, on the machine too', async () => {
      const stop = new AbortController();
      const reason = new Error('stopped by the test');
      let pid = 0;
      const running = shell.run({
        script: 'echo $$; sleep 600',
        timeoutMs,
        signal: stop.signal,
        onLine: line => {
          pid = Number(line);
          stop.abort(reason);
        },
      });
      await expect(running).rejects.toBe(reason);
      await until('the end of the script', () => !isRunning(pid));
      expect((await run('echo still here')).outputTail).toEqual(['still here']);
    });

    it('leaves alone what called setsid when the caller goes away', async () => {
      const stop = new AbortController();
      let pid = 0;
      const running = shell.run({
        // It tells its number itself, from the session of its own: before that it would rightly be hung up too.
        script: "setsid sh -c 'echo $$; exec sleep 600 >/dev/null 2>&1' & sleep 600",
        timeoutMs,
        signal: stop.signal,
        onLine: line => {
          pid = Number(line);
          stop.abort(new Error('stop'));
        },
      });
      await expect(running).rejects.toThrow('stop');
      await run('sleep 0.1');
      expect(isRunning(pid)).toBe(true);
      process.kill(pid, 'SIGKILL');
    });

    it('fails with what a line listener threw', async () => {
      const error = new Error('bad line');
      const running = shell.run({
        script: 'echo one; sleep 600',
        timeoutMs,
        onLine: () => {
          throw error;
        },
      });
      await expect(running).rejects.toBe(error);
    });

    it('runs nothing once it is closed', async () => {
      await shell[Symbol.asyncDispose]();
      await expect(run('echo')).rejects.toThrow('the shell was closed');
      await expect(shell.writeFile('late', '', 0o600)).rejects.toThrow('the shell was closed');
    });

    it('writes files with their mode, and parents with 0700', async () => {
      await shell.writeFile('etc/inventiv/token', 'first', 0o600);
      await shell.writeFile(join(harness.root, 'etc/inventiv/token'), 'second', 0o640);
      const path = join(harness.root, 'etc/inventiv/token');
      expect([readFileSync(path, 'utf8'), statSync(path).mode & 0o777]).toEqual(['second', 0o640]);
      for (const parent of [dirname(path), dirname(dirname(path))]) expect(statSync(parent).mode & 0o777).toBe(0o700);
      expect(readdirSync(dirname(path))).toEqual(['token']);
    });

    it.each(['400', '600', '644', '755'])('sets mode %s whatever the umask', async octal => {
      const mode = Number.parseInt(octal, 8);
      await shell.writeFile('file', 'x', mode);
      expect(statSync(join(harness.root, 'file')).mode & 0o777).toBe(mode);
    });

    it.each([
      'it\'s "quoted"',
      '$(touch pwned) `touch pwned`; touch pwned',
      '-rf',
      'a b/*/?/[x]',
      'new\nline',
      'back\\slash',
      'été ☃',
      '!history {a,b} ~ # comment',
    ])('takes the path %j by its letters', async path => {
      await shell.writeFile(`paths/${path}`, path, 0o600);
      expect(readFileSync(join(harness.root, 'paths', path), 'utf8')).toBe(path);
      expect(existsSync(join(harness.root, 'pwned'))).toBe(false);
      expect(existsSync('pwned')).toBe(false);
    });

    it.each(['../escape', 'a/../../escape', '', 'nul\0byte'])('refuses the path %j', async path => {
      await expect(shell.writeFile(path, 'x', 0o600)).rejects.toMatchObject({code: 'invalid_input'});
    });

    it('writes content of any letters and of some megabytes unchanged', async () => {
      for (const content of [
        '',
        'no end',
        '\n\n',
        "'; exit 1\n# inventiv: end of script\n",
        'é☃\u0000\r\n',
        'x'.repeat(3_000_000),
      ]) {
        await shell.writeFile('content', content, 0o600);
        const written = readFileSync(join(harness.root, 'content'));
        expect(createHash('sha256').update(written).digest('hex')).toBe(
          createHash('sha256').update(content).digest('hex'),
        );
      }
    });

    it('does twenty things at a time', async () => {
      const results = await Promise.all(
        Array.from({length: 20}, async (_, index) => {
          await shell.writeFile(`many/${index}`, String(index), 0o600);
          return await run(`cat "$INVENTIV_ROOT/many/${index}"; exit ${index}`);
        }),
      );
      expect(results.map(({exitCode}) => exitCode)).toEqual(Array.from({length: 20}, (_, index) => index));
      expect(results.map(({outputTail}) => outputTail[0])).toEqual(Array.from({length: 20}, (_, index) => `${index}`));
    });
  });
}

/** False for a zombie. */
function isRunning(pid: number): boolean {
  try {
    return !/^State:\s*Z/m.test(readFileSync(`/proc/${pid}/status`, 'utf8'));
  } catch {
    return false;
  }
}
