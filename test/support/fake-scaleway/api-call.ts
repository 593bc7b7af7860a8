import {invalidArguments} from './errors.ts';
import {isObject, type Json, type JsonObject, parseJson, stringOf} from './json.ts';
import type {World} from './world.ts';

/** A call that reached a handler. */
export interface ApiCall {
  world: World;
  method: string;
  path: string;
  /** Parts of the path named in the route, decoded. */
  params: Record<string, string>;
  query: URLSearchParams;
  rawBody: Buffer;
}

export interface ApiReply {
  status: number;
  body?: Json;
  /** Plain text answer, for user_data. */
  text?: Buffer;
  contentType?: string;
  headers?: Record<string, string>;
}

export type Handler = (call: ApiCall) => ApiReply;

export function ok(body: Json, headers: Record<string, string> = {}): ApiReply {
  return {status: 200, body, headers};
}

/** 204: no body, but a Content-Type as the real API sends. */
export function noContent(contentType = 'application/json'): ApiReply {
  return {status: 204, contentType};
}

export function param(call: ApiCall, name: string): string {
  return call.params[name] ?? '';
}

/** The JSON object sent. A body that is not one is a 400. */
export function jsonBody(call: ApiCall): JsonObject {
  const text = call.rawBody.toString('utf8');
  const body = text === '' ? {} : parseJson(text);
  if (isObject(body)) return body;
  throw invalidArguments({argument_name: 'body', reason: 'format', help_message: 'expected a JSON object'});
}

export function requiredString(body: JsonObject, name: string): string {
  const value = stringOf(body[name]);
  if (value !== undefined && value !== '') return value;
  throw invalidArguments({argument_name: name, reason: 'required', help_message: 'required key not provided'});
}
