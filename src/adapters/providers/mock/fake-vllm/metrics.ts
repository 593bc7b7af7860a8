/** Prometheus text format 0.0.4, written the way Python's client library writes it (vLLM's `/metrics` comes from it). */
export type Labels = Readonly<Record<string, string>>;

interface Family {
  name: string;
  help: string;
  type: 'counter' | 'gauge' | 'histogram';
  lines(): Iterable<string>;
}

export class MetricsRegistry {
  readonly #families: Family[] = [];

  counter(name: string, help: string): Scalar {
    return this.#scalar(name, help, 'counter');
  }

  gauge(name: string, help: string): Scalar {
    return this.#scalar(name, help, 'gauge');
  }

  /** `buckets` are upper bounds in rising order, without the infinite one. */
  histogram(name: string, help: string, buckets: readonly number[]): Histogram {
    const histogram = new Histogram(name, buckets);
    this.#families.push({name, help, type: 'histogram', lines: () => histogram.lines()});
    return histogram;
  }

  render(): string {
    const parts: string[] = [];
    for (const {name, help, type, lines} of this.#families) {
      parts.push(`# HELP ${name} ${help}`, `# TYPE ${name} ${type}`, ...lines());
    }
    return `${parts.join('\n')}\n`;
  }

  #scalar(name: string, help: string, type: 'counter' | 'gauge'): Scalar {
    const scalar = new Scalar(name);
    this.#families.push({name, help, type, lines: () => scalar.lines()});
    return scalar;
  }
}

/** A counter or a gauge: one number per set of labels. A counter is only ever `add`ed to. */
export class Scalar {
  readonly #name: string;
  readonly #values = new Map<string, {labels: Labels; value: number}>();

  constructor(name: string) {
    this.#name = name;
  }

  add(labels: Labels, amount = 1): void {
    this.#child(labels).value += amount;
  }

  set(labels: Labels, value: number): void {
    this.#child(labels).value = value;
  }

  *lines(): Iterable<string> {
    for (const {labels, value} of this.#values.values()) yield sampleLine(this.#name, labels, value);
  }

  #child(labels: Labels): {labels: Labels; value: number} {
    const key = renderLabels(labels);
    const child = this.#values.get(key) ?? {labels, value: 0};
    this.#values.set(key, child);
    return child;
  }
}

interface HistogramChild {
  labels: Labels;
  /** Not cumulative; the last one counts what is above every bound. */
  counts: number[];
  sum: number;
}

export class Histogram {
  readonly #name: string;
  readonly #buckets: readonly number[];
  readonly #children = new Map<string, HistogramChild>();

  constructor(name: string, buckets: readonly number[]) {
    this.#name = name;
    this.#buckets = buckets;
  }

  /** Makes the series exist before the first observation, as labelled children of the Python client do. */
  touch(labels: Labels): void {
    this.#child(labels);
  }

  observe(labels: Labels, value: number): void {
    const child = this.#child(labels);
    const bucket = this.#buckets.findIndex(bound => value <= bound);
    const at = bucket < 0 ? this.#buckets.length : bucket;
    child.counts[at] = (child.counts[at] ?? 0) + 1;
    child.sum += value;
  }

  *lines(): Iterable<string> {
    for (const {labels, counts, sum} of this.#children.values()) {
      let total = 0;
      for (const [index, count] of counts.entries()) {
        total += count;
        const bound = this.#buckets[index];
        const le = bound === undefined ? '+Inf' : formatNumber(bound);
        yield sampleLine(`${this.#name}_bucket`, {...labels, le}, total);
      }
      yield sampleLine(`${this.#name}_count`, labels, total);
      yield sampleLine(`${this.#name}_sum`, labels, sum);
    }
  }

  #child(labels: Labels): HistogramChild {
    const key = renderLabels(labels);
    const child = this.#children.get(key) ?? {
      labels,
      counts: new Array<number>(this.#buckets.length + 1).fill(0),
      sum: 0,
    };
    this.#children.set(key, child);
    return child;
  }
}

function sampleLine(name: string, labels: Labels, value: number): string {
  return `${name}${renderLabels(labels)} ${formatNumber(value)}`;
}

function renderLabels(labels: Labels): string {
  const names = Object.keys(labels).sort();
  if (names.length === 0) return '';
  return `{${names.map(name => `${name}="${escapeLabel(labels[name] ?? '')}"`).join(',')}}`;
}

function escapeLabel(value: string): string {
  return value.replaceAll('\\', '\\\\').replaceAll('"', '\\"').replaceAll('\n', '\\n');
}

/** Python's float text: `3` is `3.0`, `2000000` is `2e+06`. */
function formatNumber(value: number): string {
  if (value === Number.POSITIVE_INFINITY) return '+Inf';
  if (value > 0 && Number.isInteger(value) && value >= 1e6) {
    const digits = String(value);
    if (digits.includes('e')) return digits;
    const exponent = digits.length - 1;
    const mantissa = `${digits[0]}.${digits.slice(1)}`.replace(/\.?0+$/, '');
    return `${mantissa}e+${String(exponent).padStart(2, '0')}`;
  }
  return Number.isInteger(value) ? value.toFixed(1) : String(value);
}
