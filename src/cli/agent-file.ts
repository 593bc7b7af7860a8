import {createHash} from 'node:crypto';
import {readFileSync, writeFileSync} from 'node:fs';
import {dirname, join} from 'node:path';
import {InventivError} from '../core/errors.ts';

/** What `agent/agent.py` says of itself, and what it is. */
export interface AgentFile {
  readonly path: string;
  readonly version: string;
  readonly buildDate: string;
  readonly sha256: string;
  /** Version and checksum as recorded at the last bump; null when there is no record. */
  readonly recorded: {readonly version: string; readonly sha256: string} | null;
}

export type BumpPart = 'major' | 'minor' | 'patch';

const versionLine = /^AGENT_VERSION = "(\d+\.\d+\.\d+)"$/m;
const dateLine = /^AGENT_BUILD_DATE = "(\d{4}-\d{2}-\d{2})"$/m;
/** A file that `sha256sum --check` reads; the version is its comment. */
const recordLine = /^# (\d+\.\d+\.\d+)\n([0-9a-f]{64}) {2}agent\.py$/m;

export function readAgent(packageRoot: string): AgentFile {
  const path = join(packageRoot, 'agent', 'agent.py');
  const source = readText(path);
  return {
    path,
    version: constant(source, versionLine, 'AGENT_VERSION', path),
    buildDate: constant(source, dateLine, 'AGENT_BUILD_DATE', path),
    sha256: sha256Of(source),
    recorded: readRecord(path),
  };
}

/** Null when the file is what was recorded; otherwise what is wrong, in words. */
export function agentDrift({version, sha256, recorded}: AgentFile): string | null {
  if (recorded === null) return 'agent/agent.sha256 does not exist or is not readable';
  if (recorded.sha256 === sha256 && recorded.version === version) return null;
  return recorded.version === version
    ? `agent.py was changed without a new version: it still says ${version}`
    : `agent.py says version ${version}, but ${recorded.version} is recorded`;
}

/** Writes a version and the date into agent.py, then the new checksum beside it. */
export function recordAgent(packageRoot: string, next: string, today: string): AgentFile {
  const {path} = readAgent(packageRoot);
  const source = readText(path)
    .replace(versionLine, `AGENT_VERSION = "${next}"`)
    .replace(dateLine, `AGENT_BUILD_DATE = "${today}"`);
  writeFileSync(path, source);
  writeFileSync(recordPath(path), `# ${next}\n${sha256Of(source)}  agent.py\n`);
  return readAgent(packageRoot);
}

export function nextVersion(version: string, part: BumpPart): string {
  const [major = 0, minor = 0, patch = 0] = version.split('.').map(Number);
  if (part === 'major') return `${major + 1}.0.0`;
  return part === 'minor' ? `${major}.${minor + 1}.0` : `${major}.${minor}.${patch + 1}`;
}

function readRecord(agentPath: string): AgentFile['recorded'] {
  try {
    const match = recordLine.exec(readFileSync(recordPath(agentPath), 'utf8'));
    return match?.[1] === undefined || match[2] === undefined ? null : {version: match[1], sha256: match[2]};
  } catch {
    return null;
  }
}

function recordPath(agentPath: string): string {
  return join(dirname(agentPath), 'agent.sha256');
}

function readText(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    throw new InventivError('not_found', `The worker agent is not at ${path}.`, {
      hint: 'Install inventiv again.',
      cause: error,
    });
  }
}

function constant(source: string, line: RegExp, name: string, path: string): string {
  const value = line.exec(source)?.[1];
  if (value === undefined)
    throw new InventivError('unexpected', `expected a line ${name} = "..." in ${path}, found none`);
  return value;
}

function sha256Of(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}
