import {shellQuote} from './shell-quote.ts';

/** What the agent is written for. */
const pythonMinMinor = 10;

/** Shell lines that end the script without a Python that runs the agent. */
export const requirePython = `command -v python3 >/dev/null 2>&1 || { echo "::fail::PYTHON_MISSING python3 is not on the PATH of this machine."; exit 41; }
python3 -c 'import sys; sys.exit(0 if sys.version_info >= (3, ${pythonMinMinor}) else 1)' || { echo "::fail::PYTHON_OLD python3 is older than 3.${pythonMinMinor}."; exit 42; }
echo "::fact::{\\"python\\":\\"$(python3 -c 'import platform; print(platform.python_version())')\\"}"`;

/** Shell lines that end the script when the agent on the disk is not the one that was sent. */
export function requireAgent(sha256: string): string {
  return `sum=$( (sha256sum "$INVENTIV_ROOT/agent/agent.py" 2>/dev/null || shasum -a 256 "$INVENTIV_ROOT/agent/agent.py") | cut -d' ' -f1)
[ "$sum" = ${shellQuote(sha256)} ] || { echo "::fail::AGENT_CHECKSUM the agent arrived altered (sha256 $sum)."; exit 44; }`;
}
