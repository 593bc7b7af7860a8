import {boolean} from '@oclif/core/flags';
import type {ApiClient} from '../../src/cli/api-client.ts';
import {BaseCommand} from '../../src/cli/base-command.ts';
import {durationFlag} from '../../src/cli/flags.ts';
import {runWatch} from '../../src/cli/watch/run-watch.ts';
import {errorCatalogue} from '../../src/core/errors.ts';
import {parseDurationMs, secondMs} from '../../src/core/time.ts';
import {renderEnforced} from '../../src/ui/views/limits-view.ts';

type Enforced = Awaited<ReturnType<ApiClient['limits']['enforce']>>;

export default class InstancesEnforceLimits extends BaseCommand<typeof InstancesEnforceLimits> {
  static override summary = 'End once what reached its time, money or idle limit, for cron and CI';
  static override description =
    'Does what a running "inventiv serve" does every few seconds, and waits until what it ended is gone. Idle timeouts need two runs to tell anything: the second compares with the first. Ends with 0 when all went well, 8 when something could not be looked at or did not end in time.';
  static override examples = [
    '<%= config.bin %> instances enforce-limits',
    {description: 'From cron, every five minutes', command: '<%= config.bin %> instances enforce-limits --json'},
    {
      description: 'Only record it; a running serve deletes',
      command: '<%= config.bin %> instances enforce-limits --detach',
    },
  ];
  static override flags = {
    detach: boolean({char: 'd', description: 'return at once; a running serve drains and deletes'}),
    'wait-timeout': durationFlag('wait-timeout', 'how long to wait for what was ended (default 30m)'),
  };

  async run(): Promise<void> {
    const config = await this.settings();
    await this.withClient(async client => {
      const first = await client.limits.enforce({});
      const timeoutMs = this.flags['wait-timeout'] ?? parseDurationMs(config.waitTimeout, 'waitTimeout');
      const last = this.flags.detach ? first : await this.#carryOut(client, first, Date.now() + timeoutMs);
      if (this.out.mode.json) this.out.jsonLine({type: 'result', ...last});
      else this.out.text(this.out.mode.quiet ? namesOf(last) : renderEnforced(last, this.screen()));
      const isLeft = !this.flags.detach && last.ended.some(isOpen);
      process.exitCode = last.failed > 0 || isLeft ? errorCatalogue.partly_failed.exit : 0;
    }, config);
  }

  /** Drains, then deletes: what is being driven is looked at again in between, until nothing is left of it. */
  async #carryOut(client: ApiClient, first: Enforced, deadlineMs: number): Promise<Enforced> {
    const ended = new Map(first.ended.map(each => [each.id, each]));
    let {failed} = first;
    for (;;) {
      const open = [...ended.values()].filter(isOpen).map(({id}) => id);
      const leftMs = deadlineMs - Date.now();
      if (open.length === 0 || leftMs <= 0) break;
      const {instances, end} = await runWatch({
        instances: await Promise.all(open.map(async id => (await client.instances.show({instance: id})).instance)),
        goal: 'terminated',
        timeoutMs: Math.min(leftMs, lookAgainMs),
        out: this.out,
        isInteractive: this.isInteractive,
        screenNow: () => this.screen(),
        open: signal => client.instances.drive({instances: open}, {signal}),
      });
      for (const {id, state} of instances) update(ended, id, state);
      if (end.kind === 'interrupted') break;
      const next = await client.limits.enforce({});
      failed += next.failed;
      for (const each of next.ended) ended.set(each.id, {...each, reason: ended.get(each.id)?.reason ?? each.reason});
      const isStuck = next.ended.length === 0 && end.kind === 'settled';
      if (isStuck && instances.some(isOpen)) break;
    }

    return {...first, failed, ended: [...ended.values()]};
  }
}

/** A drain that does not end is cut off by a later look. */
const lookAgainMs = 30 * secondMs;

function isOpen({state}: {readonly state: string}): boolean {
  return state !== 'terminated' && state !== 'archived';
}

function update(ended: Map<string, Enforced['ended'][number]>, id: string, state: string): void {
  const before = ended.get(id);
  if (before !== undefined) ended.set(id, {...before, state});
}

function namesOf({ended}: Enforced): string {
  return ended.map(({name}) => name).join('\n');
}
