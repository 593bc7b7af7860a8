import {isUuid} from '../ids.ts';

const IDS_IN_TEXT = /[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}|\d{1,3}(?:\.\d{1,3}){3}/g;
const IPV4 = /^\d{1,3}(\.\d{1,3}){3}$/;

/** Which id or address of the fake stands for which one of the recording. Once paired, a pair never changes. */
export class IdMap {
  #pairs = new Map<string, string>();

  has(recorded: string): boolean {
    return this.#pairs.has(recorded);
  }

  get(recorded: string): string | undefined {
    return this.#pairs.get(recorded);
  }

  pair(recorded: string, fake: string): void {
    this.#pairs.set(recorded, fake);
  }

  /** Ids and addresses inside a longer text, such as `/images/<id>`. */
  static idsIn(text: string): string[] {
    return text.match(IDS_IN_TEXT) ?? [];
  }

  /** The text with every known id and address of the recording replaced by the fake's. */
  translate(text: string): string {
    return text.replace(IDS_IN_TEXT, found => this.#pairs.get(found) ?? found);
  }
}

/** Ids and IPv4 addresses are paired; anything else is compared as it is. */
export function isPairable(value: unknown): value is string {
  return isUuid(value) || (typeof value === 'string' && IPV4.test(value));
}
