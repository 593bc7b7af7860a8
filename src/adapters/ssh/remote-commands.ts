import {createHash} from 'node:crypto';
import {shellQuote, shellWords} from '../../core/bootstrap/shell-quote.ts';

/**
 * What is asked of the far side, as data: a command line, which every user of that machine may read, and what goes to its
 * standard input, which nobody else can.
 */
export interface RemoteCommand {
  readonly command: string;
  readonly input: Buffer;
  /** Whether the end of the input is told at once; else it stays open, and its end means that we have hung up. */
  readonly endsInput: boolean;
}

export interface RemoteFile {
  /** Absolute. */
  readonly path: string;
  readonly content: string;
  readonly mode: number;
  /** Makes the temporary name unique. */
  readonly nonce: string;
}

/** Exit status when the input ended early: nothing was run, no file was replaced. */
export const incompleteExitCode = 75;
export const isDirectoryExitCode = 76;

const endMark = '# inventiv: end of script';
/** Between SIGHUP and SIGKILL of a script that nobody listens to any more. */
const hangUpGraceSeconds = 2;

/**
 * Reads the script whole ($1 bytes), looks for its end mark and pipes it into `sh -s`: half a script never runs, and no part
 * of it is in a process list. Then a watcher reads on: when our end of the line goes away (time-out, abort, cut connection),
 * the process group of the session gets SIGHUP, then SIGKILL. Without a terminal, sshd would let the script run on.
 */
const runner = `exec 3<&0 </dev/null
script=$(head -c "$1" <&3)
case $script in *"${endMark}") ;; *) exit ${incompleteExitCode} ;; esac
trap "exit 129" HUP
printf "%s\\n" "$script" | sh -s 3<&- &
main=$!
(trap "" HUP
while read -r _ <&3; do :; done
kill -HUP 0
sleep ${hangUpGraceSeconds}
kill -0 $main && kill -KILL 0) >/dev/null 2>&1 &
watcher=$!
wait $main
status=$?
kill $watcher 2>/dev/null
wait $watcher 2>/dev/null
exit $status`;

/**
 * Content from the input, behind a line with its SHA-256, into a temporary file beside the target; checked, flushed and
 * renamed. What fails leaves the old file, and no temporary one.
 */
const writer = `umask 077
path=$1
directory=\${path%/*}/
temporary=$directory.inventiv-$3
IFS= read -r wanted || exit ${incompleteExitCode}
[ ! -d "$path" ] || exit ${isDirectoryExitCode}
mkdir -p "$directory" || exit 73
trap "rm -f \\"\\$temporary\\"" EXIT
trap "exit 129" HUP TERM
set -C
cat >"$temporary" || exit 74
sum=$( (sha256sum 2>/dev/null || shasum -a 256) <"$temporary" | cut -d " " -f 1)
[ "$sum" = "$wanted" ] || exit ${incompleteExitCode}
chmod "$2" "$temporary" || exit 74
sync "$temporary" 2>/dev/null || sync
mv -f "$temporary" "$path" || exit 74
sync "$directory" 2>/dev/null || :`;

/** `INVENTIV_ROOT` is set and, where it exists, the working directory. A command that reads its input finds it empty. */
export function runScript(script: string, root: string, asRoot: boolean): RemoteCommand {
  const input = Buffer.from(
    `INVENTIV_ROOT=${shellQuote(root)}; export INVENTIV_ROOT
cd "$INVENTIV_ROOT" 2>/dev/null || cd /
{ :
${script}
} </dev/null
${endMark}`,
  );
  return {command: commandLine(runner, [String(input.length)], asRoot), input, endsInput: false};
}

export function writeFile({path, content, mode, nonce}: RemoteFile, asRoot: boolean): RemoteCommand {
  const bytes = Buffer.from(content);
  const checksum = createHash('sha256').update(bytes).digest('hex');
  return {
    command: commandLine(writer, [path, mode.toString(8), nonce], asRoot),
    input: Buffer.concat([Buffer.from(`${checksum}\n`), bytes]),
    endsInput: true,
  };
}

/** Does nothing: an answer means that the connection lives, and with `asRoot` that sudo lets us. */
export function doNothing(asRoot: boolean): RemoteCommand {
  return {command: commandLine('exit 0', [], asRoot), input: Buffer.alloc(0), endsInput: true};
}

function commandLine(script: string, words: readonly string[], asRoot: boolean): string {
  return `${asRoot ? 'sudo -n ' : ''}sh -c ${shellQuote(script)} inventiv ${shellWords(words)}`.trimEnd();
}
