import {readdirSync} from 'node:fs';
import {fileURLToPath} from 'node:url';
import {describe, expect, it} from 'vitest';
import {readRecording} from '../../../../support/fake-scaleway/replay/recording.ts';
import {replayRecording} from '../../../../support/fake-scaleway/replay/replay-recording.ts';

const directory = fileURLToPath(new URL('../../../../fixtures/scaleway-recorded/', import.meta.url));
const files = readdirSync(directory).filter(name => name.endsWith('.json'));

describe('the fake against recordings of the real API', () => {
  it('has recordings to be compared with', () => {
    expect(files.length).toBeGreaterThan(40);
  });

  it.each(files)('answers like %s', async file => {
    const recording = readRecording(`${directory}${file}`);
    if (typeof recording === 'string') throw new Error(recording);
    const results = await replayRecording(recording);
    const differences = results.flatMap(({interaction, differences: found}) =>
      found.map(text => `#${interaction.index} ${interaction.method} ${interaction.path}: ${text}`),
    );
    expect(differences).toEqual([]);
  });
});
