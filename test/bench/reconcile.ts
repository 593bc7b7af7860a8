// `npm run bench:reconcile`: how long a pass takes and how many API calls it makes, by the number of volumes.
import {parseArgs} from 'node:util';
import {Fleet} from './reconcile/fleet.ts';

const help = `npm run bench:reconcile -- [options]
  --volumes N,...  sizes of the fleet (default 100,1000,10000)
  --json           one line of JSON for each pass
Ends with 1 where a pass makes calls for each volume, or a volume costs more than twice what it costs at a tenth of the size.`;

const {values} = parseArgs({
  options: {
    volumes: {type: 'string', default: '100,1000,10000'},
    json: {type: 'boolean', default: false},
    help: {type: 'boolean', default: false},
  },
});

interface Row {
  readonly volumes: number;
  readonly orphans: number;
  readonly pass: string;
  readonly wallMs: number;
  /** Of this process: the provider plays in another. */
  readonly cpuMs: number;
  readonly listCalls: number;
  /** Types and stock of every zone, read when they are older than a quarter of an hour. */
  readonly catalogCalls: number;
  readonly otherCalls: number;
  readonly deleted: number;
}

const orphanShare = 0.01;
const pageSize = 100;
/** Lists of the zone that are empty here, each one page: local volumes, addresses, groups, servers. */
const emptyLists = 4;
/** Looked at again, asked for, deleted, confirmed. */
const callsPerDeletion = 4;
const growthMax = 2;

if (values.help) console.log(help);
else process.exitCode = report(await measure(values.volumes.split(',').map(Number)));

async function measure(sizes: readonly number[]): Promise<readonly Row[]> {
  if (sizes.some(size => !Number.isInteger(size) || size < 1)) throw new Error(`expected sizes, got ${values.volumes}`);
  // Compiles what the first pass would, so that the smallest fleet does not pay for all.
  await measureFleet(pageSize);
  const rows: Row[] = [];
  for (const size of sizes) rows.push(...(await measureFleet(size)));
  return rows;
}

async function measureFleet(volumes: number): Promise<readonly Row[]> {
  const orphans = Math.max(1, Math.round(volumes * orphanShare));
  await using fleet = await Fleet.open({volumes, orphans});
  const found = await measurePass(fleet, {volumes, orphans, pass: 'find'});
  fleet.wait();
  const deleted = await measurePass(fleet, {volumes, orphans, pass: 'delete'});
  fleet.wait();
  return [found, deleted, await measurePass(fleet, {volumes: volumes - orphans, orphans: 0, pass: 'clean'})];
}

async function measurePass(fleet: Fleet, of: Pick<Row, 'volumes' | 'orphans' | 'pass'>): Promise<Row> {
  const cpuBefore = process.cpuUsage();
  const startedAtMs = performance.now();
  const {totals} = await fleet.pass();
  const wallMs = performance.now() - startedAtMs;
  const cpu = process.cpuUsage(cpuBefore);
  const {calls, left} = await fleet.takeCalls();
  if (of.pass === 'delete' && left !== of.volumes - of.orphans) throw new Error(`${left} volumes are left`);
  const expected = {find: 0, delete: of.orphans, clean: 0}[of.pass];
  if (totals.done !== expected || totals.failed > 0) throw new Error(`did ${totals.done}, failed ${totals.failed}`);
  const otherCalls = of.pass === 'delete' ? of.orphans * callsPerDeletion : 0;
  const cpuMs = (cpu.user + cpu.system) / 1000;
  const catalogCalls = calls.filter(path => path.includes('/products/')).length;
  const listCalls = calls.length - otherCalls - catalogCalls;
  return {...of, wallMs, cpuMs, listCalls, catalogCalls, otherCalls, deleted: totals.done};
}

function report(rows: readonly Row[]): number {
  if (values.json) for (const row of rows) console.log(JSON.stringify(row));
  else {
    console.log('volumes  orphans  pass     wall ms   cpu ms  cpu us/volume  list calls  catalogue  deletions');
    for (const row of rows) {
      const {volumes, orphans, pass, wallMs, cpuMs, listCalls, catalogCalls, otherCalls} = row;
      const cells = [pad(volumes, 7), pad(orphans, 9), `  ${pass.padEnd(7)}`, pad(wallMs, 9), pad(cpuMs, 9)];
      const calls = [pad(listCalls, 12), pad(catalogCalls, 11), pad(otherCalls, 11)];
      console.log([...cells, pad((cpuMs * 1000) / volumes, 15), ...calls].join(''));
    }
  }

  const faults = rows.flatMap(row => faultsOf(row, rows));
  for (const fault of faults) console.error(fault);
  return faults.length > 0 ? 1 : 0;
}

function faultsOf(row: Row, rows: readonly Row[]): string[] {
  const {volumes, pass, listCalls, cpuMs} = row;
  const listMax = Math.ceil(volumes / pageSize) + emptyLists;
  const smaller = rows.find(
    each => each.pass === pass && each.volumes * 10 <= volumes * 1.02 && each.volumes > volumes / 15,
  );
  const growth = smaller === undefined ? 1 : cpuMs / volumes / (smaller.cpuMs / smaller.volumes);
  return [
    ...(listCalls > listMax ? [`${pass} of ${volumes}: ${listCalls} calls, expected at most ${listMax}`] : []),
    ...(growth > growthMax ? [`${pass} of ${volumes}: a volume costs ${growth.toFixed(1)} times as much`] : []),
  ];
}

function pad(value: number, columns: number): string {
  return String(Math.round(value)).padStart(columns);
}
