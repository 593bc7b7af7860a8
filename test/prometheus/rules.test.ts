import {spawnSync} from 'node:child_process';
import {readFileSync} from 'node:fs';
import {join} from 'node:path';
import {describe, expect, it} from 'vitest';
import {resourceKinds} from '../../src/core/instance/resource.ts';
import {serveLoops} from '../../src/serve/loops/list.ts';
import {ServeMetrics} from '../../src/serve/metrics.ts';
import {healthTools} from '../support/health-tools.ts';
import {hasPart} from '../support/parts.ts';
import {TestApp} from '../support/test-app.ts';

const root = join(import.meta.dirname, '..', '..');
const rulesPath = join(root, 'docs', 'prometheus', 'alerts.yml');

describe('the Prometheus rules that ship', () => {
  it('are in the package', () => {
    const {files} = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as {files: string[]};
    expect(files).toContain('docs/prometheus');
  });

  it.runIf(hasPart('promtool'))('are read by promtool without complaint', () => {
    const {status, stdout, stderr} = spawnSync('promtool', ['check', 'rules', rulesPath], {encoding: 'utf8'});
    expect(`${status} ${stdout}${stderr}`).toMatch(/^0 .*SUCCESS/s);
  });

  it.runIf(hasPart('promtool')).each(['money-rules.yml', 'health-rules.yml'])(
    'tell of what %s has, when it is so and not before',
    file => {
      const tests = join(import.meta.dirname, file);
      const {status, stdout, stderr} = spawnSync('promtool', ['test', 'rules', tests], {encoding: 'utf8'});
      expect(status, `${stdout}${stderr}`).toBe(0);
    },
  );

  it('name metrics and loops that serve has', async () => {
    await using app = await TestApp.open();
    const rules = readFileSync(rulesPath, 'utf8');
    const metrics = new ServeMetrics();
    metrics.leakFound('mock', Object.fromEntries(resourceKinds.map(kind => [kind, 0])));
    metrics.loopRan('limits', {result: 'ok', processed: 0, failed: 0, durationMs: 0, endedAtMs: 0});
    metrics.alertTold('dead_worker', 'raised');
    metrics.checkMade({kind: 'probe', isOk: true, durationMs: 1});
    metrics.observe({
      inFlight: () => 0,
      retryBudget: () => 0,
      budgetReservedNanos: () => 0,
      usageQueued: () => 0,
      snapshotAgeMs: () => 0,
      eventSubscribers: () => 0,
      instancesByState: () => new Map(),
      workers: () => [],
    });
    const {text} = await metrics.render();
    const named = [...rules.matchAll(/\binventiv_[a-z_]+/g)].map(([name]) => name);
    expect(named.filter(name => !text.includes(name))).toEqual([]);
    const tools = {...app.tools, ...healthTools(app), webhook: null};
    const pool = {pickUp: async () => ({started: 0, driving: 0, waiting: 0}), [Symbol.asyncDispose]: async () => {}};
    const loops = serveLoops(tools, pool).map(({name}) => name);
    const told = [...rules.matchAll(/loop="([^"]+)"/g)].map(([, name]) => name ?? '');
    expect(told.filter(name => !loops.includes(name))).toEqual([]);
    expect(told).not.toEqual([]);
  });
});
