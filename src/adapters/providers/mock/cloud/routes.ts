import type {CallName} from '../wire.ts';
import {readCatalog, readQuota} from './market.ts';
import {
  createIp,
  createSecurityGroup,
  deleteIp,
  deleteSecurityGroup,
  listIps,
  listSecurityGroups,
  readIp,
  readSecurityGroup,
  updateSecurityGroup,
} from './network.ts';
import type {Operation} from './operation.ts';
import {
  createServer,
  deleteServer,
  listServers,
  powerOff,
  powerOn,
  readServer,
  terminate,
  updateServer,
} from './servers.ts';
import {createVolume, deleteVolume, listVolumes, readVolume, updateVolume} from './volumes.ts';

/** The cloud's API: `/zones/ZONE/...`, one row per call. */
export interface Route {
  readonly call: CallName;
  readonly run: (operation: Operation) => unknown;
  readonly zone: string;
  readonly id: string;
}

type Row = readonly [method: string, path: string, call: CallName, run: (operation: Operation) => unknown];

const rows: readonly Row[] = [
  ['GET', 'offers', 'readCatalog', readCatalog],
  ['GET', 'quota', 'readQuota', readQuota],
  ['POST', 'servers', 'createServer', createServer],
  ['GET', 'servers', 'listServers', listServers],
  ['GET', 'servers/:id', 'readServer', readServer],
  ['PATCH', 'servers/:id', 'updateServer', updateServer],
  ['DELETE', 'servers/:id', 'deleteServer', deleteServer],
  ['POST', 'servers/:id/power-on', 'powerOn', powerOn],
  ['POST', 'servers/:id/power-off', 'powerOff', powerOff],
  ['POST', 'servers/:id/terminate', 'terminate', terminate],
  ['POST', 'volumes', 'createVolume', createVolume],
  ['GET', 'volumes', 'listVolumes', listVolumes],
  ['GET', 'volumes/:id', 'readVolume', readVolume],
  ['PATCH', 'volumes/:id', 'updateVolume', updateVolume],
  ['DELETE', 'volumes/:id', 'deleteVolume', deleteVolume],
  ['POST', 'ips', 'createIp', createIp],
  ['GET', 'ips', 'listIps', listIps],
  ['GET', 'ips/:id', 'readIp', readIp],
  ['DELETE', 'ips/:id', 'deleteIp', deleteIp],
  ['POST', 'security-groups', 'createSecurityGroup', createSecurityGroup],
  ['GET', 'security-groups', 'listSecurityGroups', listSecurityGroups],
  ['GET', 'security-groups/:id', 'readSecurityGroup', readSecurityGroup],
  ['PATCH', 'security-groups/:id', 'updateSecurityGroup', updateSecurityGroup],
  ['DELETE', 'security-groups/:id', 'deleteSecurityGroup', deleteSecurityGroup],
];

export function findRoute(method: string, path: string): Route | null {
  const [zones, zone, kind, id, action] = path.split('/').slice(1).map(decodeOrEmpty);
  if (zones !== 'zones' || zone === undefined || kind === undefined) return null;
  const pattern = [kind, ...(id === undefined ? [] : [':id']), ...(action === undefined ? [] : [action])].join('/');
  const row = rows.find(([rowMethod, rowPath]) => rowMethod === method && rowPath === pattern);
  return row === undefined ? null : {call: row[2], run: row[3], zone, id: id ?? ''};
}

/** The machine itself, reached without a zone: its login and its files. */
export function findMachineRoute(method: string, path: string): {call: CallName; id: string} | null {
  const match = /^\/servers\/([0-9a-f-]{1,64})\/(ssh|exec|files)$/.exec(path);
  const [, id = '', what = ''] = match ?? [];
  const call = ({'GET ssh': 'probeSsh', 'POST exec': 'exec', 'PUT files': 'writeFile'} as const)[
    `${method} ${what}` as 'GET ssh'
  ];
  return match === null || call === undefined ? null : {call, id};
}

function decodeOrEmpty(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    return '';
  }
}
