import ReconcileAll from './all.ts';

export default class ReconcileSnapshots extends ReconcileAll {
  static override summary = 'Compare snapshots with the provider, and delete those that belong to nothing';
  static override examples = [
    '<%= config.bin %> reconcile snapshots --dry-run',
    '<%= config.bin %> reconcile snapshots --yes --json',
  ];

  protected override readonly kinds = ['snapshot'] as const;
}
