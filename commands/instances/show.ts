import Show from '../show.ts';

export default class InstancesShow extends Show {
  static override summary = 'Show one instance (the same as "show")';
  static override examples = [
    '<%= config.bin %> instances show prod-1',
    '<%= config.bin %> instances show prod-1 --json',
  ];
}
