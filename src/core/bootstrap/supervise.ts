import {shellQuote, shellWords} from './shell-quote.ts';

export interface Supervised {
  readonly name: string;
  /** Its name in the facts; default: `name`. */
  readonly shownAs?: string;
  readonly command: string;
  /** What, beside the command line, makes a running process outdated when it differs. */
  readonly identity: string;
  /** Files whose content counts the same way. */
  readonly inputs?: readonly string[];
  /** Shell lines that set the environment of the process. */
  readonly prepare: string;
}

/**
 * A process that ended and waits to be collected still answers signals; where nobody collects, it does so for ever. Its state is read
 * in one look: between two it may be collected, and would pass for alive.
 */
export function isAliveFunction(): string {
  return `is_alive() { if [ -r /proc/self/status ]; then grep -qs '^State:[[:space:]]*[^ZX[:space:]]' "/proc/$1/status"; else kill -0 "$1" 2>/dev/null; fi; }`;
}

/**
 * Starts a daemon once. What runs is written beside its process id: the same thing alive is left alone, another one is
 * replaced. `flock`, where there is one, keeps an interrupted bootstrap that still runs from starting a second. The daemon
 * writes its id itself and holds the lock until it has: a script that dies right after starting it leaves none unknown.
 * A shell waits for its end, without the lock, and writes its id and exit status; that one may be killed without harm.
 */
export function supervised({name, shownAs = name, command, identity, inputs = [], prepare}: Supervised): string {
  const daemon = `echo $$ > run/${name}.pid; exec "$@" 9>&-`;
  const supervisor = `sh -c ${shellQuote(daemon)} "$0" "$@" & exec 9>&-; wait $!; echo "$! $?" > run/${name}.exit`;
  return `
${isAliveFunction()}
cd "$INVENTIV_ROOT" || exit 46
exec 9>run/${name}.lock
if command -v flock >/dev/null 2>&1; then flock -w 60 9 || { echo "::fail::BOOTSTRAP_LOCKED another bootstrap holds ${name}."; exit 45; }; fi
pid=$(cat run/${name}.pid 2>/dev/null || echo 0)
wanted=${shellQuote(`${command} ${identity}`)}
${inputs.length === 0 ? '' : `wanted="$wanted $(cat ${shellWords(inputs)} | sha256sum)"`}
if [ "$pid" != 0 ] && is_alive "$pid"; then
  if [ "$wanted" = "$(cat run/${name}.wanted 2>/dev/null)" ]; then echo '::fact::{"${shownAs}":"already running"}'; exit 0; fi
  kill "$pid" 2>/dev/null
  tries=0
  while is_alive "$pid" && [ $tries -lt 100 ]; do sleep 0.1; tries=$((tries+1)); done
  kill -9 "$pid" 2>/dev/null
fi
${prepare}
detach=
command -v setsid >/dev/null 2>&1 && detach=setsid
rm -f run/${name}.pid
nohup $detach sh -c ${shellQuote(supervisor)} ${name} ${command} >>log/${name}.log 2>&1 </dev/null &
tries=0
while [ ! -s run/${name}.pid ] && [ $tries -lt 100 ]; do sleep 0.05; tries=$((tries+1)); done
printf '%s' "$wanted" > run/${name}.wanted
echo '::fact::{"${shownAs}":"started"}'
`;
}
