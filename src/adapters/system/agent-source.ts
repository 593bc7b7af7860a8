import {createHash} from 'node:crypto';
import {readFile} from 'node:fs/promises';
import {dirname, join} from 'node:path';
import {InventivError} from '../../core/errors.ts';
import type {AgentSource} from '../../ports/agent-source.ts';

/** Reads the agent that is shipped with the package, and the programs beside it. */
export function packagedAgent(path: string): AgentSource {
  return {
    async read() {
      const source = await readFile(path, 'utf8');
      const version = constant(source, 'AGENT_VERSION');
      const buildDate = constant(source, 'AGENT_BUILD_DATE');
      if (version === null || buildDate === null) {
        throw new InventivError('unexpected', `${path} does not name its AGENT_VERSION and AGENT_BUILD_DATE.`, {
          hint: 'Install inventiv again.',
        });
      }

      return {source, version, buildDate, sha256: createHash('sha256').update(source).digest('hex')};
    },

    async readTools() {
      const readTool = (name: string) => readFile(join(dirname(path), name), 'utf8');
      const [fetchWeights, pullImage] = await Promise.all([readTool('fetch_weights.py'), readTool('pull_image.py')]);
      return {fetchWeights, pullImage};
    },
  };
}

function constant(source: string, name: string): string | null {
  return new RegExp(`^${name} = "([^"]+)"$`, 'm').exec(source)?.[1] ?? null;
}
