import {shellWords} from '../shell-quote.ts';
import {supervised} from '../supervise.ts';
import {hasSystemdFunction, unitDirectory, unitPrefix} from './layout.ts';

export interface Service {
  readonly name: string;
  readonly argv: readonly string[];
  /** Shell lines that set the environment of the process. */
  readonly prepare: string;
  /** Whether it is started again when it ends by itself. */
  readonly keptAlive: boolean;
  /** Files that it reads at its start: when one differs, what runs is outdated. */
  readonly inputs: readonly string[];
  /** What asks it to end. */
  readonly stopSignal: 'TERM' | 'USR1';
  readonly stopSeconds: number;
}

/**
 * The script of a step that starts a service once, as a unit where systemd runs the machine, else as a process that a shell supervises. The same
 * thing alive is left alone. Both run one launcher, which writes the process id and then becomes the service. Comes last: it ends the script.
 */
export function serviceScript(service: Service): string {
  const {name} = service;
  return `
${hasSystemdFunction}
cd "$INVENTIV_ROOT" || exit 46
mkdir -p bin log run
${writeFile(`bin/run-${name}`, launcher(service), '700')}
if has_systemd; then
${unitScript(service)}
  exit 0
fi
${service.keptAlive ? writeFile(`bin/keep-${name}`, keeper(name), '700') : ''}
${plainScript(service)}
`;
}

function launcher({name, argv, prepare}: Service): string {
  return `#!/bin/sh
cd "$INVENTIV_ROOT" || exit 1
${prepare}
echo $$ > run/${name}.pid
exec ${shellWords(argv)} >>log/${name}.log 2>&1 </dev/null
`;
}

/**
 * Without systemd: starts the service again for as long as it is not asked to end. `$!` is the latest child from the moment there is
 * one; a variable would be set a moment later, and a service that has just been started would outlive its keeper.
 */
function keeper(name: string): string {
  return `#!/bin/sh
cd "$INVENTIV_ROOT" || exit 1
trap '' HUP
trap 'kill "$!" 2>/dev/null; wait; exit 0' TERM INT
while :; do
  bin/run-${name} &
  wait "$!"
  sleep 1 &
  wait "$!"
done
`;
}

function unitScript({name, inputs, keptAlive, stopSignal, stopSeconds}: Service): string {
  const unit = `${unitPrefix}${name}.service`;
  const path = `${unitDirectory}/${unit}`;
  return `  cat > run/${unit} <<END
[Unit]
Description=inventiv ${name}
After=network-online.target docker.service
Wants=network-online.target

[Service]
Environment=INVENTIV_ROOT=$INVENTIV_ROOT
ExecStart=$INVENTIV_ROOT/bin/run-${name}
Restart=${keptAlive ? 'always' : 'no'}
RestartSec=2
KillSignal=SIG${stopSignal}
TimeoutStopSec=${stopSeconds}
LimitNOFILE=1048576

[Install]
WantedBy=multi-user.target
END
  wanted=$(cat run/${unit} bin/run-${name} ${shellWords(inputs)} | sha256sum | cut -d ' ' -f 1)
  if [ "$wanted" = "$(cat run/${name}.wanted 2>/dev/null)" ] && cmp -s run/${unit} ${path} && systemctl is-active --quiet ${unit}; then
    echo '::fact::{"${name}":"already running"}'
  else
    cp run/${unit} ${path}.new && chmod 644 ${path}.new && mv ${path}.new ${path}
    systemctl daemon-reload
    systemctl enable ${unit} >/dev/null 2>&1 || :
    rm -f run/${name}.pid
    systemctl restart ${unit} || { echo "::fail::SERVICE_FAILED ${unit} does not start: $(tail -n 1 log/${name}.log 2>/dev/null | cut -c 1-200)"; exit 47; }
    printf '%s' "$wanted" > run/${name}.wanted
    echo '::fact::{"${name}":"started"}'
  fi`;
}

/** The phase was told already, and the launcher is part of what runs. */
function plainScript({name, inputs, keptAlive}: Service): string {
  return supervised({
    name: keptAlive ? `keep-${name}` : name,
    shownAs: name,
    command: `sh bin/${keptAlive ? 'keep' : 'run'}-${name}`,
    identity: '',
    inputs: [`bin/run-${name}`, ...inputs],
    prepare: '',
  });
}

function writeFile(path: string, content: string, mode: string): string {
  const text = content.replaceAll('$INVENTIV_ROOT', '__INVENTIV_ROOT__');
  return `sed "s|__INVENTIV_ROOT__|$INVENTIV_ROOT|g" > ${path}.new <<'END_OF_FILE'
${text}END_OF_FILE
chmod ${mode} ${path}.new
cmp -s ${path}.new ${path} 2>/dev/null && rm ${path}.new || mv ${path}.new ${path}`;
}
