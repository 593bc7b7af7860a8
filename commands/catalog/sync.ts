import {BaseCommand} from '../../src/cli/base-command.ts';
import {catalogFlags} from '../../src/cli/catalog-flags.ts';
import {renderCatalogSync} from '../../src/ui/views/catalog-views.ts';

export default class CatalogSync extends BaseCommand<typeof CatalogSync> {
  static override summary = 'Read types, prices, zones and stock from the provider, and keep them';
  static override examples = [
    '<%= config.bin %> catalog sync',
    '<%= config.bin %> catalog sync --provider mock --json',
  ];
  static override flags = catalogFlags;

  async run(): Promise<void> {
    const catalog = await this.withClient(client => client.catalog.sync({provider: this.flags.provider}));
    this.show(
      catalog,
      () => renderCatalogSync(catalog),
      () => String(catalog.types.length),
    );
  }
}
