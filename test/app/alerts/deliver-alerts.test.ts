import {describe, expect, it} from 'vitest';
import {deliverAlerts} from '../../../src/app/alerts/deliver-alerts.ts';
import {raiseAlert, resolveAlert} from '../../../src/app/alerts/raise-alert.ts';
import type {DeliveryOutcome} from '../../../src/core/alerts/delivery.ts';
import {dayMs, hourMs, minuteMs} from '../../../src/core/time.ts';
import {TestApp} from '../../support/test-app.ts';

const signal = new AbortController().signal;
const ok: DeliveryOutcome = {kind: 'answered', status: 200};

describe('alerts on their way to the webhook', () => {
  it('are told raised and resolved, in order, each once', async () => {
    await using app = await TestApp.open();
    const sent: {type: string; id: string}[] = [];
    const tools = toolsOf(app, body => {
      sent.push(JSON.parse(body));
      return ok;
    });
    const alert = await raiseAlert(app.store, aDeadWorker(app));
    await resolveAlert(app.store, alert, 'it answers again');
    expect(await deliverAlerts(tools, signal)).toEqual({delivered: 2, failed: 0});
    expect(await deliverAlerts(tools, signal)).toEqual({delivered: 0, failed: 0});
    expect(sent).toMatchObject([
      {type: 'alert.raised', alert: {kind: 'dead_worker', severity: 'critical', subject: {name: 'prod-1'}}},
      {type: 'alert.resolved', alert: {resolution: 'it answers again'}},
    ]);
    expect(new Set(sent.map(({id}) => id)).size).toBe(2);
  });

  it('are tried again with growing pauses, ten times at most', async () => {
    await using app = await TestApp.open();
    const triedAtMs: number[] = [];
    const tools = toolsOf(app, () => {
      triedAtMs.push(app.clock.nowMs());
      return {kind: 'answered', status: 503};
    });
    await raiseAlert(app.store, aDeadWorker(app));
    for (let elapsed = 0; elapsed < 4 * hourMs; elapsed += 10_000) {
      await deliverAlerts(tools, signal);
      await app.clock.advance(10_000);
    }

    const pauses = triedAtMs.slice(1).map((at, index) => (at - (triedAtMs[index] ?? 0)) / 1000);
    expect(pauses).toEqual([10, 20, 40, 80, 160, 320, 640, 1280, 2560]);
  });

  it.each([
    ['a refusal', {kind: 'answered', status: 404}, 1],
    ['an address that is not allowed', {kind: 'failed', reason: 'private', permanent: true}, 1],
    ['too many requests', {kind: 'answered', status: 429}, 2],
    ['a broken connection', {kind: 'failed', reason: 'ECONNRESET', permanent: false}, 2],
  ] as const)('end at %s only when no later try can end otherwise', async (_what, outcome, triesExpected) => {
    await using app = await TestApp.open();
    let tries = 0;
    const tools = toolsOf(app, () => {
      tries += 1;
      return outcome;
    });
    await raiseAlert(app.store, aDeadWorker(app));
    await deliverAlerts(tools, signal);
    await app.clock.advance(minuteMs);
    await deliverAlerts(tools, signal);
    expect(tries).toBe(triesExpected);
  });

  it('of more than a day ago are not told to a webhook that is new', async () => {
    await using app = await TestApp.open();
    await raiseAlert(app.store, aDeadWorker(app));
    await app.clock.advance(dayMs + 1);
    expect(
      await deliverAlerts(
        toolsOf(app, () => ok),
        signal,
      ),
    ).toEqual({delivered: 0, failed: 0});
  });
});

function toolsOf(app: TestApp, answer: (body: string) => DeliveryOutcome) {
  return {alerts: app.store.alerts, clock: app.clock, webhook: {send: async ({body}: {body: string}) => answer(body)}};
}

function aDeadWorker({caller}: TestApp) {
  return {
    organizationId: caller.scope.organizationId,
    kind: 'dead_worker',
    subjectId: 'ins_1',
    subjectName: 'prod-1',
    message: 'prod-1 has been silent for 5 minutes.',
    hint: null,
    details: {},
  } as const;
}
