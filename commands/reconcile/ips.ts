import ReconcileAll from './all.ts';

export default class ReconcileIps extends ReconcileAll {
  static override summary = 'Compare addresses with the provider, and delete those that belong to nothing';
  static override examples = [
    '<%= config.bin %> reconcile ips --dry-run',
    '<%= config.bin %> reconcile ips --yes --json',
  ];

  protected override readonly kinds = ['ip'] as const;
}
