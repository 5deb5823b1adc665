/**
 * Layer 2. What a channel's label says: type, electrode, reference.
 *
 * Sole owner of the label words. A label is cut into tokens and every token is looked up whole: "POL E"
 * is not an electrocardiogram because it has an E, and "Channel-1" has no reference called 1. What is
 * not in a table is unknown, and the label itself is always kept as written.
 *
 * @see EDF+ specification, standard texts and polarity rules: https://www.edfplus.info/specs/edftexts.html
 * @module
 */

import type { ChannelType } from "../recording/mod.ts";

export interface ChannelLabel {
  readonly type: ChannelType;
  /** Canonical 10-10 name ("T7" for T3, "Fc5" stays "FC5"), or null. */
  readonly electrode: string | null;
  /** Reference as written, or empty. */
  readonly reference: string;
  /** A dash in place of a label: an empty input, stored and hidden. */
  readonly isDummy: boolean;
  /** An electrode was written with the digit 0 for the letter O. */
  readonly hasDigitZero: boolean;
}

/** First words that name a type; upper case. */
const TYPE_WORDS: ReadonlyMap<string, ChannelType> = new Map<string, ChannelType>([
  ["EEG", "eeg"],
  ["ECOG", "eeg"],
  ["SEEG", "eeg"],
  ["EOG", "eog"],
  ["VEOG", "eog"],
  ["HEOG", "eog"],
  ["LOC", "eog"],
  ["ROC", "eog"],
  ["ECG", "ecg"],
  ["EKG", "ecg"],
  ["ECG1", "ecg"],
  ["ECG2", "ecg"],
  ["EKG1", "ecg"],
  ["EKG2", "ecg"],
  ["EMG", "emg"],
  ["CHIN", "emg"],
  ["REF", "reference"],
  ["REF_EEG", "reference"],
  ["RESP", "respiration"],
  ["SAO2", "saturation"],
  ["SPO2", "saturation"],
  ["HR", "pulse"],
  ["BPM", "pulse"],
  ["PULSE", "pulse"],
  ["PLETH", "pulse"],
  ["TEMP", "temperature"],
  ["ACC", "accelerometer"],
  ["POS", "position"],
  ["SOUND", "sound"],
  ["SNORE", "sound"],
  ["LIGHT", "light"],
  ["EVENT", "event"],
  ["MARKER", "event"],
  ["MK", "event"],
  ["DIG", "event"],
  ["DTRIG", "event"],
  ["TRIGGER", "event"],
  ["STATUS", "status"],
  ["HYPNOGRAM", "hypnogram"],
]);

/** Vendor prefixes that say nothing about the type. */
const EMPTY_PREFIXES: ReadonlySet<string> = new Set(["POL"]);

/** Words for a reference that is not an electrode; upper case. */
const REFERENCE_WORDS: ReadonlySet<string> = new Set([
  "REF",
  "LE",
  "RE",
  "AR",
  "AV",
  "AVG",
  "AVE",
  "CAR",
  "LER",
  "CS2",
  "A1A2",
  "A12",
  "M1M2",
]);

/** Names of the 10-10 system in their own spelling, with the old temporal names. */
const ELECTRODES: ReadonlyMap<string, string> = electrodeTable();

/** Older names of the 10-20 system. */
const RENAMED: ReadonlyMap<string, string> = new Map([
  ["T3", "T7"],
  ["T4", "T8"],
  ["T5", "P7"],
  ["T6", "P8"],
]);

/**
 * Reads a label.
 *
 * @example
 * ```ts
 * import { deepStrictEqual, strictEqual } from "node:assert/strict";
 * import { parseChannelLabel } from "@wavekeep/core/signal";
 *
 * const { type, electrode, reference } = parseChannelLabel("EEG T3-Ref");
 * deepStrictEqual([type, electrode, reference], ["eeg", "T7", "Ref"]);
 * strictEqual(parseChannelLabel("Fc5.").electrode, "FC5");
 * strictEqual(parseChannelLabel("POL E").type, "unknown");
 * ```
 */
export function parseChannelLabel(label: string): ChannelLabel {
  const tokens = label.trim().split(/\s+/).filter((token) => token !== "");
  if (tokens.length > 0 && tokens.every((token) => isDashes(token))) {
    return { ...UNKNOWN, type: "other", isDummy: true };
  }
  if (tokens.length > 1 && EMPTY_PREFIXES.has(tokens[0]!.toUpperCase())) tokens.shift();
  const first = tokens[0];
  if (first === undefined) return UNKNOWN;
  const named = TYPE_WORDS.get(first.toUpperCase());
  if (named !== undefined) return withSpecification(named, tokens.slice(1));
  if (tokens.length > 1) return UNKNOWN;
  const [left = "", right, ...more] = first.split("-");
  if (more.length > 0) return UNKNOWN;
  const pair = lookUpPair(left, right);
  const type = TYPE_WORDS.get(left.toUpperCase()) ??
    (pair.electrode !== null && (right === undefined || pair.reference !== "") ? "eeg" : "unknown");
  return { ...UNKNOWN, ...pair, type };
}

const UNKNOWN: ChannelLabel = {
  type: "unknown",
  electrode: null,
  reference: "",
  isDummy: false,
  hasDigitZero: false,
};

/** The words after a type, such as `Fp2-Ref` after `EEG`. Only a single word names a site. */
function withSpecification(type: ChannelType, words: readonly string[]): ChannelLabel {
  if (words.length !== 1) return { ...UNKNOWN, type };
  const [left = "", right, ...more] = words[0]!.split("-");
  if (more.length > 0) return { ...UNKNOWN, type };
  return { ...UNKNOWN, ...lookUpPair(left, right), type };
}

function lookUpPair(
  left: string,
  right: string | undefined,
): Pick<ChannelLabel, "electrode" | "reference" | "hasDigitZero"> {
  const active = lookUpElectrode(left);
  if (right === undefined) {
    return { electrode: active.name, reference: "", hasDigitZero: active.hasDigitZero };
  }
  const passive = lookUpElectrode(right);
  const isReference = passive.name !== null || REFERENCE_WORDS.has(right.toUpperCase());
  return {
    electrode: active.name,
    reference: isReference ? right : "",
    hasDigitZero: active.hasDigitZero || passive.hasDigitZero,
  };
}

/**
 * Tells whether labels such as `C3` are pins of a numbered cap (BioSemi's A1 to H32) instead of places
 * of the 10-10 system: a label `A3` exists in no other naming.
 */
export function hasPinNames(labels: readonly string[]): boolean {
  return labels.includes("A3");
}

/** Tells whether a label would be a pin where {@link hasPinNames}. */
export function isPinName(label: string): boolean {
  return /^[A-H]\d{1,2}$/.test(label);
}

/** Canonical name of an electrode; dots that pad the name (BCI2000) do not count. */
export function canonicalElectrode(written: string): string | null {
  return lookUpElectrode(written).name;
}

function lookUpElectrode(written: string): { name: string | null; hasDigitZero: boolean } {
  let end = written.length;
  while (end > 0 && written[end - 1] === ".") end--;
  const upper = written.slice(0, end).toUpperCase();
  const known = ELECTRODES.get(upper);
  if (known !== undefined) return { name: RENAMED.get(known) ?? known, hasDigitZero: false };
  if (upper.startsWith("0")) {
    const corrected = ELECTRODES.get(`O${upper.slice(1)}`);
    if (corrected !== undefined) return { name: corrected, hasDigitZero: true };
  }
  return { name: null, hasDigitZero: false };
}

function isDashes(token: string): boolean {
  for (const letter of token) if (letter !== "-") return false;
  return true;
}

/** Rows of the 10-10 system by hand: each row name with the places that exist in it. */
function electrodeTable(): Map<string, string> {
  const rows: Record<string, string> = {
    Fp: "1 z 2",
    AF: "9 7 5 3 1 z 2 4 6 8 10",
    F: "9 7 5 3 1 z 2 4 6 8 10",
    FT: "9 7 8 10",
    FC: "5 3 1 z 2 4 6",
    T: "1 2 3 4 5 6 7 8 9 10",
    C: "5 3 1 z 2 4 6",
    TP: "9 7 8 10",
    CP: "5 3 1 z 2 4 6",
    P: "9 7 5 3 1 z 2 4 6 8 10",
    PO: "9 7 5 3 1 z 2 4 6 8 10",
    O: "1 z 2 9 10",
    I: "1 z 2",
    A: "1 2",
    M: "1 2",
    Sp: "1 2",
    Sph: "1 2",
    Pg: "1 2",
    N: "z",
  };
  const table = new Map<string, string>();
  for (const [row, places] of Object.entries(rows)) {
    for (const place of places.split(" ")) table.set(`${row}${place}`.toUpperCase(), row + place);
  }
  return table;
}
