import {stableId} from './ids.ts';
import type {SecurityGroupRecord, SecurityGroupRule} from './records.ts';
import type {World} from './world.ts';

const MAIL_PORTS = [25, 465, 587];

/** The group a server joins when none is named: one per project and zone, made on first use. */
export function defaultSecurityGroup(
  world: World,
  zone: string,
  owner: {project: string; organization: string},
): SecurityGroupRecord {
  const id = stableId(`default security group ${owner.project} ${zone}`);
  const existing = [...world.securityGroups.values()].find(
    group => group.projectDefault && group.project === owner.project && group.zone === zone,
  );
  if (existing !== undefined) return existing;
  const now = world.clock.nowMs();
  const group: SecurityGroupRecord = {
    id,
    zone,
    name: 'Default security group',
    description: 'Auto generated security group.',
    ...owner,
    tags: [],
    stateful: true,
    inboundPolicy: 'accept',
    outboundPolicy: 'accept',
    projectDefault: true,
    defaultSecurity: true,
    state: 'available',
    rules: [],
    createdAtMs: now,
    modifiedAtMs: now,
  };
  world.securityGroups.set(id, group);
  return group;
}

/** Six rules nobody can edit: outgoing mail is dropped while default security is on. */
export function systemRules(): SecurityGroupRule[] {
  return ['0.0.0.0/0', '::/0'].flatMap((ipRange, family) =>
    MAIL_PORTS.map((portFrom, index) => ({
      id: `11111111-2222-4333-8444-00000000000${family * MAIL_PORTS.length + index + 1}`,
      protocol: 'TCP',
      direction: 'outbound',
      action: 'drop',
      ipRange,
      portFrom,
      portTo: null,
      position: family * MAIL_PORTS.length + index + 1,
      editable: false,
    })),
  );
}
