import {readFileSync} from 'node:fs';
import {isObject, type Json, type JsonObject, numberOf, parseJson, stringOf} from '../json.ts';

/** One recorded exchange. */
export interface Interaction {
  /** Position in the original recording; a jump means that exchanges were left out. */
  index: number;
  method: string;
  path: string;
  query: URLSearchParams;
  /** Undefined when the recorder did not keep it. */
  requestBody: string | undefined;
  requestType: string | undefined;
  status: number;
  headers: Record<string, string>;
  text: string;
  /** The answer, when it is JSON. */
  body: Json | undefined;
  dateMs: number;
}

export interface Recording {
  file: string;
  interactions: Interaction[];
}

/** Reads a recording; the text says what is wrong with a file that is not one. */
export function readRecording(file: string): Recording | string {
  const parsed = parseJson(readFileSync(file, 'utf8'));
  if (!isObject(parsed) || !Array.isArray(parsed.interactions)) return 'not a recording: no list of interactions';
  let dateMs = 0;
  const interactions: Interaction[] = [];
  for (const [position, raw] of parsed.interactions.entries()) {
    if (!isObject(raw) || !isObject(raw.request) || !isObject(raw.response))
      return `interaction ${position} is malformed`;
    const interaction = readInteraction(raw, raw.request, raw.response, position, dateMs);
    if (typeof interaction === 'string') return interaction;
    dateMs = interaction.dateMs;
    interactions.push(interaction);
  }
  return {file, interactions};
}

function readInteraction(
  raw: JsonObject,
  request: JsonObject,
  response: JsonObject,
  position: number,
  previousDateMs: number,
): Interaction | string {
  const url = URL.parse(stringOf(request.url) ?? '');
  const status = numberOf(response.status);
  if (url === null || status === undefined) return `interaction ${position} has no URL or status`;
  const method = stringOf(request.method) ?? 'GET';
  const headers = lowerCased(response.headers);
  const text = stringOf(response.body) ?? '';
  const date = Date.parse(headers.date ?? '');
  return {
    index: numberOf(raw.index) ?? position,
    method,
    path: url.pathname,
    query: url.searchParams,
    // Some recorders wrote the answer where the body of a GET or DELETE would be.
    requestBody: method === 'GET' || method === 'DELETE' ? '' : stringOf(request.body),
    requestType: lowerCased(request.headers)['content-type'],
    status,
    headers,
    text,
    body: text === '' ? undefined : parseJson(text),
    dateMs: Number.isNaN(date) ? previousDateMs : Math.max(date, previousDateMs),
  };
}

function lowerCased(headers: Json | undefined): Record<string, string> {
  if (!isObject(headers)) return {};
  return Object.fromEntries(
    Object.entries(headers).flatMap(([name, value]) => {
      const text = Array.isArray(value) ? stringOf(value[0]) : stringOf(value);
      return text === undefined ? [] : [[name.toLowerCase(), text]];
    }),
  );
}
