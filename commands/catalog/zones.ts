import {BaseCommand} from '../../src/cli/base-command.ts';
import {catalogFlags} from '../../src/cli/catalog-flags.ts';
import {renderCatalogZones} from '../../src/ui/views/catalog-views.ts';

export default class CatalogZones extends BaseCommand<typeof CatalogZones> {
  static override summary = 'List the zones that sell GPU types, as they were last read';
  static override examples = ['<%= config.bin %> catalog zones', '<%= config.bin %> catalog zones --json'];
  static override flags = catalogFlags;

  async run(): Promise<void> {
    const catalog = await this.withClient(client => client.catalog.show({provider: this.flags.provider}));
    this.show(
      {provider: catalog.provider, syncedAt: catalog.syncedAt, zones: catalog.zones},
      screen => renderCatalogZones(catalog, screen),
      () => catalog.zones.map(zone => zone.name).join('\n'),
    );
  }
}
