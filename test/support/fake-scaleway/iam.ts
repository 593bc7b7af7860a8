import {createHash} from 'node:crypto';
import {type ApiCall, type Handler, jsonBody, noContent, ok, param, requiredString} from './api-call.ts';
import {utcDate} from './dates.ts';
import {invalidArguments, notFound} from './errors.ts';
import {fieldMatches, nameMatches, ordered} from './filters.ts';
import {booleanOf, type JsonObject, stringOf} from './json.ts';
import {bodyPage} from './pagination.ts';
import {ownerOf} from './projects.ts';
import type {SshKeyRecord} from './records.ts';

/** The same key may be there twice. The comment at the end of the key is dropped. */
export const createKey: Handler = call => {
  const {world} = call;
  const body = jsonBody(call);
  const [kind, blob] = requiredString(body, 'public_key').trim().split(/\s+/);
  if (kind === undefined || blob === undefined || !/^(ssh|ecdsa|sk)-/.test(kind)) {
    const help = 'must be a public key in OpenSSH format';
    throw invalidArguments({argument_name: 'public_key', reason: 'format', help_message: help});
  }
  const now = world.clock.nowMs();
  const key: SshKeyRecord = {
    id: world.makeId(),
    name: stringOf(body.name) ?? '',
    publicKey: `${kind} ${blob}`,
    fingerprint: fingerprintOf(kind, blob),
    ...ownerOf(world, body),
    disabled: false,
    createdAtMs: now,
    updatedAtMs: now,
  };
  world.sshKeys.set(key.id, key);
  return ok(keyView(key));
};

export const listKeys: Handler = call => {
  const {world, query} = call;
  const found = [...world.sshKeys.values()].filter(
    key =>
      nameMatches(query, key.name) &&
      fieldMatches(query, 'project_id', key.project) &&
      fieldMatches(query, 'organization_id', key.organization) &&
      fieldMatches(query, 'disabled', String(key.disabled)),
  );
  const sorted = ordered(found, query.get('order_by') ?? 'created_at_asc', {
    created_at: key => key.createdAtMs,
    updated_at: key => key.updatedAtMs,
    name: key => key.name,
  });
  const page = bodyPage(call, sorted, 20);
  return ok({ssh_keys: page.items.map(keyView), total_count: page.total});
};

export const getKey: Handler = call => ok(keyView(findKey(call)));

export const updateKey: Handler = call => {
  const key = findKey(call);
  const body = jsonBody(call);
  key.name = stringOf(body.name) ?? key.name;
  key.disabled = booleanOf(body.disabled) ?? key.disabled;
  key.updatedAtMs = call.world.clock.nowMs();
  return ok(keyView(key));
};

export const deleteKey: Handler = call => {
  call.world.sshKeys.delete(findKey(call).id);
  return noContent();
};

/** What a credentials test reads: the key exists, and which project it works on by default. */
export const getApiKey: Handler = call => {
  const {world} = call;
  const accessKey = param(call, 'id');
  if (accessKey !== world.accessKey) throw notFound('api_key', accessKey);
  return ok({
    access_key: accessKey,
    secret_key: null,
    application_id: null,
    user_id: world.defaultProject,
    description: 'fake',
    created_at: utcDate(0),
    updated_at: utcDate(0),
    expires_at: null,
    default_project_id: world.defaultProject,
    editable: true,
    deletable: true,
    managed: false,
    creation_ip: '',
  });
};

function findKey(call: ApiCall): SshKeyRecord {
  const id = param(call, 'id');
  const key = call.world.sshKeys.get(id);
  if (key === undefined) throw notFound('ssh_key', id);
  return key;
}

function keyView(key: SshKeyRecord): JsonObject {
  return {
    id: key.id,
    name: key.name,
    public_key: key.publicKey,
    fingerprint: key.fingerprint,
    created_at: utcDate(key.createdAtMs),
    updated_at: utcDate(key.updatedAtMs),
    organization_id: key.organization,
    project_id: key.project,
    disabled: key.disabled,
  };
}

function fingerprintOf(kind: string, blob: string): string {
  const digest = createHash('md5').update(Buffer.from(blob, 'base64')).digest('hex');
  return `256 MD5:${digest.match(/../g)?.join(':')} (${kind})`;
}
