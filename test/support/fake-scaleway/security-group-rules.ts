import {type ApiCall, type Handler, jsonBody, noContent, ok, param} from './api-call.ts';
import {type ApiError, invalidArguments, notFound} from './errors.ts';
import {findInZone} from './instance-lookup.ts';
import {isObject, type Json, type JsonObject, numberOf, stringOf} from './json.ts';
import {locationHeader} from './location.ts';
import {bodyPage} from './pagination.ts';
import type {SecurityGroupRecord, SecurityGroupRule} from './records.ts';
import {systemRules} from './security-group-defaults.ts';

const CHOICES: Record<string, string[]> = {
  protocol: ['TCP', 'UDP', 'ICMP', 'ANY'],
  direction: ['inbound', 'outbound'],
  action: ['accept', 'drop'],
};

/** Neither a count nor a Link here, unlike the other lists of the Instance API. */
export const listRules: Handler = call => {
  const group = findGroup(call);
  const perPage = new URLSearchParams(call.query);
  perPage.set('page_size', call.query.get('per_page') ?? '50');
  const page = bodyPage({...call, query: perPage}, allRules(group), 50);
  return ok({rules: page.items.map(rule => ruleView(group, rule))});
};

/** Replaces every editable rule, in both directions. */
export const setRules: Handler = call => {
  const group = findGroup(call);
  const body = jsonBody(call);
  const wanted = Array.isArray(body.rules) ? body.rules : [];
  group.rules = wanted.map((rule, index) => readRule(call, rule, index + 1));
  return ok({rules: allRules(group).map(rule => ruleView(group, rule))});
};

export const createRule: Handler = call => {
  const group = findGroup(call);
  const rule = readRule(call, jsonBody(call), group.rules.length + 1);
  group.rules.push(rule);
  return {status: 201, body: {rule: ruleView(group, rule)}, headers: locationHeader(call, rule.id)};
};

export const updateRule: Handler = call => {
  const group = findGroup(call);
  const rule = findRule(call, group);
  if (!rule.editable) throw problem('security_group_rule_id', 'this rule is not editable');
  const sent = ruleView(group, rule);
  Object.assign(rule, readRule(call, {...sent, ...jsonBody(call), id: rule.id}, rule.position));
  return ok({rule: ruleView(group, rule)});
};

export const getRule: Handler = call => {
  const group = findGroup(call);
  return ok({rule: ruleView(group, findRule(call, group))});
};

export const deleteRule: Handler = call => {
  const group = findGroup(call);
  const rule = findRule(call, group);
  group.rules = group.rules.filter(kept => kept !== rule);
  return noContent();
};

function findGroup(call: ApiCall): SecurityGroupRecord {
  return findInZone(call, call.world.securityGroups, 'instance_security_group');
}

function findRule(call: ApiCall, group: SecurityGroupRecord): SecurityGroupRule {
  const id = param(call, 'rule');
  const rule = allRules(group).find(one => one.id === id);
  if (rule === undefined) throw notFound('instance_security_group_rule', id);
  return rule;
}

function allRules(group: SecurityGroupRecord): SecurityGroupRule[] {
  return [...(group.defaultSecurity ? systemRules() : []), ...group.rules];
}

function readRule(call: ApiCall, rule: Json, position: number): SecurityGroupRule {
  if (!isObject(rule)) throw problem('rules', 'expected an object');
  return {
    id: stringOf(rule.id) ?? call.world.makeId(),
    protocol: choice(rule, 'protocol'),
    direction: choice(rule, 'direction'),
    action: choice(rule, 'action'),
    ipRange: shortRange(stringOf(rule.ip_range) ?? ''),
    portFrom: port(rule, 'dest_port_from'),
    portTo: port(rule, 'dest_port_to'),
    position,
    editable: true,
  };
}

function choice(rule: JsonObject, name: string): string {
  const value = stringOf(rule[name]) ?? '';
  if (CHOICES[name]?.includes(value) === true) return value;
  throw problem(name, `"${value}" is not one of ${CHOICES[name]?.join(', ')}`);
}

function port(rule: JsonObject, name: string): number | null {
  const value = numberOf(rule[name]);
  if (value === undefined) return null;
  if (Number.isInteger(value) && value >= 1 && value <= 65_535) return value;
  throw problem(name, 'must be a port between 1 and 65535');
}

/** A range of one address comes back without its prefix length. */
function shortRange(range: string): string {
  if (!/^[0-9a-fA-F.:]+(\/\d{1,3})?$/.test(range)) throw problem('ip_range', `"${range}" is not an IP range`);
  return range.replace(range.includes(':') ? /\/128$/ : /\/32$/, '');
}

function problem(name: string, help: string): ApiError {
  return invalidArguments({argument_name: name, reason: 'constraint', help_message: help});
}

function ruleView(group: SecurityGroupRecord, rule: SecurityGroupRule): JsonObject {
  return {
    id: rule.id,
    protocol: rule.protocol,
    direction: rule.direction,
    ip_range: rule.ipRange,
    dest_ip_range: null,
    dest_port_from: rule.portFrom,
    dest_port_to: rule.portTo === rule.portFrom ? null : rule.portTo,
    position: rule.position,
    editable: rule.editable,
    action: rule.action,
    zone: group.zone,
  };
}
