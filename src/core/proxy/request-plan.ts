import {InventivError} from '../errors.ts';
import type {ProxyEndpoint} from './endpoints.ts';
import {traitsOf} from './endpoints.ts';
import {forbiddenMembers} from './forbidden-members.ts';
import type {FormData} from './form-data.ts';
import {formText, rewriteForm, scanForm} from './form-data.ts';
import type {JsonMember, JsonObject} from './json-object.ts';
import {findMember, readMember, scanJsonDocument} from './json-object.ts';
import type {MemberEdits} from './json-rewrite.ts';
import {jsonBytes, rewriteMembers} from './json-rewrite.ts';
import type {UsageView} from './stream-patcher.ts';

/** What the proxy must know of a request body before it can route it. */
export interface RequestPlan {
  readonly model: string;
  readonly streamed: boolean;
  readonly usageView: UsageView;
  /** Where the members, or the fields, are in the body. */
  readonly source:
    | {readonly kind: 'json'; readonly object: JsonObject}
    | {readonly kind: 'form'; readonly form: FormData};
}

/**
 * Reads a JSON body (valid UTF-8) without changing it. Throws `invalid_input` with the parameter at fault. Values the
 * engine checks better (messages, temperature, ...) are left to the engine.
 */
export function planRequest(endpoint: ProxyEndpoint, body: Uint8Array): RequestPlan {
  const object = scanJsonDocument(body);
  const {stream} = traitsOf(endpoint);
  const streamed = stream !== null && readStream(body, findMember(object, 'stream'));
  if (endpoint === 'responses') refuseState(body, object);
  return {
    model: readModel(body, findMember(object, 'model')),
    streamed,
    usageView: streamed && stream === 'chunks' ? readUsageView(body, findMember(object, 'stream_options')) : 'hidden',
    source: {kind: 'json', object},
  };
}

/** Reads a multipart form (audio). Throws `invalid_input` with the parameter at fault. */
export function planForm(endpoint: ProxyEndpoint, body: Uint8Array, boundary: string): RequestPlan {
  const form = scanForm(body, boundary);
  const field = (name: string): string | null => formText(body, form, name, modelMaxChars * 4);
  const isTrue = (name: string): boolean => /^(?:true|1|yes|on)$/i.test(field(name)?.trim() ?? '');
  const model = field('model');
  if (model === null) throw missing('model');
  if (model === '' || model.length > modelMaxChars) throw invalid('model', modelRule);
  const streamed = traitsOf(endpoint).stream !== null && isTrue('stream');
  const asked = isTrue('stream_include_usage');
  const view = asked && isTrue('stream_continuous_usage_stats') ? 'continuous' : 'final';
  return {model, streamed, usageView: asked ? view : 'hidden', source: {kind: 'form', form}};
}

const forbiddenNames: ReadonlySet<string> = new Set(forbiddenMembers);

/** What the request becomes on its way to one worker. */
export interface UpstreamNames {
  readonly servedModelName: string;
  /** Keeps the prefix cache apart per organization. */
  readonly cacheSalt: string;
  /** Members of `forbiddenMembers` that this key may set after all. */
  readonly allowed?: readonly string[];
  /** Set where the request names no bound of its own; null leaves the bound to the engine. */
  readonly maxTokens?: number | null;
}

/**
 * The bytes for the worker: the served model name, usage asked for on streams, forbidden members taken out, and the
 * prefix cache kept apart per organization. All other members keep their bytes.
 */
export function upstreamBody(
  endpoint: ProxyEndpoint,
  body: Uint8Array,
  plan: RequestPlan,
  names: UpstreamNames,
): Uint8Array {
  const {source} = plan;
  if (source.kind === 'form') return rewriteForm(body, source.form, formEdits(plan, names));
  return rewriteMembers(body, source.object, memberEdits(endpoint, body, {plan, object: source.object, names}));
}

function memberEdits(
  endpoint: ProxyEndpoint,
  body: Uint8Array,
  {plan, object, names}: {plan: RequestPlan; object: JsonObject; names: UpstreamNames},
): MemberEdits {
  const {stream, salted, maxTokens} = traitsOf(endpoint);
  const edits = new Map<string, Uint8Array | null>();
  for (const {name} of object.members) {
    if (forbiddenNames.has(name) && names.allowed?.includes(name) !== true) edits.set(name, null);
  }

  if (plan.model !== names.servedModelName) edits.set('model', jsonBytes(names.servedModelName));
  if (plan.streamed && stream === 'chunks')
    edits.set('stream_options', streamOptions(body, findMember(object, 'stream_options')));
  if (salted) edits.set('cache_salt', jsonBytes(names.cacheSalt));
  // An answer kept by the engine could be read by anybody who guesses its id.
  if (endpoint === 'responses') edits.set('store', jsonBytes(false));
  const [bound] = maxTokens;
  if (bound !== undefined && names.maxTokens != null) edits.set(bound, jsonBytes(names.maxTokens));
  return edits;
}

function formEdits(plan: RequestPlan, names: UpstreamNames): ReadonlyMap<string, string | null> {
  const edits = new Map<string, string | null>(forbiddenMembers.map(name => [name, null]));
  edits.set('model', names.servedModelName);
  if (plan.streamed) {
    edits.set('stream_include_usage', 'true');
    edits.set('stream_continuous_usage_stats', 'true');
  }

  return edits;
}

const modelMaxChars = 256;
const modelRule = `"model" must be a string of 1 to ${modelMaxChars} characters.`;

function readModel(body: Uint8Array, member: JsonMember | null): string {
  if (member === null) throw missing('model');
  const value = member.valueEnd - member.valueStart > modelMaxChars * 6 ? null : readMember(body, member);
  if (typeof value !== 'string' || value === '' || value.length > modelMaxChars) throw invalid('model', modelRule);
  return value;
}

function readStream(body: Uint8Array, member: JsonMember | null): boolean {
  const value = member === null ? false : readMember(body, member);
  if (value === null) return false;
  if (typeof value !== 'boolean') throw invalid('stream', '"stream" must be true or false.');
  return value;
}

/** A worker keeps no answers: what asks for one to be kept, or refers to one, cannot mean what the client hopes. */
function refuseState(body: Uint8Array, object: JsonObject): void {
  const background = findMember(object, 'background');
  if (background !== null && body[background.valueStart] === letterT) {
    throw invalid('background', 'Answers are not made in the background here. Use "stream" for long ones.');
  }

  const previous = findMember(object, 'previous_response_id');
  if (previous !== null && body[previous.valueStart] !== letterN) {
    throw invalid('previous_response_id', 'Answers are not stored here. Send the whole conversation in "input".');
  }
}

const letterN = 0x6e;
const letterT = 0x74;

function readUsageView(body: Uint8Array, member: JsonMember | null): UsageView {
  const options = readOptions(body, member);
  if (options === null || !isTrue(options, 'include_usage')) return 'hidden';
  return isTrue(options, 'continuous_usage_stats') ? 'continuous' : 'final';
}

/** The client's own stream options survive; ours are set beside them. */
function streamOptions(body: Uint8Array, member: JsonMember | null): Uint8Array {
  const options = readOptions(body, member);
  return options === null ? usageOptionsBytes : rewriteMembers(options.bytes, options.object, usageEdits);
}

const usageOptions = {include_usage: true, continuous_usage_stats: true};
const usageOptionsBytes = jsonBytes(usageOptions);
const usageEdits = new Map(Object.entries(usageOptions).map(([name, value]) => [name, jsonBytes(value)]));

interface Options {
  readonly bytes: Uint8Array;
  readonly object: JsonObject;
}

function readOptions(body: Uint8Array, member: JsonMember | null): Options | null {
  if (member === null || body[member.valueStart] === letterN) return null;
  if (body[member.valueStart] !== 0x7b) throw invalid('stream_options', '"stream_options" must be an object.');
  const bytes = body.subarray(member.valueStart, member.valueEnd);
  return {bytes, object: scanJsonDocument(bytes)};
}

function isTrue(options: Options, name: string): boolean {
  const member = findMember(options.object, name);
  return member !== null && readMember(options.bytes, member) === true;
}

function missing(param: string): InventivError {
  return invalid(param, `Missing required parameter: "${param}".`, 'missing_required_parameter');
}

function invalid(param: string, message: string, detailCode?: string): InventivError {
  return new InventivError('invalid_input', message, {param, detailCode});
}
