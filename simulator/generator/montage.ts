/**
 * Electrodes on the head and the bipolar channels made from them.
 *
 * Labels and order are those of the CHB-MIT recordings, T8-P8 twice included, because software must
 * cope with that. Positions are a flat drawing of the head: x to the right, y to the front, ears at 1.
 *
 * @module
 */

/** Where an electrode sits on the flat head. */
export interface ElectrodePosition {
  readonly name: string;
  readonly x: number;
  readonly y: number;
}

export const ELECTRODES: readonly ElectrodePosition[] = [
  { name: "FP1", x: -0.31, y: 0.95 },
  { name: "FP2", x: 0.31, y: 0.95 },
  { name: "F7", x: -0.81, y: 0.59 },
  { name: "F3", x: -0.42, y: 0.55 },
  { name: "FZ", x: 0, y: 0.5 },
  { name: "F4", x: 0.42, y: 0.55 },
  { name: "F8", x: 0.81, y: 0.59 },
  { name: "FT9", x: -1.08, y: 0.35 },
  { name: "T7", x: -1, y: 0 },
  { name: "C3", x: -0.5, y: 0 },
  { name: "CZ", x: 0, y: 0 },
  { name: "C4", x: 0.5, y: 0 },
  { name: "T8", x: 1, y: 0 },
  { name: "FT10", x: 1.08, y: 0.35 },
  { name: "P7", x: -0.81, y: -0.59 },
  { name: "P3", x: -0.42, y: -0.55 },
  { name: "PZ", x: 0, y: -0.5 },
  { name: "P4", x: 0.42, y: -0.55 },
  { name: "P8", x: 0.81, y: -0.59 },
  { name: "O1", x: -0.31, y: -0.95 },
  { name: "O2", x: 0.31, y: -0.95 },
];

/** Channel labels in the order of the files. */
export const CHANNEL_LABELS: readonly string[] = [
  ...["FP1-F7", "F7-T7", "T7-P7", "P7-O1", "FP1-F3", "F3-C3", "C3-P3", "P3-O1"],
  ...["FP2-F4", "F4-C4", "C4-P4", "P4-O2", "FP2-F8", "F8-T8", "T8-P8", "P8-O2"],
  ...["FZ-CZ", "CZ-PZ", "P7-T7", "T7-FT9", "FT9-FT10", "FT10-T8", "T8-P8"],
];

/** Index of an electrode by name. */
export function electrodeIndex(name: string): number {
  const index = ELECTRODES.findIndex((electrode) => electrode.name === name);
  if (index < 0) throw new RangeError(`Cannot find electrode "${name}": not in the montage`);
  return index;
}

/** Electrode indexes of each channel: first minus second. */
export const CHANNEL_PAIRS: readonly (readonly [number, number])[] = CHANNEL_LABELS.map((label) => {
  const [first = "", second = ""] = label.split("-");
  return [electrodeIndex(first), electrodeIndex(second)];
});

/** exp(−d² / 2σ²) of each electrode's distance from a point. */
export function nearness(x: number, y: number, sigma: number): Float64Array {
  return Float64Array.from(
    ELECTRODES,
    (e) => Math.exp(-((e.x - x) ** 2 + (e.y - y) ** 2) / (2 * sigma * sigma)),
  );
}
