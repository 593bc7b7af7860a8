import {createHash} from 'node:crypto';
import {afterAll, beforeAll, describe, expect, it} from 'vitest';
import {callFront} from '../bootstrap/front-client.ts';
import {interrupt} from '../bootstrap/interruptions.ts';
import {Machine, testModel, workerKey} from '../bootstrap/machine.ts';
import {hasPart} from '../support/parts.ts';
import {until} from '../support/until.ts';
import type {VmSnapshot} from '../support/vm/snapshot.ts';

const hubToken = 'hf_abcdefghijklmnop';
const authorization = `Bearer ${workerKey}`;
const chat = {model: testModel, messages: [{role: 'user', content: 'Hello'}], max_tokens: 2};
const setUpMs = 120_000;

describe.skipIf(!hasPart('machines'))('the bootstrap of a machine over SSH', () => {
  describe('with one GPU', () => {
    let machine: Machine;
    let before: VmSnapshot;
    let facts: Awaited<ReturnType<Machine['bootstrap']>>;

    beforeAll(async () => {
      machine = await Machine.start({scenario: {haproxy: 'absent'}});
      machine.vm.hub.token = hubToken;
      machine.ask({hubToken});
      before = await machine.vm.snapshot();
      facts = await machine.bootstrap();
    }, setUpMs);
    afterAll(() => machine?.[Symbol.asyncDispose]());

    const engine = (path: string) => `https://${machine.vm.address}:8000${path}`;
    const agent = (path: string) => `https://${machine.vm.address}:8080${path}`;

    it('tells what it found and made', () => {
      expect(facts).toMatchObject({
        gpu_count: 1,
        driver_version: '580.95.05',
        compute_cap: 8.9,
        docker_root: '/var/lib/docker',
        cache_dir: '/opt/inventiv/cache',
        image: 'vllm/vllm-openai:v0.27.1',
        image_digest: expect.stringMatching(/^sha256:[0-9a-f]{64}$/),
        model_revision: expect.stringMatching(/^[0-9a-f]{40}$/),
        tls_fingerprint_sha256: expect.stringMatching(/^[0-9a-f]{64}$/),
        haproxy_installed: true,
      });
    });

    it('shows every phase in its order, with bytes of image and weights', () => {
      const phases = machine.activities.map(activity => activity.split(' ')[1]);
      expect([...new Set(phases)]).toEqual([
        'preflight',
        'storage',
        'image',
        'weights',
        'engine',
        'agent',
        'front',
        'done',
      ]);
      expect(machine.activities).toContain('installing: image 100 % (8.0 of 8.0 GB)');
      expect(machine.notes).toContainEqual(expect.objectContaining({'bytes:weights': {done: 600_082, total: 600_082}}));
    });

    it('answers by TLS alone, with the certificate whose fingerprint it told, and with the key of the instance', async () => {
      const open = await callFront(engine('/healthz'));
      expect([open.status, open.body, open.fingerprint]).toEqual([200, 'ok\n', facts.tls_fingerprint_sha256]);
      const pem = machine.vm.readFile('/opt/inventiv/secrets/front.pem').split('-----')[2] ?? '';
      const digest = createHash('sha256').update(Buffer.from(pem, 'base64')).digest('hex');
      expect(digest).toBe(facts.tls_fingerprint_sha256);
      const refused: Record<string, string>[] = [
        {},
        {authorization: 'Bearer inw-wrong'},
        {authorization: workerKey},
        {'x-api-key': workerKey},
      ];
      for (const headers of refused) {
        for (const url of [engine('/v1/models'), engine('/nothing'), agent('/info'), agent('/nothing')])
          expect((await callFront(url, {headers})).status, url).toBe(401);
      }
    });

    it('reaches the engine and the agent behind it, and only what is listed', async () => {
      const headers = {authorization};
      const isUp = async () => (await callFront(engine('/health'), {headers})).status === 200;
      await until('the engine', isUp, 30_000);
      const answer = await callFront(engine('/v1/chat/completions'), {method: 'POST', headers, body: chat});
      expect([answer.status, JSON.parse(answer.body).usage.completion_tokens]).toEqual([200, 2]);
      const info = await callFront(agent('/info'), {headers});
      expect(JSON.parse(info.body)).toMatchObject({
        instance_id: 'ins_test',
        replicas: [{name: 'inventiv-engine-0', http_ok: true}],
      });
      for (const path of [
        '/invocations',
        '/metrics',
        '/load',
        '/v1/responses/../../invocations',
        '/v1/messages/%2e%2e/x',
        '//v1/models',
      ])
        expect((await callFront(engine(path), {headers})).status, path).toBe(404);
      expect((await callFront(agent('/v1/models'), {headers})).status).toBe(404);
      // Loopback is not reached from outside.
      const listening = await machine.vm.exec('ss -Hltn');
      expect(
        listening
          .match(/^LISTEN\s+\S+\s+\S+\s+(?!127\.0\.0\.1)\S+:(\d+)/gm)
          ?.map(line => line.split(':').at(-1))
          .toSorted(),
      ).toEqual(['22', '22', '8000', '8080']);
    });

    it('keeps secrets out of command lines, notes and readable files', async () => {
      const argv = machine.vm.calls.map(call => call.argv.join(' ')).join('\n');
      const commands = (await machine.vm.snapshot()).processes.join('\n');
      for (const secret of [workerKey, hubToken]) {
        for (const place of [argv, commands, JSON.stringify(machine.notes), JSON.stringify(facts)])
          expect(place).not.toContain(secret);
        const readable = `grep -rl ${secret} /opt/inventiv /etc /var/log 2>/dev/null | xargs -r ls -l | grep -v '^-rw-------' || true`;
        expect(await machine.vm.exec(readable)).toBe('');
      }
      const sentElsewhere = machine.vm.hub.requests.filter(
        ({path, token}) => path.startsWith('/cdn/') && token !== null,
      );
      expect(sentElsewhere).toEqual([]);
    });

    it('skips at a second run what is done: nothing is pulled, fetched or started again', {
      timeout: 60_000,
    }, async () => {
      const pids = () =>
        machine.vm.exec('cat /opt/inventiv/run/*.pid; docker inspect inventiv-engine-0 --format {{.State.Pid}}');
      const first = await pids();
      machine.vm.hub.requests.length = 0;
      const again = await machine.bootstrap();
      expect(again).toMatchObject({
        weights_fetched_bytes: 0,
        'inventiv-engine-0': 'already running',
        agent: 'already running',
        front: 'already running',
        tls_fingerprint_sha256: facts.tls_fingerprint_sha256,
      });
      expect(await pids()).toBe(first);
      expect(machine.dockerCalls('run')).toBe(1);
      expect(machine.vm.hub.requests).toEqual([]);
    });

    it('starts again by itself after a reboot', {timeout: 60_000}, async () => {
      await machine.vm.reboot();
      const isUp = async () =>
        (await callFront(engine('/health'), {headers: {authorization}}).catch(() => null))?.status === 200;
      await until('the worker', isUp, 30_000);
    });

    it('makes anew what differs, and that alone', {timeout: 60_000}, async () => {
      machine.ask({
        engineArgs: [testModel, '--served-model-name', testModel, '--max-model-len', '2048'],
        maxModelLen: 2048,
      });
      expect(await machine.bootstrap()).toMatchObject({
        'inventiv-engine-0': 'started',
        agent: 'started',
        front: 'already running',
      });
    });

    it('refuses to become another instance’s machine', async () => {
      machine.ask({instanceId: 'ins_other'});
      await expect(machine.bootstrap()).rejects.toMatchObject({detailCode: 'OTHER_INSTANCE'});
      machine.ask({instanceId: 'ins_test'});
    });

    it('leaves the machine as it was, and is done at once the second time', async () => {
      expect((await machine.uninstall()).exitCode).toBe(0);
      expect(await machine.vm.snapshot()).toEqual(before);
      expect((await machine.uninstall()).outputTail).toContain('::fact::{"uninstall":"nothing installed"}');
    });

    // Every phase and every fault: npm run drill:bootstrap.
    it('goes on after its login was reset in the middle of a phase', {timeout: setUpMs}, async () => {
      machine.ask({hubToken: null, engineArgs: [testModel, '--served-model-name', testModel]});
      machine.vm.hub.token = null;
      const outcome = await interrupt({machine, before}, {phase: 'engine', fault: 'reset', afterMs: 200});
      expect(outcome).toMatchObject({hit: true, ready: true, doubled: [], clean: true});
    });
  });
});
