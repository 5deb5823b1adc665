/**
 * Bench. What a row is: its name, unit, which way is better, and the bound an issue states.
 *
 * Sole owner of the ratio and of `met`. Names are known before anything is measured, so `--only` can
 * skip work and a test can compare committed results with what the suites declare.
 *
 * @module
 */

/** Units of rows. "×" is for rows that are a ratio themselves: against the baseline, or of growth. */
export const UNITS = [
  "B/sample",
  "M samples/s",
  "samples/s",
  "requests/s",
  "chunks/s",
  "ms",
  "µs",
  "s",
  "×",
  "MB",
  "KB",
  "bytes",
  "errors",
] as const;
export type Unit = typeof UNITS[number];

/** One row before it is measured. */
export interface RowPlan {
  readonly name: string;
  readonly unit: Unit;
  readonly better: "lower" | "higher";
  /** A bound in `unit` that an issue states; null when none does. */
  readonly must: number | null;
  /** Takes too long for a default run: measured with `--full`, or when `--only` names it. */
  readonly isLong?: boolean;
}

/** One measured row, as results files hold it. */
export interface Row {
  readonly name: string;
  /** Wavekeep's median (or the quantile in the name). Zero is only for what is counted. */
  readonly value: number;
  readonly unit: Unit;
  /** The same measure of the baseline in the same run; null when it has none. */
  readonly baseline: number | null;
  /** How many times better than the baseline: above 1 is better, whichever way the unit goes. */
  readonly ratio: number | null;
  readonly must: number | null;
  /** Whether `value` keeps `must`; null when there is none. */
  readonly met: boolean | null;
}

/** What a plan says besides its name and unit. */
export type RowPlanOptions = Partial<Pick<RowPlan, "better" | "must" | "isLong">>;

/** A plan; higher is better for speeds, lower for everything else, unless told. */
export function rowPlan(name: string, unit: Unit, options: RowPlanOptions = {}): RowPlan {
  return { name, unit, better: unit.endsWith("/s") ? "higher" : "lower", must: null, ...options };
}

/**
 * A measured row: the ratio and the bound worked out.
 *
 * @throws {RangeError} A value is no positive finite number, and no count of zero: a measurement that
 * went wrong.
 */
export function measuredRow(plan: RowPlan, value: number, baseline: number | null): Row {
  const isCount = plan.unit === "errors" && baseline === null;
  for (const number of [value, baseline ?? value]) {
    if (!(Number.isFinite(number) && (number > 0 || isCount && number === 0))) {
      throw new RangeError(`Cannot report "${plan.name}": value ${value}, baseline ${baseline}`);
    }
  }
  const isLower = plan.better === "lower";
  const ratio = baseline === null ? null : isLower ? baseline / value : value / baseline;
  const met = plan.must === null ? null : isLower ? value <= plan.must : value >= plan.must;
  return {
    name: plan.name,
    value: significant(value),
    unit: plan.unit,
    baseline: baseline === null ? null : significant(baseline),
    ratio: ratio === null ? null : significant(ratio),
    must: plan.must,
    met,
  };
}

/** Four significant digits: more would claim a precision that timings do not have. */
function significant(value: number): number {
  return Number(value.toPrecision(4));
}
