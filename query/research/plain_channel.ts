/**
 * A channel without a word that somebody wrote: its label, unit, reference and prefilter in words of closed lists.
 *
 * Sole owner of what may stay. Texts of a channel table are free: a name, a number or a room has been found in
 * each of them. What is in no list here becomes `ch N` or nothing; numbers of the calibration stay, or samples
 * would mean nothing.
 *
 * @module
 */

import { parseUnit } from "@wavekeep/core/edf";
import type { Calibration, Channel, ChannelType } from "@wavekeep/core/recording";
import { canonicalElectrode, parseChannelLabel } from "@wavekeep/core/signal";

/** What a channel without an electrode is called, by what it measures. */
const NAMES: Partial<Record<ChannelType, string>> = {
  eog: "EOG",
  emg: "EMG",
  ecg: "ECG",
  respiration: "Resp",
  saturation: "SaO2",
  pulse: "Pulse",
  temperature: "Temp",
};

const DECIMAL = /^[+-]?\d{1,12}(\.\d{1,16})?([eE][+-]?\d{1,3})?$/;

/** `HP:0.1Hz`, `LP: 75 Hz`, `N:50Hz`. */
const FILTER = /\b(HP|LP|N):\s?(-?\d{1,6}(?:\.\d{1,6})?)\s?(k?Hz)\b/gi;

/**
 * The channel in words of closed lists.
 *
 * @example
 * ```ts
 * import { deepStrictEqual } from "node:assert/strict";
 * import { plainChannel } from "./plain_channel.ts";
 *
 * const channel = { position: 4, type: "eeg", unit: "uV", calibration: null } as const;
 * const named = { ...channel, label: "EEG T3-Ref", reference: "Ref", prefilter: "HP:0.1Hz by Ann" };
 * deepStrictEqual(plainChannel(named), { ...named, label: "T7-REF", reference: "REF", prefilter: "HP:0.1Hz" });
 * const free = { ...channel, label: "Ann's left arm", reference: "Ann", prefilter: "Ann" };
 * deepStrictEqual(plainChannel(free), { ...free, label: "ch 5", reference: "", prefilter: "" });
 * ```
 */
export function plainChannel(channel: Channel): Channel {
  const { position, label, type, unit, calibration, reference, prefilter } = channel;
  return {
    position,
    label: plainLabel(label, { position, type }),
    type,
    unit: parseUnit(unit).quantity === "unknown" ? "" : unit.trim(),
    calibration: calibration === null ? null : plainCalibration(calibration),
    reference: plainReference(reference),
    prefilter: [...prefilter.matchAll(FILTER)]
      .map(([, kind, number, unit]) => `${kind!.toUpperCase()}:${number}${unit}`).join(" "),
  };
}

function plainLabel(
  label: string,
  { position, type }: Pick<Channel, "position" | "type">,
): string {
  const { electrode, reference } = parseChannelLabel(label);
  // Beside a cap of numbered pins its table says "unknown" of what looks like an electrode.
  if (electrode !== null && type !== "unknown") {
    const against = plainReference(reference);
    return against === "" ? electrode : `${electrode}-${against}`;
  }
  return NAMES[type] ?? `ch ${position + 1}`;
}

/** An electrode, or a word that means a reference; the label's own grammar knows them. */
function plainReference(text: string): string {
  const electrode = canonicalElectrode(text);
  if (electrode !== null) return electrode;
  return parseChannelLabel(`Cz-${text}`).reference.toUpperCase();
}

/** Null where a number is none: nobody can say what such samples mean anyway. */
function plainCalibration(calibration: Calibration): Calibration | null {
  const { physicalMin, physicalMax } = calibration;
  return DECIMAL.test(physicalMin) && DECIMAL.test(physicalMax) ? calibration : null;
}
