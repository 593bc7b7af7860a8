import {type ApiError, validationFailed} from './openai-errors.ts';

export type JsonObject = Record<string, unknown>;

/**
 * Reads typed fields from a request body and collects every problem, so that one answer names them all.
 * `null` counts as absent, as it does for vLLM; unknown fields are never looked at.
 */
export class BodyFields {
  readonly #body: JsonObject;
  readonly #problems: {path: string; message: string}[] = [];

  constructor(body: JsonObject) {
    this.#body = body;
  }

  text(name: string): string | null {
    return this.#typed(name, 'Input should be a valid string', (value): value is string => typeof value === 'string');
  }

  boolean(name: string): boolean {
    const isBoolean = (value: unknown): value is boolean => typeof value === 'boolean';
    return this.#typed(name, 'Input should be a valid boolean', isBoolean) ?? false;
  }

  integer(name: string): number | null {
    const isInteger = (value: unknown): value is number => typeof value === 'number' && Number.isInteger(value);
    return this.#typed(name, 'Input should be a valid integer', isInteger);
  }

  number(name: string): number | null {
    const isNumber = (value: unknown): value is number => typeof value === 'number';
    return this.#typed(name, 'Input should be a valid number', isNumber);
  }

  object(name: string): JsonObject | null {
    return this.#typed(name, 'Input should be a valid dictionary', isJsonObject);
  }

  list(name: string): unknown[] | null {
    return this.#typed(name, 'Input should be a valid list', (value): value is unknown[] => Array.isArray(value));
  }

  /** One string or a list of strings. */
  texts(name: string): string[] {
    const value = this.raw(name);
    if (value === undefined) return [];
    const list = Array.isArray(value) ? value : [value];
    if (!list.every(item => typeof item === 'string')) this.problem(name, 'Input should be a valid string');
    return list.filter(item => typeof item === 'string');
  }

  integers(name: string): number[] {
    const list = this.list(name) ?? [];
    if (!list.every(item => Number.isInteger(item))) this.problem(name, 'Input should be a valid integer');
    return list.filter(item => typeof item === 'number');
  }

  raw(name: string): unknown {
    return this.#body[name] ?? undefined;
  }

  problem(path: string, message: string): void {
    this.#problems.push({path, message});
  }

  /** Throws one `ApiError` for everything that was wrong so far. */
  check(): void {
    const failure = this.failure();
    if (failure !== null) throw failure;
  }

  failure(): ApiError | null {
    return this.#problems.length === 0 ? null : validationFailed(this.#problems);
  }

  #typed<Value>(name: string, message: string, is: (value: unknown) => value is Value): Value | null {
    const value = this.raw(name);
    if (value === undefined) return null;
    if (is(value)) return value;
    this.problem(name, message);
    return null;
  }
}

export function isJsonObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
