/**
 * Layer 6. Counts, gauges and histograms, and Prometheus' text format of them (0.0.4).
 *
 * Sole owner of how a metric is named and written. What a request pays is an addition in an array; all else
 * happens when somebody asks. Hazard: a label names a kind (route pattern, status class, problem type), never
 * a patient, recording, device, token or site.
 *
 * @see https://prometheus.io/docs/instrumenting/exposition_formats/
 * @module
 */
import { assert } from "../assert.ts";
import { sleep } from "./sleep.ts";

export const METRICS_MEDIA_TYPE = "text/plain; version=0.0.4; charset=utf-8";

/** One value of a metric. */
export interface MetricSample {
  readonly labels?: Readonly<Record<string, string>>;
  readonly value: number;
  /** Of a histogram: `_bucket`, `_sum`, `_count`. */
  readonly suffix?: string;
}

/** A metric and its values now. */
export interface MetricFamily {
  /** `wavekeep_…`; a counter's ends in `_total`. */
  readonly name: string;
  readonly type: "counter" | "gauge" | "histogram";
  /** Without a full stop. */
  readonly help: string;
  readonly samples: readonly MetricSample[];
}

/**
 * The text that Prometheus reads.
 *
 * @example
 * ```ts
 * import { strictEqual } from "node:assert/strict";
 * import { formatMetrics } from "@wavekeep/core/service";
 *
 * const text = formatMetrics([{
 *   name: "wavekeep_chunks_total",
 *   type: "counter",
 *   help: "Chunks",
 *   samples: [{ labels: { outcome: "stored" }, value: 3 }],
 * }]);
 * strictEqual(text.split("\n")[2], `wavekeep_chunks_total{outcome="stored"} 3`);
 * ```
 */
export function formatMetrics(families: readonly MetricFamily[]): string {
  let text = "";
  for (const { name, type, help, samples } of families) {
    text += `# HELP ${name} ${help}.\n# TYPE ${name} ${type}\n`;
    for (const { labels, value, suffix = "" } of samples) {
      text += `${name}${suffix}${formatLabels(labels)} ${formatValue(value)}\n`;
    }
  }
  return text;
}

function formatLabels(labels: MetricSample["labels"]): string {
  const entries = Object.entries(labels ?? {});
  if (entries.length === 0) return "";
  const escape = (value: string) =>
    value.replaceAll("\\", "\\\\").replaceAll('"', '\\"').replaceAll("\n", "\\n");
  return `{${entries.map(([name, value]) => `${name}="${escape(value)}"`)}}`;
}

function formatValue(value: number): string {
  if (Number.isFinite(value)) return String(value);
  return Number.isNaN(value) ? "NaN" : value > 0 ? "+Inf" : "-Inf";
}

/** A number that only grows. */
export class Counter {
  #value = 0;

  add(count = 1): void {
    this.#value += count;
  }

  samples(): MetricSample[] {
    return [{ value: this.#value }];
  }
}

/** A number for each value of one label; the values must be of a closed list. */
export class CountBy {
  readonly #label: string;
  readonly #counts = new Map<string, number>();

  constructor(label: string) {
    this.#label = label;
  }

  add(value: string, count = 1): void {
    this.#counts.set(value, (this.#counts.get(value) ?? 0) + count);
  }

  samples(): MetricSample[] {
    return [...this.#counts].map(([value, count]) => ({
      labels: { [this.#label]: value },
      value: count,
    }));
  }
}

/** How many values lay below each of some bounds. */
export class Histogram {
  readonly #bounds: readonly number[];
  /** Of each bound those above the one before it; the last: above all. */
  readonly #counts: Float64Array;
  #sum = 0;

  /** @param bounds Rising. */
  constructor(bounds: readonly number[]) {
    assert(
      bounds.every((bound, index) => index === 0 || bound > bounds[index - 1]!),
      "bounds rise",
    );
    this.#bounds = bounds;
    this.#counts = new Float64Array(bounds.length + 1);
  }

  observe(value: number): void {
    let index = 0;
    while (index < this.#bounds.length && value > this.#bounds[index]!) index++;
    this.#counts[index]!++;
    this.#sum += value;
  }

  samples(labels: Readonly<Record<string, string>> = {}): MetricSample[] {
    let count = 0;
    const buckets = [...this.#bounds, Infinity].map((bound, index) => ({
      suffix: "_bucket",
      labels: { ...labels, le: formatValue(bound) },
      value: count += this.#counts[index]!,
    }));
    return [
      ...buckets,
      { suffix: "_sum", labels, value: this.#sum },
      { suffix: "_count", labels, value: count },
    ];
  }
}

/** From a millisecond to ten seconds, in seconds. */
export const SECONDS_BOUNDS: readonly number[] = [
  ...[0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10],
];

/** A source that takes longer is left out: whoever asks hears what is known. */
const SOURCE_TIMEOUT_MS = 900;

type Described = Omit<MetricFamily, "samples">;

/** The metrics of a process. */
export class Metrics {
  readonly #families = new Map<string, Described & { read(): readonly MetricSample[] }>();
  readonly #sources: (() => Promise<readonly MetricFamily[]>)[] = [];

  counter(name: string, help: string): Counter {
    const counter = new Counter();
    this.add({ name, help, type: "counter" }, () => counter.samples());
    return counter;
  }

  countBy(name: string, help: string, label: string): CountBy {
    const counts = new CountBy(label);
    this.add({ name, help, type: "counter" }, () => counts.samples());
    return counts;
  }

  histogram(name: string, help: string, bounds: readonly number[] = SECONDS_BOUNDS): Histogram {
    const histogram = new Histogram(bounds);
    this.add({ name, help, type: "histogram" }, () => histogram.samples());
    return histogram;
  }

  /** @param read Asked at each reading. */
  gauge(name: string, help: string, read: () => number): void {
    this.add({ name, help, type: "gauge" }, () => [{ value: read() }]);
  }

  /** A metric whose values are read when somebody asks; one of the same name takes its place. */
  add(described: Described, read: () => readonly MetricSample[]): void {
    assert(/^wavekeep_[a-z0-9_]+$/.test(described.name), "a metric is named wavekeep_…");
    assert(
      (described.type === "counter") === described.name.endsWith("_total"),
      "a counter, and nothing else, ends in _total",
    );
    this.#families.set(described.name, { ...described, read });
  }

  /** Metrics that have to be fetched; left out when that fails or takes too long. */
  source(read: () => Promise<readonly MetricFamily[]>): void {
    this.#sources.push(read);
  }

  /** All of them, as text. */
  async render(): Promise<string> {
    const fetched = await Promise.all(this.#sources.map(withinTime));
    const own = [...this.#families.values()].map(({ read, ...described }) => ({
      ...described,
      samples: read(),
    }));
    return formatMetrics([...own, ...fetched.flat()]);
  }
}

async function withinTime(
  read: () => Promise<readonly MetricFamily[]>,
): Promise<readonly MetricFamily[]> {
  const done = new AbortController();
  try {
    return await Promise.race([
      read().catch(() => []),
      sleep(SOURCE_TIMEOUT_MS, done.signal).then(() => []),
    ]);
  } finally {
    done.abort();
  }
}
