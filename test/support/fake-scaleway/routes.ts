import * as account from './account.ts';
import type {Handler} from './api-call.ts';
import * as iam from './iam.ts';
import * as groups from './iam-groups.ts';
import * as images from './images.ts';
import * as ips from './ips.ts';
import * as marketplace from './marketplace.ts';
import * as products from './products.ts';
import * as rules from './security-group-rules.ts';
import * as securityGroups from './security-groups.ts';
import * as actions from './server-actions.ts';
import * as serverVolumes from './server-volumes.ts';
import * as servers from './servers.ts';
import * as snapshots from './snapshots-block.ts';
import * as localSnapshots from './snapshots-instance.ts';
import * as userData from './user-data.ts';
import * as blockVolumes from './volumes-block.ts';
import * as localVolumes from './volumes-instance.ts';

interface Route {
  method: string;
  pattern: RegExp;
  handler: Handler;
}

const INSTANCE = '/instance/v1/zones/:zone';
const BLOCK = '/block/:version(v1|v1alpha1)/zones/:zone';
const SERVER = `${INSTANCE}/servers/:id`;
const GROUP = `${INSTANCE}/security_groups/:id`;

const ROUTES: Route[] = [
  route('POST', `${INSTANCE}/servers`, servers.createServer),
  route('GET', `${INSTANCE}/servers`, servers.listServers),
  route('GET', SERVER, servers.getServer),
  route('PATCH', SERVER, servers.updateServer),
  route('DELETE', SERVER, servers.deleteServer),
  route('POST', `${SERVER}/action`, actions.runAction),
  route('GET', `${SERVER}/action`, actions.listActions),
  route('POST', `${SERVER}/attach-volume`, serverVolumes.attachVolume),
  route('POST', `${SERVER}/detach-volume`, serverVolumes.detachVolume),
  route('GET', `${SERVER}/private_nics`, servers.listPrivateNics),
  route('GET', `${SERVER}/user_data`, userData.listUserData),
  route('GET', `${SERVER}/user_data/:key`, userData.getUserData),
  route('PATCH', `${SERVER}/user_data/:key`, userData.setUserData),
  route('DELETE', `${SERVER}/user_data/:key`, userData.deleteUserData),
  route('POST', `${INSTANCE}/volumes`, localVolumes.createVolume),
  route('GET', `${INSTANCE}/volumes`, localVolumes.listVolumes),
  route('GET', `${INSTANCE}/volumes/:id`, localVolumes.getVolume),
  route('PATCH', `${INSTANCE}/volumes/:id`, localVolumes.updateVolume),
  route('DELETE', `${INSTANCE}/volumes/:id`, localVolumes.deleteVolume),
  route('POST', `${INSTANCE}/snapshots`, localSnapshots.createSnapshot),
  route('GET', `${INSTANCE}/snapshots`, localSnapshots.listSnapshots),
  route('GET', `${INSTANCE}/snapshots/:id`, localSnapshots.getSnapshot),
  route('PATCH', `${INSTANCE}/snapshots/:id`, localSnapshots.updateSnapshot),
  route('DELETE', `${INSTANCE}/snapshots/:id`, localSnapshots.deleteSnapshot),
  route('POST', `${INSTANCE}/ips`, ips.createFlexibleIp),
  route('GET', `${INSTANCE}/ips`, ips.listIps),
  route('GET', `${INSTANCE}/ips/:id`, ips.getIp),
  route('PATCH', `${INSTANCE}/ips/:id`, ips.updateIp),
  route('DELETE', `${INSTANCE}/ips/:id`, ips.deleteIp),
  route('POST', `${INSTANCE}/security_groups`, securityGroups.createGroup),
  route('GET', `${INSTANCE}/security_groups`, securityGroups.listGroups),
  route('GET', GROUP, securityGroups.getGroup),
  route('PATCH', GROUP, securityGroups.updateGroup),
  route('DELETE', GROUP, securityGroups.deleteGroup),
  route('GET', `${GROUP}/rules`, rules.listRules),
  route('PUT', `${GROUP}/rules`, rules.setRules),
  route('POST', `${GROUP}/rules`, rules.createRule),
  route('GET', `${GROUP}/rules/:rule`, rules.getRule),
  route('PATCH', `${GROUP}/rules/:rule`, rules.updateRule),
  route('DELETE', `${GROUP}/rules/:rule`, rules.deleteRule),
  route('GET', `${INSTANCE}/images`, images.listImages),
  route('GET', `${INSTANCE}/images/:id`, images.getImage),
  route('DELETE', `${INSTANCE}/images/:id`, images.deleteImage),
  route('GET', `${INSTANCE}/products/servers`, products.listTypes),
  route('GET', `${INSTANCE}/products/servers/availability`, products.listAvailability),
  route('GET', `${INSTANCE}/products/volumes`, localVolumes.listVolumeProducts),
  route('POST', `${BLOCK}/volumes`, blockVolumes.createVolume),
  route('GET', `${BLOCK}/volumes`, blockVolumes.listVolumes),
  route('GET', `${BLOCK}/volumes/:id`, blockVolumes.getVolume),
  route('PATCH', `${BLOCK}/volumes/:id`, blockVolumes.updateVolume),
  route('DELETE', `${BLOCK}/volumes/:id`, blockVolumes.deleteVolume),
  route('POST', `${BLOCK}/snapshots`, snapshots.createSnapshot),
  route('GET', `${BLOCK}/snapshots`, snapshots.listSnapshots),
  route('GET', `${BLOCK}/snapshots/:id`, snapshots.getSnapshot),
  route('PATCH', `${BLOCK}/snapshots/:id`, snapshots.updateSnapshot),
  route('DELETE', `${BLOCK}/snapshots/:id`, snapshots.deleteSnapshot),
  route('GET', '/marketplace/v2/images', marketplace.listImages),
  route('GET', '/marketplace/v2/images/:id', marketplace.getImage),
  route('GET', '/marketplace/v2/local-images', marketplace.listLocalImages),
  route('GET', '/marketplace/v2/local-images/:id', marketplace.getLocalImage),
  route('POST', '/iam/v1alpha1/ssh-keys', iam.createKey),
  route('GET', '/iam/v1alpha1/ssh-keys', iam.listKeys),
  route('GET', '/iam/v1alpha1/ssh-keys/:id', iam.getKey),
  route('PATCH', '/iam/v1alpha1/ssh-keys/:id', iam.updateKey),
  route('DELETE', '/iam/v1alpha1/ssh-keys/:id', iam.deleteKey),
  route('GET', '/iam/v1alpha1/api-keys/:id', iam.getApiKey),
  route('POST', '/iam/v1alpha1/groups', groups.createIamGroup),
  route('GET', '/iam/v1alpha1/groups/:id', groups.getIamGroup),
  route('DELETE', '/iam/v1alpha1/groups/:id', groups.deleteIamGroup),
  route('POST', '/iam/v1alpha1/groups/:id/add-member', groups.addMember),
  route('POST', '/iam/v1alpha1/groups/:id/remove-member', groups.removeMember),
  route('POST', '/account/v3/projects', account.createProject),
  route('GET', '/account/v3/projects', account.listProjects),
  route('GET', '/account/v3/projects/:id', account.getProject),
];

export function findRoute(
  method: string,
  path: string,
): {handler: Handler; params: Record<string, string>} | undefined {
  for (const candidate of ROUTES) {
    const match = candidate.method === method ? candidate.pattern.exec(path) : null;
    if (match === null) continue;
    const params = Object.entries(match.groups ?? {}).map(([name, value]) => [name, decodeURIComponent(value)]);
    return {handler: candidate.handler, params: Object.fromEntries(params)};
  }
  return undefined;
}

function route(method: string, path: string, handler: Handler): Route {
  const pattern = path.replace(/:(\w+)(\([^)]*\))?/g, (_, name: string, choices?: string) => {
    return `(?<${name}>${choices === undefined ? '[^/]+' : choices.slice(1, -1)})`;
  });
  return {method, pattern: new RegExp(`^${pattern}/?$`), handler};
}
