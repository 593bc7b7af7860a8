import ReconcileAll from './all.ts';

export default class ReconcileSecurityGroups extends ReconcileAll {
  static override summary = 'Compare security groups with the provider, and delete those that belong to nothing';
  static override examples = [
    '<%= config.bin %> reconcile security-groups --dry-run',
    '<%= config.bin %> reconcile security-groups --yes --json',
  ];

  protected override readonly kinds = ['security_group'] as const;
}
