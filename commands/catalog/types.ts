import {BaseCommand} from '../../src/cli/base-command.ts';
import {catalogFlags} from '../../src/cli/catalog-flags.ts';
import {columnsFlag} from '../../src/cli/flags.ts';
import {renderCatalogTypes, typeColumnKeys} from '../../src/ui/views/catalog-views.ts';

export default class CatalogTypes extends BaseCommand<typeof CatalogTypes> {
  static override summary = 'List the GPU types as they were last read, with the zones that sell them';
  static override examples = [
    '<%= config.bin %> catalog types',
    '<%= config.bin %> catalog types --columns type,usable,price --json',
  ];
  static override flags = {...catalogFlags, columns: columnsFlag(typeColumnKeys)};

  async run(): Promise<void> {
    const catalog = await this.withClient(client => client.catalog.show({provider: this.flags.provider}));
    this.show(
      catalog,
      screen => renderCatalogTypes(catalog, screen, this.flags.columns),
      () => catalog.types.map(type => type.name).join('\n'),
    );
  }
}
