import type {Failure} from '../failure.ts';

/** The way to the machine (OpenSSH, ssh2, sudo), its packages, systemd and HAProxy. */
export const machineFailures: readonly Failure[] = [
  {
    code: 'SSH_HOST_KEY',
    cause: 'The machine shows another host key than at the first contact.',
    advice:
      'If you made the machine anew, forget the old key (inventiv hosts remove, then add). If not, somebody may be in between: do not go on.',
    proof: /REMOTE HOST IDENTIFICATION HAS CHANGED|Host key verification failed|Host denied \(verification failed\)/,
  },
  {
    code: 'SSH_AUTH',
    cause: 'The machine refused the SSH key.',
    advice: 'Check user and key: ssh USER@HOST must work; the public key belongs into ~/.ssh/authorized_keys there.',
    proof:
      /Permission denied \((?:publickey|password|keyboard-interactive|gssapi)|All configured authentication methods failed|Too many authentication failures/,
  },
  {
    code: 'SSH_REFUSED',
    cause: 'Nothing answers SSH on that port of the machine.',
    advice: 'Check address and port; on the machine: systemctl status ssh. A machine that just started needs a minute.',
    proof: /ssh: connect to host \S{1,200} port \d{1,5}: Connection refused|connect ECONNREFUSED \S{1,60}:22\b/,
  },
  {
    code: 'SSH_TIMEOUT',
    cause: 'The machine does not answer on its SSH port.',
    advice: 'Check that it runs, its address, and that the firewall or security group lets port 22 in from here.',
    proof:
      /ssh: connect to host \S{1,200} port \d{1,5}: (?:Connection timed out|Operation timed out|No route to host)|Timed out while waiting for handshake/,
  },
  {
    code: 'SSH_DROPPED',
    cause: 'The SSH connection broke in the middle.',
    advice:
      'Go on where it stopped: inventiv up or inventiv reinstall NAME does what is left. If it repeats, look for a reboot or a full memory.',
    hint: /Connection (?:closed|reset) by \S{1,200} port \d{1,5}|client_loop: send disconnect|kex_exchange_identification|Keepalive timeout/,
    mayPass: true,
  },
  {
    code: 'SUDO',
    cause: 'The user may not become root without a password.',
    advice: 'Log in as root, or give the user "NOPASSWD: ALL" in /etc/sudoers.d.',
    proof: /sudo: a (?:password|terminal) is required|is not in the sudoers file|sudo: (?:command )?not found/,
  },
  {
    code: 'APT_LOCK',
    cause: 'Another program installs packages on the machine right now.',
    advice: 'Wait some minutes (a new machine updates itself), then try again: inventiv reinstall NAME',
    proof: /Could not get lock \/var\/lib\/(?:dpkg|apt)|Unable to acquire the dpkg frontend lock/,
    mayPass: true,
  },
  {
    code: 'APT_FAILED',
    cause: 'A package of the system could not be installed.',
    advice: 'On the machine: apt-get update, then the install that failed; its own message tells the rest.',
    proof: /E: Unable to locate package|E: Failed to fetch|E: Unable to fetch some archives|dpkg was interrupted/,
  },
  {
    code: 'NO_SYSTEMD',
    cause: 'The machine does not run systemd.',
    advice: 'Nothing to do where the agent is supervised without it; else use a machine with systemd.',
    hint: /System has not been booted with systemd|Failed to connect to bus/,
  },
  {
    code: 'UNIT_EXEC',
    cause: 'The program of a systemd unit could not be started.',
    advice: 'Check that the program of the unit is there and may be run: systemctl cat UNIT; journalctl -u UNIT',
    proof: /Failed at step [A-Z_]{2,20} spawning|status=20[0-9]\/[A-Z_]{2,20}/,
  },
  {
    code: 'UNIT_MISSING',
    cause: 'A systemd unit is not there.',
    advice: 'Install again: inventiv reinstall NAME',
    proof:
      /Unit \S{1,100}\.service (?:could not be found|not found|is masked)|Failed to (?:start|enable|restart) \S{1,100}: Unit/,
  },
  {
    code: 'HAPROXY_CERT',
    cause: 'HAProxy cannot read its certificate.',
    advice: 'Make it anew: inventiv reinstall NAME',
    proof:
      /unable to (?:load|stat) (?:SSL )?certificate|inconsistencies between private key and certificate|No Private Key found/,
  },
  {
    code: 'HAPROXY_CONFIG',
    cause: 'HAProxy refuses its configuration.',
    advice: 'See which line: haproxy -c -f FILE on the machine. An older HAProxy than 2.4 lacks what we use.',
    hint: /\[ALERT\].{0,60}parsing \[|[Ff]atal errors found in configuration/,
  },
  {
    code: 'REPLICA_DOWN',
    cause: 'HAProxy finds no engine behind it that answers.',
    advice: 'The engines tell why: inventiv diagnose NAME, inventiv logs NAME --vllm',
    echo: /Server \S{1,100} is DOWN, reason|backend '?\S{1,100} has no server available/,
  },
  {
    code: 'CRASH_LOOP',
    cause: 'The engine was started again and again, and ended each time.',
    advice: 'What it prints before it ends tells why: inventiv logs NAME --vllm --tail 400',
    echo: /Start request repeated too quickly|start-limit-hit|Restarting \(\d{1,3}\) .{0,40}ago|RestartCount[=:] ?[3-9]/,
  },
  {
    code: 'UNIT_FAILED',
    cause: 'A systemd unit of the worker failed.',
    advice: 'See why: journalctl -u UNIT -n 100 on the machine (inventiv ssh NAME).',
    echo: /Failed with result '(?:exit-code|signal|core-dump|timeout|resources|protocol)'/,
  },
];
