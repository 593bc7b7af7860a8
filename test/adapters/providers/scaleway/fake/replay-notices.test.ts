import {fileURLToPath} from 'node:url';
import {describe, expect, it} from 'vitest';
import {type Json, type JsonObject, parseJson} from '../../../../support/fake-scaleway/json.ts';
import {type Interaction, readRecording} from '../../../../support/fake-scaleway/replay/recording.ts';
import {replayRecording} from '../../../../support/fake-scaleway/replay/replay-recording.ts';
import {at} from './client.ts';

const directory = fileURLToPath(new URL('../../../../fixtures/scaleway-recorded/', import.meta.url));

/** Replays a recording in which one answer was falsified, and returns how the first difference reads. */
async function replayFalsified(
  name: string,
  which: (interaction: Interaction) => boolean,
  falsify: (body: JsonObject, interaction: Interaction) => void,
): Promise<string> {
  const recording = readRecording(`${directory}${name}.json`);
  if (typeof recording === 'string') throw new Error(recording);
  const target = recording.interactions.find(which);
  if (target === undefined) throw new Error('no such interaction');
  const body = parseJson(target.text) as JsonObject;
  falsify(body, target);
  target.body = body;
  target.text = JSON.stringify(body);
  const results = await replayRecording(recording);
  return results.flatMap(({differences}) => differences)[0] ?? 'nothing noticed';
}

const creation = ({method, status}: Interaction): boolean => method === 'POST' && status === 201;
const lastServerRead = (recorded: string) => (interaction: Interaction) =>
  interaction.method === 'GET' && interaction.text.includes(recorded);

describe('a replay', () => {
  it('notices a field that the fake does not give', async () => {
    const difference = await replayFalsified('server-reboot', creation, body => {
      at<JsonObject>(body, 'server').colour = 'blue';
    });
    expect(difference).toBe('.server.colour: missing in the fake');
  });

  it('notices a field that only the fake gives', async () => {
    const difference = await replayFalsified('server-reboot', creation, body => {
      delete at<JsonObject>(body, 'server').allowed_actions;
    });
    expect(difference).toBe('.server.allowed_actions: only in the fake');
  });

  it('notices a size on a Block Storage volume of a server', async () => {
    const difference = await replayFalsified('server-reboot', creation, body => {
      at<JsonObject>(body, 'server', 'volumes', '0').size = 10_000_000_000;
    });
    expect(difference).toBe('.server.volumes.0.size: missing in the fake');
  });

  it('notices another JSON type', async () => {
    const difference = await replayFalsified('server-reboot', creation, body => {
      at<JsonObject>(body, 'server').hostname = 12;
    });
    expect(difference).toContain('.server.hostname: recorded 12');
  });

  it('notices another volume type', async () => {
    const difference = await replayFalsified('server-reboot', creation, body => {
      at<JsonObject>(body, 'server', 'volumes', '0').volume_type = 'l_ssd';
    });
    expect(difference).toContain('volume_type: recorded "l_ssd", fake "sbs_volume"');
  });

  it('notices a state that never comes', async () => {
    const difference = await replayFalsified('server-reboot', lastServerRead('"state": "running"'), body => {
      at<JsonObject>(body, 'server').state = 'locked';
    });
    expect(difference).toContain('.server.state: recorded "locked"');
  });

  it('notices states in another order', async () => {
    const difference = await replayFalsified('server-all-power-states', lastServerRead('"state": "starting"'), body => {
      Object.assign(at<JsonObject>(body, 'server'), {state: 'stopped in place', state_detail: 'stopped in place'});
    });
    expect(difference).toContain('.server.state: recorded "stopped in place"');
  });

  it('notices another error type, resource or status', async () => {
    const missing = ({status}: Interaction): boolean => status === 404;
    const resource = await replayFalsified('block-resize-detached-volume', missing, body => {
      body.resource = 'block_volume';
    });
    expect(resource).toContain('.resource: recorded "block_volume", fake "volume"');
    const status = await replayFalsified('block-resize-detached-volume', missing, (_body, interaction) => {
      interaction.status = 410;
    });
    expect(status).toContain('status: recorded 410, fake 404');
  });

  it('notices a volume that should be there after terminate, and one that should not', async () => {
    const afterwards = ({path, text}: Interaction): boolean => path.includes('/block/') && text.includes('"available"');
    const difference = await replayFalsified('server-all-power-states', afterwards, (body, interaction) => {
      interaction.status = 404;
      for (const name of Object.keys(body)) delete body[name];
      Object.assign(body, {type: 'not_found', message: 'resource is not found', resource: 'volume', resource_id: ''});
    });
    expect(difference).toContain('status: recorded 404, fake 200');
  });

  it('notices an id that stands for two things', async () => {
    const difference = await replayFalsified('ip-create-swap-remove-dynamic', lastServerRead('"ip"'), body => {
      const ip = at<JsonObject>(body, 'ip');
      const server: Json = {...at<JsonObject>(ip, 'server'), id: at<string>(ip, 'id')};
      ip.server = server;
    });
    expect(difference).toMatch(/\.ip\.server\.id: recorded .* is .* here, fake/);
  });

  it('notices another page count', async () => {
    const difference = await replayFalsified('servers-list', creationOrList, (_body, interaction) => {
      interaction.headers = {...interaction.headers, link: '</servers?page=1&per_page=50&>; rel="last"'};
    });
    expect(difference).toContain('header link');
  });
});

function creationOrList({method}: Interaction): boolean {
  return method === 'GET';
}
