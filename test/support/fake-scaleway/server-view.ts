import {instanceDate} from './dates.ts';
import {ipsOf} from './ip-lifecycle.ts';
import {serverIpView} from './ip-view.ts';
import type {Json, JsonObject} from './json.ts';
import {localVolumeView} from './local-volumes.ts';
import type {ServerRecord, ServerVolume} from './records.ts';
import type {World} from './world.ts';

const ACTIONS: Record<ServerRecord['state'], string[]> = {
  stopped: ['poweron', 'backup'],
  starting: ['stop_in_place', 'backup'],
  running: ['poweroff', 'terminate', 'reboot', 'stop_in_place', 'backup'],
  stopping: ['stop_in_place', 'backup'],
  'stopped in place': ['poweron', 'poweroff', 'terminate', 'reboot', 'backup'],
  locked: [],
};

export function serverView(world: World, server: ServerRecord): JsonObject {
  const group = world.securityGroups.get(server.securityGroupId);
  const publicIps = ipsOf(world, server.id).map(ip => serverIpView(world, ip, server.macAddress));
  const four = publicIps.find(ip => ip.family === 'inet');
  return {
    id: server.id,
    name: server.name,
    arch: server.arch,
    commercial_type: server.commercialType,
    boot_type: server.bootType,
    organization: server.organization,
    project: server.project,
    hostname: hostnameOf(server.name),
    image: server.image === null ? null : server.image.body,
    volumes: volumesView(world, server),
    tags: server.tags,
    state: server.state,
    protected: server.protected,
    state_detail: server.stateDetail,
    public_ip: four ?? null,
    public_ips: publicIps,
    mac_address: server.macAddress,
    routed_ip_enabled: true,
    ipv6: null,
    extra_networks: [],
    dynamic_ip_required: server.dynamicIpRequired,
    enable_ipv6: false,
    private_ip: null,
    creation_date: instanceDate(server.createdAtMs),
    modification_date: instanceDate(server.modifiedAtMs),
    bootscript: world.era.bootscript ? oldBootscript(server) : null,
    security_group: {id: server.securityGroupId, name: group?.name ?? ''},
    location: server.location,
    maintenances: [],
    allowed_actions: server.beingDeleted ? [] : ACTIONS[server.state],
    placement_group: null,
    private_nics: [],
    zone: server.zone,
    filesystems: [],
    end_of_service: false,
    dns: `${server.id}.pub.instances.scw.cloud`,
    admin_password_encryption_ssh_key_id: null,
    ...server.unmodelled,
  };
}

/** An object by slot, "0" being the root. Of a Block Storage volume the Instance API knows neither size nor name. */
export function volumesView(world: World, server: ServerRecord): JsonObject {
  const view: JsonObject = {};
  for (const [slot, volume] of server.volumes) view[slot] = volumeView(world, server, volume);
  return view;
}

/** Letters, digits, dots and dashes only: `my_server` becomes `my-server`. */
function hostnameOf(name: string): string {
  return name.replace(/[^A-Za-z0-9.-]/g, '-');
}

function volumeView(world: World, server: ServerRecord, volume: ServerVolume): Json {
  const local = volume.kind === 'local' ? world.localVolumes.get(volume.id) : undefined;
  if (local !== undefined) return {boot: volume.boot, ...localVolumeView(world, local)};
  return {boot: volume.boot, volume_type: 'sbs_volume', id: volume.id, state: 'available', zone: server.zone};
}

function oldBootscript(server: ServerRecord): JsonObject {
  return {
    architecture: server.arch,
    bootcmdargs: 'LINUX_COMMON scaleway boot=local nbd.max_part=16',
    default: true,
    dtb: '',
    id: 'fdfe150f-a870-4ce4-b432-9f56b5b995c1',
    initrd: 'http://10.194.3.9/initrd/initrd-Linux-x86_64-v3.14.6.gz',
    kernel: 'http://10.194.3.9/kernel/x86_64-mainline-lts-4.4-4.4.230-rev1/vmlinuz-4.4.230',
    organization: '11111111-1111-4111-8111-111111111111',
    project: '11111111-1111-4111-8111-111111111111',
    public: true,
    title: 'x86_64 mainline 4.4.230 rev1',
    zone: server.zone,
  };
}
