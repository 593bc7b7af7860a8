import {secondMs} from '../time.ts';
import {isAliveFunction} from './supervise.ts';

/** What the check exits with when the engine's process is gone. */
export const engineDeadExitCode = 3;
/** vLLM prints the cause well above its last line: a traceback of about 40 lines per process comes after it. */
export const engineLogLinesMax = 400;
/** How the line begins that tells a dead engine's exit status; 128 + its number where a signal ended it. */
export const engineExitedText = 'engine exited with status';

/** Names of the containers that hold engines, one a line; absent where the engine is a process of the machine. */
export const enginesPath = 'run/engines';

const containerState = '{{.State.Status}} {{.State.ExitCode}} {{.State.OOMKilled}}';

/**
 * Exit 0 while every engine lives; else prints the end of the dead one's log and, where that is known, its exit status.
 * A process writes that a moment after it ended; what is written of an earlier process does not count.
 */
export const engineAliveScript = `
cd "$INVENTIV_ROOT" 2>/dev/null || exit ${engineDeadExitCode}
if [ -s ${enginesPath} ]; then
  while read -r name; do
    set -- $(docker inspect --format '${containerState}' "$name" 2>&1 </dev/null)
    case "$1" in running|restarting|created|paused) continue ;; esac
    docker logs --tail ${engineLogLinesMax} "$name" 2>&1 </dev/null
    [ "$3" = true ] && echo "OOMKilled=true"
    case "$1" in exited|dead) echo "${engineExitedText} $2" ;; esac
    exit ${engineDeadExitCode}
  done < ${enginesPath}
  exit 0
fi
${isAliveFunction()}
pid=$(cat run/engine.pid 2>/dev/null) || exit ${engineDeadExitCode}
if is_alive "$pid"; then exit 0; fi
tail -n ${engineLogLinesMax} log/engine.log 2>/dev/null
exit_file=run/engine.exit
has_ended() { [ -s "$exit_file" ] && read -r ended status < "$exit_file" && [ "$ended" = "$pid" ]; }
tries=0
until has_ended || [ $tries -ge 10 ]; do sleep 0.05; tries=$((tries+1)); done
has_ended && echo "${engineExitedText} $status"
exit ${engineDeadExitCode}
`;

/** The end of every engine's log, for the record of a failed start. */
export function engineLogScript(lines: number): string {
  return `cd "$INVENTIV_ROOT" 2>/dev/null || exit 0
if [ -s ${enginesPath} ]; then
  while read -r name; do docker logs --tail ${lines} "$name" 2>&1 </dev/null; done < ${enginesPath}
else
  tail -n ${lines} log/engine.log 2>/dev/null
fi`;
}

export const engineAliveTimeoutMs = 10 * secondMs;
