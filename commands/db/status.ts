import {BaseCommand} from '../../src/cli/base-command.ts';
import {loadComposition} from '../../src/cli/open-app.ts';
import {storeNewer} from '../../src/core/store-newer.ts';
import {renderStoreStatus} from '../../src/ui/views/store-view.ts';

export default class DbStatus extends BaseCommand<typeof DbStatus> {
  static override summary = 'Show where the store is, its schema version and pending migrations';
  static override examples = ['<%= config.bin %> db status', '<%= config.bin %> db status --json'];

  async run(): Promise<void> {
    const {openStoreTools} = await loadComposition();
    const status = await (await openStoreTools(await this.openOptions())).status();
    this.show(
      status,
      screen => renderStoreStatus(status, screen),
      () => status.location,
    );
    const {location, schemaVersion, programVersion} = status;
    if (schemaVersion !== null && schemaVersion > programVersion)
      throw storeNewer(location, schemaVersion, programVersion);
  }
}
