import ReconcileAll from './all.ts';

export default class ReconcileVolumes extends ReconcileAll {
  static override summary = 'Compare volumes with the provider, and delete those that belong to nothing';
  static override examples = [
    '<%= config.bin %> reconcile volumes --dry-run',
    '<%= config.bin %> reconcile volumes --yes --json',
  ];

  protected override readonly kinds = ['volume'] as const;
}
