import {gpuText} from '../../core/host/as-type.ts';
import {sshAddressText} from '../../core/host/parse-address.ts';
import {agoText} from '../amounts.ts';
import {heading, renderFacts} from '../facts.ts';
import type {Screen} from '../screen.ts';
import {type Column, renderTable} from '../table.ts';
import {printableLine} from '../text.ts';

export interface HostShape {
  readonly name: string;
  readonly user: string;
  readonly address: string;
  readonly port: number;
  readonly openaiPort: number;
  readonly agentPort: number;
  readonly fingerprint: string | null;
  readonly os: string;
  readonly cpus: number;
  readonly ramGib: number;
  readonly diskFreeGb: number;
  readonly gpus: readonly {readonly name: string; readonly memoryMib: number; readonly computeCapability: number}[];
  readonly driverVersion: string | null;
  readonly gpuProblem: string | null;
  readonly python: string | null;
  readonly hasDocker: boolean;
  readonly hasSystemd: boolean;
  readonly takenBy: string | null;
  readonly createdAt: string;
  readonly checkedAt: string;
}

export const hostColumnKeys = ['name', 'ssh', 'gpus', 'driver', 'ram', 'disk', 'os', 'state', 'checked'] as const;

export function renderHosts(hosts: readonly HostShape[], screen: Screen, wanted?: readonly string[]): string {
  if (hosts.length === 0) return 'No host yet. Add a machine you have: inventiv hosts add user@address';
  return renderTable(hosts, columns(screen), screen, wanted);
}

/** One host after `add` or `check`: what is there, and what is missing. */
export function renderHost(host: HostShape, screen: Screen): string {
  const facts = renderFacts(
    [
      ['ssh', sshText(host)],
      ['host key', host.fingerprint === null ? null : printableLine(host.fingerprint)],
      ['GPUs', host.gpus.length === 0 ? `none: ${printableLine(host.gpuProblem ?? '')}` : gpusText(host)],
      ['driver', host.driverVersion === null ? null : printableLine(host.driverVersion)],
      [
        'machine',
        `${host.cpus} CPUs, ${host.ramGib} GiB memory, ${host.diskFreeGb} GB free, ${printableLine(host.os)}`,
      ],
      ['software', softwareText(host)],
      ['ports', `${host.openaiPort} (OpenAI), ${host.agentPort} (agent)`],
      ['state', stateText(host)],
    ],
    screen,
  );
  return [heading(host.name, screen), '', ...facts].join('\n');
}

function columns(screen: Screen): Column<HostShape>[] {
  return [
    {key: 'name', title: 'NAME', text: row => row.name, paint: screen.style.bold},
    {key: 'ssh', title: 'SSH', text: sshText, minColumns: 12, cut: 'middle'},
    {key: 'gpus', title: 'GPUS', text: row => (row.gpus.length === 0 ? 'none' : gpusText(row)), minColumns: 10},
    {key: 'driver', title: 'DRIVER', text: row => printableLine(row.driverVersion ?? ''), leaves: 2},
    {key: 'ram', title: 'MEMORY', text: row => `${row.ramGib} GiB`, align: 'right', leaves: 3},
    {key: 'disk', title: 'DISK FREE', text: row => `${row.diskFreeGb} GB`, align: 'right', leaves: 4},
    {key: 'os', title: 'OS', text: row => printableLine(row.os), leaves: 5, minColumns: 8},
    {key: 'state', title: 'STATE', text: stateText, minColumns: 8},
    {key: 'checked', title: 'CHECKED', text: row => agoText(row.checkedAt, screen.nowMs), align: 'right', leaves: 1},
  ];
}

function sshText({user, address, port}: HostShape): string {
  return printableLine(sshAddressText({user, host: address, port}));
}

function gpusText({gpus}: HostShape): string {
  return printableLine(gpuText(gpus));
}

function stateText({takenBy}: HostShape): string {
  return takenBy === null ? 'free' : `taken by ${printableLine(takenBy)}`;
}

function softwareText({hasDocker, hasSystemd, python}: HostShape): string {
  return [
    hasDocker ? 'Docker' : 'no Docker',
    hasSystemd ? 'systemd' : 'no systemd',
    python === null ? 'no Python 3' : `Python ${printableLine(python)}`,
  ].join(', ');
}
