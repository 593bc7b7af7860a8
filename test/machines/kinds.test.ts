import {describe, expect, it} from 'vitest';
import {callFront} from '../bootstrap/front-client.ts';
import {Machine, testModel, workerKey} from '../bootstrap/machine.ts';
import {hasPart} from '../support/parts.ts';
import {until} from '../support/until.ts';
import {nvidiaL4} from '../support/vm/scenario.ts';

const authorization = `Bearer ${workerKey}`;
const chat = {model: testModel, messages: [{role: 'user', content: 'Hello'}], max_tokens: 2};
const setUpMs = 120_000;

describe.skipIf(!hasPart('machines'))('the bootstrap of another kind of machine', () => {
  it('runs one engine on each GPU in multi mode: sessions stay, load is spread, a dead engine is left out', {
    timeout: setUpMs,
  }, async () => {
    await using machine = await Machine.start({scenario: {gpus: [nvidiaL4, nvidiaL4]}});
    machine.ask({mode: 'multi', gpuCount: 2});
    await machine.bootstrap();
    const runs = machine.vm.calls.filter(({argv}) => argv[0] === 'run').map(({argv}) => argv);
    expect(runs.map(argv => argv[argv.indexOf('--gpus') + 1])).toEqual(['"device=0"', '"device=1"']);

    const headers = {authorization};
    const url = `https://${machine.vm.address}:8000/v1/chat/completions`;
    const healthy = async () =>
      (await machine.vm.tryExec('curl -sf 127.0.0.1:18000/health && curl -sf 127.0.0.1:18001/health')).status === 0;
    await until('both engines', healthy, 30_000);
    const served = async () =>
      (
        await Promise.all(
          [18_000, 18_001].map(port =>
            machine.vm.exec(
              `curl -s 127.0.0.1:${port}/metrics | grep '^vllm:request_success_total' | awk '{sum+=$2} END {print sum+0}'`,
            ),
          ),
        )
      ).map(Number);
    const ask = (session: string | null) =>
      callFront(url, {
        method: 'POST',
        headers: session === null ? headers : {...headers, 'x-inventiv-session': session},
        body: chat,
      });

    // The front finds an engine up a moment after it is.
    await until(
      'the front to find both',
      async () => {
        await ask(null);
        return (await served()).every(count => count > 0);
      },
      20_000,
    );
    const beforeSession = await served();
    for (let count = 0; count < 6; count++) expect((await ask('one')).status).toBe(200);
    const grown = (await served()).map((count, index) => count - (beforeSession[index] ?? 0));
    expect(grown.toSorted()).toEqual([0, 6]);

    const chosen = grown.indexOf(6);
    await machine.vm.exec(`docker stop --time 1 inventiv-engine-${chosen}`);
    for (let count = 0; count < 4; count++) expect((await ask('one')).status).toBe(200);
  });

  it('needs no systemd, and uninstalls as well without', {timeout: setUpMs}, async () => {
    await using machine = await Machine.start({systemd: false});
    const before = await machine.vm.snapshot();
    await machine.bootstrap();
    // What dies is started again.
    const pid = (await machine.vm.exec('cat /opt/inventiv/run/agent.pid')).trim();
    await machine.vm.exec(`kill -9 ${pid}`);
    await until('the agent to come back', async () => {
      const answer = await callFront(`https://${machine.vm.address}:8080/info`, {headers: {authorization}});
      return answer.status === 200 && machine.vm.readFile('/opt/inventiv/run/agent.pid').trim() !== pid;
    });
    expect(await machine.bootstrap()).toMatchObject({agent: 'already running', front: 'already running'});
    await machine.uninstall();
    expect(await machine.vm.snapshot()).toEqual(before);
  });

  it('puts its own front before an engine that the machine brings', {timeout: setUpMs}, async () => {
    await using machine = await Machine.start({scenario: {docker: 'absent'}});
    const vllm = '/usr/lib/inventiv-vm/repository/src/adapters/providers/mock/fake-vllm/main.ts';
    machine.ask({
      runtime: 'native',
      engineCommand: ['/usr/lib/inventiv-vm/node', vllm],
      image: null,
      managesDisks: false,
    });
    const before = await machine.vm.snapshot();
    await machine.bootstrap();
    const url = `https://${machine.vm.address}:8000/v1/chat/completions`;
    const isUp = async () =>
      (await callFront(url, {method: 'POST', headers: {authorization}, body: chat})).status === 200;
    await until('the engine', isUp, 30_000);
    await machine.uninstall();
    expect(await machine.vm.snapshot()).toEqual(before);
  });
});
