import {minuteMs} from '../time.ts';
import {type BootstrapStep, isAliveFunction} from './native.ts';

/** How long a process may take to end by itself; vLLM lets go of its GPUs in a few seconds. */
const endsWithinSeconds = 20;

/** Ends engine and agent as a bootstrap left them: asked first, killed after a while. Nothing there: nothing to do. */
export const stopWorkerStep: BootstrapStep = {
  name: 'stop',
  timeoutMs: minuteMs,
  script: `
echo "::phase::stop"
${isAliveFunction()}
cd "$INVENTIV_ROOT" 2>/dev/null || exit 0
end() {
  pid=$(cat "run/$1.pid" 2>/dev/null || echo 0)
  if [ "$pid" = 0 ] || ! is_alive "$pid"; then echo "::fact::{\\"$1\\":\\"not running\\"}"; rm -f "run/$1.pid"; return 0; fi
  kill "$pid" 2>/dev/null
  tries=0
  while is_alive "$pid" && [ $tries -lt ${endsWithinSeconds * 10} ]; do sleep 0.1; tries=$((tries+1)); done
  if is_alive "$pid"; then kill -9 "$pid" 2>/dev/null; sleep 0.5; fi
  if is_alive "$pid"; then echo "::fail::WORKER_STUCK the $1 (process $pid) does not end."; exit 47; fi
  rm -f "run/$1.pid"
  echo "::fact::{\\"$1\\":\\"stopped\\"}"
}
end agent
end engine
`,
};
