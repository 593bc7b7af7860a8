import {BaseCommand} from '../../src/cli/base-command.ts';
import {catalogFlags} from '../../src/cli/catalog-flags.ts';
import {renderCatalogPrices} from '../../src/ui/views/catalog-views.ts';

export default class CatalogPrices extends BaseCommand<typeof CatalogPrices> {
  static override summary = 'List what GPU types cost, cheapest first, as they were last read';
  static override examples = ['<%= config.bin %> catalog prices', '<%= config.bin %> catalog prices --json'];
  static override flags = catalogFlags;

  async run(): Promise<void> {
    const catalog = await this.withClient(client => client.catalog.show({provider: this.flags.provider}));
    const {provider, syncedAt, types, diskPerGbMonthNanos, ipPerHourNanos} = catalog;
    const prices = types
      .toSorted((a, b) => a.pricePerHourNanos - b.pricePerHourNanos)
      .map(({name, gpuCount, pricePerHourNanos, pricePerMonthNanos, zones}) => ({
        ...{type: name, gpuCount, pricePerHourNanos, pricePerMonthNanos, zones},
      }));
    this.show(
      {provider, syncedAt, prices, diskPerGbMonthNanos, ipPerHourNanos},
      screen => renderCatalogPrices(catalog, screen),
      () => prices.map(price => price.type).join('\n'),
    );
  }
}
