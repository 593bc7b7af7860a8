import ReconcileAll from './all.ts';

export default class ReconcileServers extends ReconcileAll {
  static override summary = 'Compare servers with the provider, and delete those that belong to nothing';
  static override examples = [
    '<%= config.bin %> reconcile servers --dry-run',
    '<%= config.bin %> reconcile servers --yes --json',
  ];

  protected override readonly kinds = ['server'] as const;
}
