/**
 * How a reader looks at samples: the montage and the filters, their steps, words and spelling in an address.
 *
 * Sole owner of what is on offer. A page carries the view it was made with, so what is printed beside
 * it is true of the pixels and not of the last key.
 *
 * @module
 */

import {
  designFilters,
  FILTERS_OFF,
  type FilterSettings,
  MONTAGE_KINDS,
  type MontageKind,
} from "@wavekeep/core/signal";
import { rateHz, sampleRate } from "@wavekeep/core/time";
import type { RecordingModel } from "./recording_model.ts";
import type { RowFilters } from "./row_filters.ts";

/** A montage, and what the reader has said about it. */
export interface MontageChoice {
  readonly kind: MontageKind;
  /** The reader's own, as typed; used by kind `own`. */
  readonly own: string;
  /** Leaves Fp1, Fp2, F7 and F8 out of the average: eyes are loudest there. */
  readonly isFrontLeftOut: boolean;
  /** Right above left. */
  readonly isRightFirst: boolean;
  /** Electrodes (and channels without one, by name) that the reader does not trust. */
  readonly bad: readonly string[];
}

/** Everything that stands between the samples as recorded and the traces. */
export interface PageView {
  readonly montage: MontageChoice;
  readonly filters: FilterSettings;
  /** Rows with filters of their own, by name. */
  readonly rowFilters?: Readonly<Record<string, RowFilters>>;
}

/** Channels as recorded. */
export const MONTAGE_DEFAULT: MontageChoice = {
  kind: "recorded",
  own: "",
  isFrontLeftOut: false,
  isRightFirst: false,
  bad: [],
};

/** What a page opens with: 0.5 to 70 Hz, no notch, causal. */
export const FILTERS_DEFAULT: FilterSettings = { ...FILTERS_OFF, lowHz: 0.5, highHz: 70 };

/** Samples as they were recorded. */
export const RECORDED_VIEW: PageView = { montage: MONTAGE_DEFAULT, filters: FILTERS_OFF };

/** Low-frequency filters on offer, Hz. */
export const LOW_FILTERS = [null, 0.1, 0.3, 0.5, 1, 1.6, 5] as const;
/** High-frequency filters on offer, Hz. */
export const HIGH_FILTERS = [null, 15, 30, 35, 50, 70, 100] as const;
/** Notches on offer, Hz. */
export const NOTCHES = [null, 50, 60] as const;

/** Montages in the order of their keys. */
export const MONTAGE_NAMES: Readonly<Record<MontageKind, string>> = {
  recorded: "as recorded",
  longitudinal: "longitudinal bipolar",
  transverse: "transverse bipolar",
  average: "average reference",
  laplacian: "Laplacian",
  cz: "Cz reference",
  ears: "ear reference",
  own: "own montage",
};

/** The step after `value` in a list; from the last to the first. */
export function nextStep<T>(steps: readonly T[], value: T): T {
  return steps[(steps.indexOf(value) + 1) % steps.length]!;
}

/** `0.5 Hz (TC 0.32 s)`, or `off`. The time constant is 1 ÷ 2πf. */
export function lowFilterText(hertz: number | null): string {
  if (hertz === null) return "off";
  return `${hertz} Hz (TC ${Number((1 / (2 * Math.PI * hertz)).toPrecision(2))} s)`;
}

/** `70 Hz`, or `off`. */
export function hertzText(hertz: number | null): string {
  return hertz === null ? "off" : `${hertz} Hz`;
}

/** `50 Hz (Q 30)`, or `off`. */
export function notchText({ notchHz, notchQ }: FilterSettings): string {
  return notchHz === null ? "off" : `${notchHz} Hz (Q ${notchQ})`;
}

/** The filters in words: `0.5 to 70 Hz, notch 50 Hz, zero-phase`. */
export function filterSummary(filters: FilterSettings): string {
  const { lowHz, highHz, notchHz, phase } = filters;
  const parts = [
    lowHz === null ? "" : `low filter ${lowHz} Hz`,
    highHz === null ? "" : `high filter ${highHz} Hz`,
    notchHz === null ? "" : `notch ${notchHz} Hz`,
  ].filter((part) => part !== "");
  if (parts.length === 0) return "no filters";
  return [...parts, phase].join(", ");
}

/**
 * Which filters cannot run on some of a recording's voltages, because they lie at or above half the
 * sample rate there. Those channels are shown without.
 */
export function impossibleFilters(
  filters: FilterSettings,
  model: RecordingModel,
): ReadonlySet<"low" | "high" | "notch"> {
  const rates = new Map<string, number>();
  for (const { streams } of model.segments) {
    for (const { rate, channels } of streams) {
      if (!channels.some(({ row }) => model.rows[row]?.microvoltsPerUnit != null)) continue;
      const { samples, seconds } = rate;
      rates.set(`${samples}/${seconds}`, rateHz(sampleRate(BigInt(samples), BigInt(seconds))));
    }
  }
  return new Set([...rates.values()].flatMap((rate) => designFilters(filters, rate).impossible));
}

/** The band the recorder kept, as the channels on the page state it. */
export function recordedBandText(model: RecordingModel): string {
  const stated = new Set(
    model.rows.filter(({ microvoltsPerUnit }) => microvoltsPerUnit !== null)
      .map(({ prefilter }) => prefilter ?? ""),
  );
  const [only = ""] = stated;
  if (stated.size > 1) return "differs by channel";
  return only === "" ? "not stated" : only;
}

/** Twice the block and margin of the slowest filter on offer, run backwards. */
const LIVE_EDGE_SECONDS = 120;

/**
 * The view that a page ending at `end` can have. Running backwards needs samples from after the page;
 * while they are still to come, a trace would change under the reader's eyes: near the live edge filters
 * are causal.
 */
export function awayFromLiveEdge(view: PageView, model: RecordingModel, end: number): PageView {
  const { filters } = view;
  // No age: nothing more will come.
  const isGrowing = model.status === "open" && model.ageSeconds !== null;
  return filters.phase === "zero-phase" && isGrowing && end + LIVE_EDGE_SECONDS > model.endSeconds
    ? { ...view, filters: { ...filters, phase: "causal" } }
    : view;
}

/** The view as address parameters; what is as always is left out. Own montages stay in this browser. */
export function viewQuery({ montage, filters }: PageView): Record<string, string> {
  const text = (hertz: number | null) => hertz === null ? "off" : String(hertz);
  const differs = (name: "lowHz" | "highHz" | "notchHz", key: string) =>
    filters[name] === FILTERS_DEFAULT[name] ? {} : { [key]: text(filters[name]) };
  return {
    ...(montage.kind === "recorded" ? {} : { montage: montage.kind }),
    ...(montage.isRightFirst ? { order: "right-first" } : {}),
    ...(montage.bad.length === 0 ? {} : { bad: montage.bad.join(",") }),
    ...differs("lowHz", "low"),
    ...differs("highHz", "high"),
    ...differs("notchHz", "notch"),
    ...(filters.phase === "causal" ? {} : { phase: filters.phase }),
  };
}

/** Reads {@link viewQuery} back; what makes no sense is as always. */
export function parseView(get: (name: string) => string | undefined): PageView {
  const step = (steps: readonly (number | null)[], key: string, otherwise: number | null) => {
    const found = steps.find((hertz) => get(key) === (hertz === null ? "off" : String(hertz)));
    return found === undefined ? otherwise : found;
  };
  const kind = MONTAGE_KINDS.find((known) => known === get("montage"));
  return {
    montage: {
      ...MONTAGE_DEFAULT,
      kind: kind ?? "recorded",
      isRightFirst: get("order") === "right-first",
      bad: (get("bad") ?? "").split(",").filter((name) => name !== "").slice(0, 64),
    },
    filters: {
      ...FILTERS_DEFAULT,
      lowHz: step(LOW_FILTERS, "low", FILTERS_DEFAULT.lowHz),
      highHz: step(HIGH_FILTERS, "high", FILTERS_DEFAULT.highHz),
      notchHz: step(NOTCHES, "notch", FILTERS_DEFAULT.notchHz),
      phase: get("phase") === "zero-phase" ? "zero-phase" : "causal",
    },
  };
}
