import {string} from '@oclif/core/args';
import {boolean, integer} from '@oclif/core/flags';
import type {ApiClient} from '../../src/cli/api-client.ts';
import {BaseCommand} from '../../src/cli/base-command.ts';
import {interruptible} from '../../src/cli/interrupt.ts';
import {type PointShape, renderMetrics} from '../../src/ui/views/metrics-view.ts';

const watchEveryMs = 2000;
const pointsKeptMax = 720;
const clearScreen = '\u001b[H\u001b[2J';

export default class InstancesMetrics extends BaseCommand<typeof InstancesMetrics> {
  static override summary =
    'Show the load of a worker over time: GPU, queue, KV cache, time to the first token, tokens/s';
  static override examples = [
    '<%= config.bin %> instances metrics prod-1',
    '<%= config.bin %> instances metrics prod-1 --watch',
    {description: 'As JSON, an object per look', command: '<%= config.bin %> instances metrics prod-1 --watch --json'},
  ];
  static override args = {instance: string({required: true, description: 'id or name'})};
  static override flags = {
    watch: boolean({char: 'w', description: 'look again every two seconds, until Ctrl-C'}),
    samples: integer({description: 'how many of the last samples', min: 1, max: pointsKeptMax, default: 120}),
  };

  async run(): Promise<void> {
    const {watch, samples} = this.flags;
    await this.withClient(async client => {
      if (watch) {
        await interruptible(signal => this.#watch(client, signal));
        return;
      }

      const metrics = await client.instances.metrics({instance: this.args.instance, samples});
      this.show(metrics, screen => renderMetrics(metrics, screen));
    });
  }

  /** Without heartbeats each look gives one point: they are kept here, so that there is something to plot. */
  async #watch(client: ApiClient, signal: AbortSignal): Promise<void> {
    let seen: readonly PointShape[] = [];
    while (!signal.aborted) {
      const metrics = await client.instances.metrics({instance: this.args.instance, samples: this.flags.samples});
      const fresh = metrics.points.filter(({at}) => at > (seen.at(-1)?.at ?? ''));
      seen = metrics.source === 'heartbeats' ? metrics.points : [...seen, ...fresh].slice(-pointsKeptMax);
      if (this.out.mode.json) this.out.jsonLine({...metrics, points: fresh});
      else
        this.out.text(
          `${this.isInteractive ? clearScreen : ''}${renderMetrics({...metrics, points: seen}, this.screen())}`,
        );
      await pause(watchEveryMs, signal);
    }
  }
}

async function pause(durationMs: number, signal: AbortSignal): Promise<void> {
  const {promise, resolve} = Promise.withResolvers<void>();
  const timer = setTimeout(resolve, durationMs);
  signal.addEventListener('abort', () => resolve(), {once: true});
  if (!signal.aborted) await promise;
  clearTimeout(timer);
}
