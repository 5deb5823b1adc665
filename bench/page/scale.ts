/**
 * Bench, page. From values to places on an axis, and where its ticks stand.
 *
 * @module
 */

import type { Curve } from "../curves.ts";

export type ScaleKind = Curve["x"]["scale"];

/** An axis between two values. */
export interface Scale {
  /** 0 at the low end, 1 at the high end. Outside of the axis: beyond these. */
  place(value: number): number;
  readonly ticks: readonly { readonly value: number; readonly label: string }[];
}

/**
 * The scale of an axis that holds all values.
 *
 * @param values At least one. A logarithmic axis takes only those above zero into account; zero stands at
 * its low end.
 */
export function scaleOf(kind: ScaleKind, values: readonly number[]): Scale {
  if (kind === "linear") return linearScale(values);
  if (kind === "log") return logScale(values);
  return ninesScale(values);
}

function linearScale(values: readonly number[]): Scale {
  const high = Math.max(...values, 0) || 1;
  const step = niceStep(high / 5);
  const end = Math.ceil(high / step - 1e-9) * step;
  const ticks = Array.from({ length: Math.round(end / step) + 1 }, (_, i) => i * step);
  return { place: (value) => value / end, ticks: labelled(ticks) };
}

function logScale(values: readonly number[]): Scale {
  const positive = values.filter((value) => value > 0);
  const low = Math.min(...positive, Infinity);
  const high = Math.max(...positive, -Infinity);
  if (!Number.isFinite(low)) return logScale([1]);
  const steps = decadeSteps(low, high);
  const start = steps.findLast((step) => step <= low)!;
  let end = steps.find((step) => step >= high)!;
  if (end === start) end = steps.find((step) => step > start)!;
  const span = Math.log(end / start);
  const inside = steps.filter((step) => start <= step && step <= end);
  // Of many decades the powers of ten are enough.
  const shown = inside.length > 8 ? inside.filter(isPowerOfTen) : inside;
  return {
    place: (value) => value <= 0 ? 0 : Math.log(value / start) / span,
    ticks: labelled(shown.length >= 2 ? shown : inside),
  };
}

/** 0, 0.9, 0.99 and 0.999 are equally far apart: the tail is what percentiles are looked at for. */
function ninesScale(values: readonly number[]): Scale {
  const nines = (share: number) => -Math.log10(1 - Math.min(share, 1 - 1e-9));
  const high = Math.max(1, Math.ceil(nines(Math.max(...values)) - 1e-9));
  const shares = [0, 0.5, ...Array.from({ length: high }, (_, i) => 1 - 10 ** -(i + 1))];
  return {
    place: (value) => nines(value) / high,
    ticks: shares.map((value) => ({
      value,
      label: value === 0 ? "0" : `p${Number((100 * value).toPrecision(8))}`,
    })),
  };
}

/** 1, 2 and 5 of every decade from below `low` to above `high`. */
function decadeSteps(low: number, high: number): number[] {
  const first = Math.floor(Math.log10(low) - 1e-9) - 1;
  const last = Math.ceil(Math.log10(high) + 1e-9) + 1;
  const steps: number[] = [];
  for (let power = first; power <= last; power++) {
    for (const digit of [1, 2, 5]) steps.push(Number(`${digit}e${power}`));
  }
  return steps;
}

function isPowerOfTen(value: number): boolean {
  return value.toExponential().startsWith("1e");
}

function niceStep(wanted: number): number {
  const power = 10 ** Math.floor(Math.log10(wanted));
  const digit = [1, 2, 5, 10].find((digit) => digit * power >= wanted * (1 - 1e-9))!;
  return Number((digit * power).toPrecision(6));
}

function labelled(ticks: readonly number[]): { value: number; label: string }[] {
  return ticks.map((value) => ({
    value,
    label: Number(value.toPrecision(6)).toLocaleString("en-US", { maximumSignificantDigits: 4 }),
  }));
}
