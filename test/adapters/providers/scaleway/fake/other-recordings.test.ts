import {mkdtempSync, readFileSync, rmSync, writeFileSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {fileURLToPath} from 'node:url';
import {describe, expect, it} from 'vitest';
import {readRecording} from '../../../../support/fake-scaleway/replay/recording.ts';
import {replayRecording} from '../../../../support/fake-scaleway/replay/replay-recording.ts';

/** What was recorded at another time by another client: the same API with other ids, zones and reads. */
const directory = fileURLToPath(new URL('../../../../fixtures/scaleway-recorded/', import.meta.url));

interface Exchange {
  readonly request: {readonly method: string};
  readonly response: {readonly status: number};
}

const uuid = /\b[0-9a-f]{8}(?=(-[0-9a-f]{4}){3}-[0-9a-f]{12})/g;
const isRead = ({request, response}: Exchange): boolean => request.method === 'GET' && response.status < 400;

async function differencesOf(
  name: string,
  change: {text?: (text: string) => string; exchanges?: (all: Exchange[]) => Exchange[]},
): Promise<string[]> {
  const text = readFileSync(join(directory, `${name}.json`), 'utf8');
  const recorded = JSON.parse(change.text?.(text) ?? text) as {interactions: Exchange[]};
  const interactions = change.exchanges?.(recorded.interactions) ?? recorded.interactions;
  const scratch = mkdtempSync(join(tmpdir(), 'inventiv-recording-'));
  try {
    const file = join(scratch, 'other.json');
    writeFileSync(file, JSON.stringify({...recorded, interactions}));
    const recording = readRecording(file);
    if (typeof recording === 'string') throw new Error(recording);
    return (await replayRecording(recording)).flatMap(({differences}) => differences);
  } finally {
    rmSync(scratch, {recursive: true});
  }
}

describe('the fake against other recordings of the same API', () => {
  it.each(['gpu-l40s-poweron-terminate', 'block-resize-attached-root', 'security-group-on-server'])(
    'answers alike in another zone, to other ids: %s',
    async name => {
      const text = (recorded: string) =>
        recorded
          .replaceAll(uuid, id => (id === '00000000' ? id : [...id].reverse().join('')))
          .replaceAll(/fr-par-[12]/g, 'pl-waw-2');
      expect(await differencesOf(name, {text})).toEqual([]);
    },
  );

  it.each(['server-all-power-states', 'ip-list', 'block-snapshot-lifecycle'])('may be read twice: %s', async name => {
    const exchanges = (all: Exchange[]) => all.flatMap(each => (isRead(each) ? [each, each] : [each]));
    expect(await differencesOf(name, {exchanges})).toEqual([]);
  });

  it.each(['error-block-size-below-snapshot-412', 'server-terminate-with-flexible-ip'])(
    'may leave out how it was waited: %s',
    async name => {
      const exchanges = (all: Exchange[]) => all.filter(each => !isRead(each));
      expect(await differencesOf(name, {exchanges})).toEqual([]);
    },
  );

  it.each(['server-reboot', 'servers-list', 'server-delete-stopped-two-block-volumes'])(
    'may begin in the middle: %s',
    async name => {
      expect(await differencesOf(name, {exchanges: all => all.slice(Math.floor(all.length / 2))})).toEqual([]);
    },
  );
});
