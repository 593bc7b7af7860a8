// `npm run bench:proxy`: upstream, proxies and clients in one run, interleaved; ratios first, because machines differ.
import type {ChildProcess} from 'node:child_process';
import {mkdtempSync, rmSync} from 'node:fs';
import {availableParallelism, tmpdir} from 'node:os';
import {join} from 'node:path';
import {parseArgs} from 'node:util';
import {nextMessage, readUse, startOn, stop} from './proxy/processes.ts';
import type {LoadJob, LoadResult} from './proxy/protocol.ts';
import type {Sample} from './proxy/report.ts';
import {printScenario} from './proxy/report.ts';
import type {Scenario} from './proxy/scenarios.ts';
import {scenarios} from './proxy/scenarios.ts';
import type {Target} from './proxy/targets.ts';
import {startTarget, targetNames} from './proxy/targets.ts';

const help = `npm run bench:proxy -- [options]
  --scenario NAME,...  ${scenarios.map(({name}) => name).join(', ')} (default: all)
  --target NAME,...    ${targetNames.join(', ')} (default: all)
  --rounds N           repetitions of each (default 5)
  --seconds N          length of each (default 3; a paced stream alone takes 2)
  --json               samples as JSON lines on stdout
  --profile DIR        writes a CPU profile of inventiv there`;

const {values} = parseArgs({
  options: {
    scenario: {type: 'string'},
    target: {type: 'string'},
    rounds: {type: 'string', default: '5'},
    seconds: {type: 'string', default: '3'},
    json: {type: 'boolean', default: false},
    profile: {type: 'string'},
    help: {type: 'boolean', default: false},
  },
});

/** The proxy has one core for itself; upstream and clients share the others. */
const [proxyCores, otherCores] = availableParallelism() > 1 ? ['0', `1-${availableParallelism() - 1}`] : [null, null];
const warmUpMs = 1000;
const rampMsPerConnection = 2;
const rssEveryMs = 200;

if (values.help) console.log(help);
else await main();

async function main(): Promise<void> {
  const chosen = pick(scenarios, values.scenario, ({name}) => name);
  const names = pick(targetNames, values.target, name => name);
  const scratch = mkdtempSync(join(tmpdir(), 'inventiv-bench-proxy-'));
  const children: ChildProcess[] = [];
  const helper = (file: string): ChildProcess => {
    const child = startOn(otherCores, [process.execPath, join(import.meta.dirname, 'proxy', file)], {
      stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
    });
    children.push(child);
    return child;
  };

  try {
    const {port: upstreamPort} = await nextMessage<{port: number}>(helper('upstream.ts'));
    const clients = helper('load.ts');
    const nodeArgs = values.profile === undefined ? [] : ['--cpu-prof', `--cpu-prof-dir=${values.profile}`];
    const targets: Target[] = [];
    for (const name of names) {
      const target = await startTarget(name, {upstreamPort, cores: proxyCores, scratch, nodeArgs});
      if (target !== null) targets.push(target);
      if (target?.child) children.push(target.child);
    }

    for (const scenario of chosen) {
      const samples = await runScenario(scenario, targets, clients);
      if (values.json) for (const sample of samples) console.log(JSON.stringify(sample));
      else printScenario(scenario, samples);
    }
  } finally {
    await Promise.all(children.toReversed().map(stop));
    rmSync(scratch, {recursive: true, force: true});
  }
}

async function runScenario(
  scenario: Scenario,
  targets: readonly Target[],
  clients: ChildProcess,
): Promise<readonly Sample[]> {
  const samples: Sample[] = [];
  const durationMs = Number(values.seconds) * 1000;
  for (const target of targets) await measure(scenario, target, clients, warmUpMs);
  for (let round = 0; round < Number(values.rounds); round++) {
    // In another order each time: a busy moment of the machine must not always hit the same one.
    for (const target of targets.toSorted(() => Math.random() - 0.5)) {
      samples.push(await measure(scenario, target, clients, durationMs));
    }
  }

  return samples;
}

async function measure(scenario: Scenario, target: Target, clients: ChildProcess, durationMs: number): Promise<Sample> {
  const pid = target.child?.pid ?? null;
  const before = pid === null ? null : readUse(pid);
  let rssMb = before?.rssMb ?? 0;
  const watching = setInterval(() => {
    if (pid !== null) rssMb = Math.max(rssMb, readUse(pid).rssMb);
  }, rssEveryMs);
  const rampMs = scenario.paced ? scenario.connections * rampMsPerConnection : 0;
  const job: LoadJob = {
    port: target.port,
    request: httpRequest(scenario, target),
    connections: scenario.connections,
    rampMs,
    durationMs,
  };
  clients.send(job);
  const result = await nextMessage<LoadResult>(clients);
  clearInterval(watching);
  const after = pid === null ? null : readUse(pid);
  const cpuSeconds = before === null || after === null ? 0 : after.cpuSeconds - before.cpuSeconds;
  return {scenario: scenario.name, target: target.name, ...result, cpuSeconds, rssMb, rssBeforeMb: before?.rssMb ?? 0};
}

function httpRequest({path, body}: Scenario, {headers}: Target): string {
  const lines = Object.entries({
    host: 'bench',
    'content-type': 'application/json',
    ...headers,
    'content-length': String(Buffer.byteLength(body)),
  });
  return `POST ${path} HTTP/1.1\r\n${lines.map(([name, value]) => `${name}: ${value}\r\n`).join('')}\r\n${body}`;
}

function pick<T>(all: readonly T[], wanted: string | undefined, nameOf: (item: T) => string): readonly T[] {
  if (wanted === undefined) return all;
  return wanted.split(',').map(name => {
    const found = all.find(item => nameOf(item) === name);
    if (found === undefined) throw new Error(`expected one of ${all.map(nameOf).join(', ')}, got "${name}"`);
    return found;
  });
}
