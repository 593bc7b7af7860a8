import type {Instancev1} from '@scaleway/sdk-instance';
import type {SecurityGroupRequest} from '../../../ports/provider.ts';

/** Everything is refused except what a rule lets in; answers to what was let in go out again. */
export const groupPolicy = {
  stateful: true,
  inboundDefaultPolicy: 'drop',
  outboundDefaultPolicy: 'accept',
} as const satisfies Partial<Instancev1.SecurityGroup>;

export function hasGroupPolicy(group: Instancev1.SecurityGroup): boolean {
  return (
    group.stateful === groupPolicy.stateful &&
    group.inboundDefaultPolicy === groupPolicy.inboundDefaultPolicy &&
    group.outboundDefaultPolicy === groupPolicy.outboundDefaultPolicy
  );
}

/** One rule per port and range. A rule of one port has no end. */
export function wantedRules(request: SecurityGroupRequest): Instancev1.SetSecurityGroupRulesRequestRule[] {
  const {openPorts, sourceRanges} = request;
  return sourceRanges
    .flatMap(ipRange => openPorts.map(port => ({ipRange, port})))
    .map(({ipRange, port}, index) => ({
      action: 'accept',
      protocol: 'TCP',
      direction: 'inbound',
      ipRange,
      destPortFrom: port,
      position: index + 1,
      editable: true,
    }));
}

/** By content: positions are renumbered, and the six rules of the provider (against spam) are not ours to compare. */
export function isSameRules(
  found: readonly Instancev1.SecurityGroupRule[],
  wanted: readonly Instancev1.SetSecurityGroupRulesRequestRule[],
): boolean {
  const ours = new Set(found.filter(rule => rule.editable).map(contentOf));
  const theirs = new Set(wanted.map(contentOf));
  return ours.size === theirs.size && [...theirs].every(content => ours.has(content));
}

type RuleContent = Pick<
  Instancev1.SecurityGroupRule,
  'action' | 'protocol' | 'direction' | 'ipRange' | 'destPortFrom' | 'destPortTo'
>;

function contentOf({action, protocol, direction, ipRange, destPortFrom, destPortTo}: RuleContent): string {
  const lastPort = destPortTo ?? destPortFrom ?? null;
  return JSON.stringify([action, protocol, direction, withoutHostMask(ipRange), destPortFrom ?? null, lastPort]);
}

/** `1.1.1.1/32` comes back as `1.1.1.1`. */
function withoutHostMask(ipRange: string): string {
  return ipRange.replace(ipRange.includes(':') ? /\/128$/ : /\/32$/, '').toLowerCase();
}
