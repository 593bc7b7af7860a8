import {minuteMs} from '../time.ts';
import type {PlainBootstrapStep} from './bootstrap.ts';
import {enginesPath} from './engine-watch.ts';
import {hasSystemdFunction, unitPrefix} from './machine/layout.ts';
import {isAliveFunction} from './supervise.ts';

/** How long a process may take to end by itself; vLLM lets go of its GPUs in a few seconds. */
const endsWithinSeconds = 20;

/** The shell that collects it writes its exit status, and ends. */
const collectedWithinSeconds = 5;

/**
 * Shell function `end NAME`: ends a supervised process, asked first, killed after a while. Afterwards nobody writes about it any more.
 */
export const endFunction = `${isAliveFunction()}
end() {
  pid=$(cat "run/$1.pid" 2>/dev/null || echo 0)
  if [ "$pid" = 0 ] || ! is_alive "$pid"; then echo "::fact::{\\"$1\\":\\"not running\\"}"; rm -f "run/$1.pid"; return 0; fi
  supervisor=$(sed -n 's/^PPid:[[:space:]]*//p' "/proc/$pid/status" 2>/dev/null)
  kill "$pid" 2>/dev/null
  tries=0
  while is_alive "$pid" && [ $tries -lt ${endsWithinSeconds * 10} ]; do sleep 0.1; tries=$((tries+1)); done
  if is_alive "$pid"; then kill -9 "$pid" 2>/dev/null; sleep 0.5; fi
  if is_alive "$pid"; then echo "::fail::WORKER_STUCK the $1 (process $pid) does not end."; exit 47; fi
  # An orphan was handed to the first process, which stays.
  tries=0
  while [ "\${supervisor:-1}" != 1 ] && is_alive "$supervisor" && [ $tries -lt ${collectedWithinSeconds * 10} ]; do sleep 0.1; tries=$((tries+1)); done
  rm -f "run/$1.pid"
  echo "::fact::{\\"$1\\":\\"stopped\\"}"
}`;

/** Ends engines and agent as a bootstrap left them. Nothing there: nothing to do. The front stays: it holds no state. */
export const stopWorkerStep: PlainBootstrapStep = {
  name: 'stop',
  timeoutMs: 3 * minuteMs,
  script: `
echo "::phase::stop"
${hasSystemdFunction}
${endFunction}
cd "$INVENTIV_ROOT" 2>/dev/null || exit 0
if has_systemd; then
  for name in agent engine engines; do
    [ ! -e "/etc/systemd/system/${unitPrefix}$name.service" ] || systemctl stop "${unitPrefix}$name.service"
  done
fi
end keep-agent
end agent
end engine
if [ -s ${enginesPath} ]; then
  while read -r name; do
    docker stop --time ${endsWithinSeconds} "$name" >/dev/null 2>&1 </dev/null
    docker rm -f "$name" >/dev/null 2>&1 </dev/null
    echo "::fact::{\\"$name\\":\\"stopped\\"}"
  done < ${enginesPath}
fi
`,
};
