import {InventivError} from '../errors.ts';
import type {JsonMember, JsonObject} from './json-object.ts';
import {findMember, readMember, scanJsonDocument} from './json-object.ts';
import {jsonBytes, rewriteMembers} from './json-rewrite.ts';
import type {UsageView} from './stream-patcher.ts';

export const proxyEndpoints = ['chat/completions', 'completions', 'embeddings'] as const;

/** The part of the path after `/v1/`. */
export type ProxyEndpoint = (typeof proxyEndpoints)[number];

/** What the proxy must know of a request body before it can route it. */
export interface RequestPlan {
  readonly model: string;
  readonly streamed: boolean;
  readonly usageView: UsageView;
  readonly object: JsonObject;
}

/**
 * Reads a request body (valid UTF-8) without changing it. Throws `invalid_input` with the parameter at fault. Values the
 * engine checks better (messages, temperature, ...) are left to the engine.
 */
export function planRequest(endpoint: ProxyEndpoint, body: Uint8Array): RequestPlan {
  const object = scanJsonDocument(body);
  const streamed = endpoint !== 'embeddings' && readStream(body, findMember(object, 'stream'));
  return {
    model: readModel(body, findMember(object, 'model')),
    streamed,
    usageView: streamed ? readUsageView(body, findMember(object, 'stream_options')) : 'hidden',
    object,
  };
}

/** Members a client must not set: they reach into the engine's scheduler, cache, files or templates. */
export const forbiddenMembers = [
  'priority',
  'cache_salt',
  'request_id',
  'kv_transfer_params',
  'ec_transfer_params',
  'vllm_xargs',
  'chat_template',
  'media_io_kwargs',
] as const;

/**
 * The bytes for the worker: the served model name, usage asked for on streams, forbidden members taken out, and the
 * prefix cache kept apart per organization. All other members keep their bytes.
 */
export function upstreamBody(
  endpoint: ProxyEndpoint,
  body: Uint8Array,
  plan: RequestPlan,
  worker: {servedModelName: string; cacheSalt: string},
): Uint8Array {
  const edits = new Map<string, Uint8Array | null>(forbiddenMembers.map(name => [name, null]));
  if (plan.model !== worker.servedModelName) edits.set('model', jsonBytes(worker.servedModelName));
  if (plan.streamed) edits.set('stream_options', streamOptions(body, findMember(plan.object, 'stream_options')));
  if (endpoint !== 'embeddings') edits.set('cache_salt', jsonBytes(worker.cacheSalt));
  return rewriteMembers(body, plan.object, edits);
}

const modelMaxChars = 256;

function readModel(body: Uint8Array, member: JsonMember | null): string {
  if (member === null) throw invalid('model', 'Missing required parameter: "model".', 'missing_required_parameter');
  const value = member.valueEnd - member.valueStart > modelMaxChars * 6 ? null : readMember(body, member);
  if (typeof value !== 'string' || value === '' || value.length > modelMaxChars) {
    throw invalid('model', `"model" must be a string of 1 to ${modelMaxChars} characters.`);
  }

  return value;
}

function readStream(body: Uint8Array, member: JsonMember | null): boolean {
  const value = member === null ? false : readMember(body, member);
  if (value === null) return false;
  if (typeof value !== 'boolean') throw invalid('stream', '"stream" must be true or false.');
  return value;
}

function readUsageView(body: Uint8Array, member: JsonMember | null): UsageView {
  const options = readOptions(body, member);
  if (options === null || !isTrue(options, 'include_usage')) return 'hidden';
  return isTrue(options, 'continuous_usage_stats') ? 'continuous' : 'final';
}

/** The client's own stream options survive; ours are set beside them. */
function streamOptions(body: Uint8Array, member: JsonMember | null): Uint8Array {
  const options = readOptions(body, member);
  return options === null ? jsonBytes(usageOptions) : rewriteMembers(options.bytes, options.object, usageEdits);
}

const usageOptions = {include_usage: true, continuous_usage_stats: true};
const usageEdits = new Map(Object.entries(usageOptions).map(([name, value]) => [name, jsonBytes(value)]));

interface Options {
  readonly bytes: Uint8Array;
  readonly object: JsonObject;
}

function readOptions(body: Uint8Array, member: JsonMember | null): Options | null {
  if (member === null || body[member.valueStart] === 0x6e) return null;
  if (body[member.valueStart] !== 0x7b) throw invalid('stream_options', '"stream_options" must be an object.');
  const bytes = body.subarray(member.valueStart, member.valueEnd);
  return {bytes, object: scanJsonDocument(bytes)};
}

function isTrue(options: Options, name: string): boolean {
  const member = findMember(options.object, name);
  return member !== null && readMember(options.bytes, member) === true;
}

function invalid(param: string, message: string, detailCode?: string): InventivError {
  return new InventivError('invalid_input', message, {param, detailCode});
}
