import {boolean, string} from '@oclif/core/flags';
import type {ApiClient, CreateRequest, InstanceView} from '../src/cli/api-client.ts';
import {BaseCommand} from '../src/cli/base-command.ts';
import {durationFlag} from '../src/cli/flags.ts';
import {chooseHost} from '../src/cli/hosts/choose-host.ts';
import {warnUnenforced} from '../src/cli/limits-note.ts';
import {withMockFlags} from '../src/cli/mock-config.ts';
import {hostFlags, mockFlags, requestFlags} from '../src/cli/request-flags.ts';
import {createRequestOf} from '../src/cli/up-request.ts';
import {reportUp} from '../src/cli/watch/report-up.ts';
import {runWatch} from '../src/cli/watch/run-watch.ts';
import {InventivError} from '../src/core/errors.ts';
import {hostZone} from '../src/core/host/host.ts';
import {parseDurationMs} from '../src/core/time.ts';
import {renderDetached} from '../src/ui/views/left-panel.ts';
import {renderPlan} from '../src/ui/views/plan-view.ts';

export default class Up extends BaseCommand<typeof Up> {
  static override summary = 'Start a model on a GPU instance and wait until it answers';
  static override description =
    'Chooses the cheapest type that fits, creates the server, installs the worker, loads the model and tries it once. Ctrl-C stops watching, not the instance; "up --resume" goes on. Ends with 0 only when every instance is ready.';
  static override examples = [
    {
      description: 'On this machine, without any account',
      command: '<%= config.bin %> up --provider mock --model Qwen/Qwen2.5-0.5B-Instruct',
    },
    {
      description: 'What would it choose and cost?',
      command: '<%= config.bin %> up --model qwen3-8b --provider scaleway --dry-run',
    },
    {
      description: 'Three of the same, for a script',
      command: '<%= config.bin %> up --model qwen3-8b --name prod --count 3 --json',
    },
    {
      description: 'For a working day, and 20 euros at most; a running serve ends it',
      command: '<%= config.bin %> up --model qwen3-8b --ttl 8h --max-spend 20EUR --idle-timeout 30m',
    },
    {
      description: 'On a machine you have',
      command: '<%= config.bin %> up --provider host --ssh root@203.0.113.7 --model qwen3-8b',
    },
    {description: 'Go on with one that was left', command: '<%= config.bin %> up --resume prod-1'},
  ];
  static override flags = {
    ...requestFlags,
    ...mockFlags,
    ...hostFlags,
    detach: boolean({
      char: 'd',
      description: 'record it and return at once; a running serve does the work',
      exclusive: ['resume', 'dry-run'],
    }),
    resume: string({
      multiple: true,
      multipleNonGreedy: true,
      delimiter: ',',
      description: 'go on with these instances (ids or names, commas between)',
      exclusive: ['model', 'name', 'count', 'dry-run'],
    }),
    'dry-run': boolean({description: 'show what would be created and what it costs'}),
    'wait-timeout': durationFlag('wait-timeout', 'how long to watch (default 30m); the instance stays after that'),
  };

  async run(): Promise<void> {
    const config = withMockFlags(await this.settings(), this.flags);
    await this.withClient(async client => {
      if (this.flags['dry-run']) return await this.#plan(client);
      const instances = await this.#instances(client);
      if (instances.some(({limits}) => limits !== null)) await warnUnenforced(client, this.out, this.noteScreen());
      if (this.flags.detach)
        return this.show(
          instances,
          screen => renderDetached(instances, screen),
          () => namesOf(instances),
        );
      const result = await runWatch({
        instances,
        goal: 'ready',
        timeoutMs:
          this.flags['wait-timeout'] ??
          parseDurationMs(config.waitTimeout, 'waitTimeout') + (this.flags['wait-capacity'] ?? 0),
        out: this.out,
        isInteractive: this.isInteractive,
        screenNow: () => this.screen(),
        open: signal => client.instances.drive({instances: instances.map(each => each.id)}, {signal}),
      });
      process.exitCode = reportUp(result, {
        out: this.out,
        screen: this.screen(),
        serveUrl: `http://${config.serve.host}:${config.serve.port}`,
      });
    }, config);
  }

  async #plan(client: ApiClient): Promise<void> {
    const request = await this.#request(client);
    const plan = await client.instances.plan(request);
    this.show(plan, screen => renderPlan(plan, request.count, screen));
  }

  async #instances(client: ApiClient): Promise<InstanceView[]> {
    if (this.flags.resume !== undefined) {
      return await Promise.all(
        this.flags.resume.map(async instance => (await client.instances.show({instance})).instance),
      );
    }

    return await client.instances.create(await this.#request(client));
  }

  /** With `--ssh`, the machine is chosen: it is a type of its own. */
  async #request(client: ApiClient): Promise<CreateRequest> {
    const {ssh, fingerprint, ...flags} = this.flags;
    if (ssh === undefined) return createRequestOf(flags, await this.settings());
    if (flags.provider !== undefined && flags.provider !== 'host') {
      throw new InventivError('invalid_input', `--ssh is for the provider "host", not "${flags.provider}".`, {
        hint: 'inventiv up --provider host --ssh user@address --model NAME',
        param: '--ssh',
      });
    }

    const host = await chooseHost(client, ssh, {
      fingerprint,
      yes: false,
      note: line => this.out.note(line),
      confirm: (question, yes) => this.confirm(question, yes),
    });
    return createRequestOf({...flags, provider: 'host', type: [host.name], zone: [hostZone]}, await this.settings());
  }
}

function namesOf(instances: readonly InstanceView[]): string {
  return instances.map(each => each.name).join('\n');
}
