import {readFileSync} from 'node:fs';

export interface RecordedAnswer {
  readonly method: string;
  readonly path: string;
  readonly status: number;
  readonly body: string;
}

interface Recording {
  readonly interactions: readonly {
    readonly request: {readonly method: string; readonly url: string};
    readonly response: {readonly status: number; readonly body: string};
  }[];
}

const folder = new URL('../../../../fixtures/scaleway-recorded/', import.meta.url);

/** The exchanges of one recording of the real API, in order. */
export function recordedAnswers(name: string): RecordedAnswer[] {
  const {interactions}: Recording = JSON.parse(readFileSync(new URL(`${name}.json`, folder), 'utf8'));
  return interactions.map(({request, response}) => ({
    method: request.method,
    path: new URL(request.url).pathname,
    status: response.status,
    body: response.body,
  }));
}

/** The first answer with that status. */
export function recordedAnswer(name: string, status: number): RecordedAnswer {
  const found = recordedAnswers(name).find(answer => answer.status === status);
  if (found === undefined) throw new Error(`expected an answer ${status} in ${name}`);
  return found;
}
