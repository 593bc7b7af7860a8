import {string} from '@oclif/core/args';
import {boolean} from '@oclif/core/flags';
import {BaseCommand} from '../../src/cli/base-command.ts';
import {limitFlags} from '../../src/cli/limit-flags.ts';
import {warnUnenforced} from '../../src/cli/limits-note.ts';
import {InventivError} from '../../src/core/errors.ts';
import {limitsText, renderLimitsChanged} from '../../src/ui/views/limits-view.ts';

export default class InstancesLimits extends BaseCommand<typeof InstancesLimits> {
  static override summary = 'Show or change after how much time, money or idling an instance ends by itself';
  static override description =
    'Without flags it shows. --ttl counts from the request, --max-spend from the power-on, --idle-timeout from the last request. A running "inventiv serve" ends what reached a limit: it drains first, then deletes as "down" does.';
  static override examples = [
    '<%= config.bin %> instances limits prod-1',
    {description: 'Four hours more than before', command: '<%= config.bin %> instances limits prod-1 --ttl 12h'},
    '<%= config.bin %> instances limits prod-1 --max-spend 20EUR --idle-timeout 30m',
    {description: 'Run until it is taken down', command: '<%= config.bin %> instances limits prod-1 --clear'},
  ];
  static override args = {instance: string({required: true, description: 'id or name'})};
  static override flags = {
    ...limitFlags,
    clear: boolean({description: 'take all limits away that are not given beside it'}),
    yes: boolean({char: 'y', description: 'do not ask when the new limit is reached already'}),
  };

  async run(): Promise<void> {
    await this.withClient(async client => {
      const {instance} = this.args;
      const wish = this.#wish();
      const {limits: before, instance: found} = await client.limits.change({instance, ...wish, dryRun: true});
      const isChange = Object.keys(wish).length > 0;
      if (isChange && before?.timeLeftMs === 0 && before.endsBy !== null) {
        this.out.note(`${found.name} has reached that limit already: it would be ended at once.`);
        if (!(await this.confirm('Set it all the same?', this.flags.yes))) return this.out.note('Nothing was changed.');
      }

      const after = isChange ? await client.limits.change({instance, ...wish}) : {instance: found, limits: before};
      this.show(
        {...after.instance, limits: after.limits},
        screen => renderLimitsChanged(after.instance.name, after.limits, screen),
        () => (after.limits === null ? 'none' : limitsText(after.limits, this.screen())),
      );
      if (after.limits !== null) await warnUnenforced(client, this.out, this.noteScreen());
    });
  }

  #wish() {
    const {ttl, clear, 'max-spend': spend, 'idle-timeout': idle} = this.flags;
    if (clear && ttl !== undefined && spend !== undefined && idle !== undefined) {
      throw new InventivError('invalid_input', 'expected --clear to take a limit away, and all three are given', {
        hint: 'Leave --clear out.',
        param: '--clear',
      });
    }

    const absent = clear ? null : undefined;
    return Object.fromEntries(
      [
        ['ttlMs', ttl ?? absent],
        ['spendMaxNanos', spend ?? absent],
        ['idleTimeoutMs', idle ?? absent],
      ].filter(([, value]) => value !== undefined),
    ) as {ttlMs?: number | null; spendMaxNanos?: number | null; idleTimeoutMs?: number | null};
  }
}
