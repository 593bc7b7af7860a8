import {secondMs} from '../time.ts';

/** Names of the containers that a bootstrap makes begin so. */
const containerPrefix = 'inventiv';

export const lookTimeoutMs = 20 * secondMs;
export const lookLinesMax = 60;

/**
 * Prints `::engine::alive|dead|unknown`, the containers, and the end of each engine log: both runtimes, whatever is there.
 * Changes nothing.
 */
export const lookScript = `
echo '::look::'
engine=unknown
pid=$(cat "$INVENTIV_ROOT/run/engine.pid" 2>/dev/null)
if [ -n "$pid" ]; then
  if kill -0 "$pid" 2>/dev/null && ! grep -qs '^State:[[:space:]]*Z' "/proc/$pid/status"; then engine=alive; else engine=dead; fi
fi
if command -v docker >/dev/null 2>&1; then
  docker ps -a --filter name=${containerPrefix} --format '::container::{{.Names}} {{.Status}}' 2>/dev/null | head -n 16
  if [ "$engine" = unknown ] && [ -n "$(docker ps -aq --filter name=${containerPrefix} 2>/dev/null)" ]; then
    if [ -n "$(docker ps -q --filter name=${containerPrefix} --filter status=running 2>/dev/null)" ]; then engine=alive; else engine=dead; fi
  fi
  for name in $(docker ps -a --filter name=${containerPrefix} --format '{{.Names}}' 2>/dev/null | head -n 8); do docker logs --tail 5 "$name" 2>&1; done
fi
tail -n 20 "$INVENTIV_ROOT/log/engine.log" 2>/dev/null
echo "::engine::$engine"
`;

/** What the script printed: whether the engine lives, and the lines that tell more. */
export function readLook(lines: readonly string[]): {engineAlive: boolean | null; told: readonly string[]} {
  const engine = lines.findLast(line => line.startsWith('::engine::'))?.slice('::engine::'.length);
  const told = lines.filter(line => !line.startsWith('::engine::') && !line.startsWith('::look::'));
  return {engineAlive: engine === 'alive' ? true : engine === 'dead' ? false : null, told};
}
