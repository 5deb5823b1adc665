/**
 * What patients, recordings, tasks and channels are called in a BIDS dataset.
 *
 * Sole owner of labels. A label holds letters and digits only, a code of ours also dots, dashes and
 * underscores: those become `Z` and two hexadecimal digits, as a `Z` itself does, so that two codes never
 * share a label and a label can be read back. The tables of the dataset say which code a label stands for.
 *
 * @see https://bids-specification.readthedocs.io/en/stable/common-principles.html#entities
 * @module
 */

import { formatHex } from "@wavekeep/core/bytes";
import { nodeSha256 } from "@wavekeep/core/crypto";
import { type Channel, type ChannelType, uniqueLabels } from "@wavekeep/core/recording";

/** So that the name of a file with all its entities stays below 100 characters. */
const LABEL_CHARACTERS_MAX = 14;
const HASH_CHARACTERS = 8;

/** What EDF's header holds of a label. */
const NAME_CHARACTERS_MAX = 16;

/**
 * The label of a code.
 *
 * What would be longer than 14 characters is cut to 4, `ZZ` (which no other label has) and 8 digits of
 * the code's SHA-256.
 *
 * @example
 * ```ts
 * import { strictEqual } from "node:assert/strict";
 * import { bidsLabel } from "./bids_names.ts";
 *
 * strictEqual(bidsLabel("P01"), "P01");
 * strictEqual(bidsLabel("chb01_03"), "chb01Z5f03");
 * ```
 */
export function bidsLabel(code: string): string {
  const escaped = code.replace(
    /[^A-Ya-z0-9]/g,
    (other) => `Z${other.charCodeAt(0).toString(16).padStart(2, "0")}`,
  );
  if (escaped.length <= LABEL_CHARACTERS_MAX) return escaped;
  const hash = formatHex(nodeSha256(new TextEncoder().encode(code))).slice(0, HASH_CHARACTERS);
  return `${code.replace(/[^A-Ya-z0-9]/g, "").slice(0, 4)}ZZ${hash}`;
}

/**
 * The label of a task: its name without what is neither letter nor digit, as BIDS asks.
 *
 * @example
 * ```ts
 * import { strictEqual } from "node:assert/strict";
 * import { taskLabel } from "./bids_names.ts";
 *
 * strictEqual(taskLabel("long-term monitoring"), "longtermmonitoring");
 * ```
 */
export function taskLabel(taskName: string): string {
  return taskName.replace(/[^A-Za-z0-9]/g, "");
}

/**
 * Names of the channels of a segment, in the order given: unique, and the same in the file of samples, in
 * `channels.tsv` and in `events.tsv`.
 *
 * A label stays as it is where EDF's sixteen characters hold it and no table would take it for something
 * else; otherwise the name is `ch` and the channel's position, and `description` has the label.
 */
export function channelNamesOf(channels: readonly Channel[]): string[] {
  const plain = uniqueLabels(channels.map(({ label }) => label.trim()));
  const isPlain = (name: string) =>
    name.length <= NAME_CHARACTERS_MAX && /^[A-Za-z0-9][!-~]*( [!-~]+)*$/.test(name) &&
    !/^n\/a$|,|^EDF Annotations$|^BDF Annotations$/i.test(name);
  const kept = new Set(plain.filter(isPlain));
  return plain.map((name, index) => {
    if (isPlain(name)) return name;
    let made = `ch${channels[index]!.position}`;
    while (kept.has(made)) made += "x";
    kept.add(made);
    return made;
  });
}

const TYPES: Readonly<Record<ChannelType, string>> = {
  eeg: "EEG",
  eog: "EOG",
  emg: "EMG",
  ecg: "ECG",
  reference: "REF",
  respiration: "RESP",
  saturation: "MISC",
  pulse: "MISC",
  temperature: "TEMP",
  accelerometer: "MISC",
  position: "MISC",
  sound: "AUDIO",
  light: "MISC",
  event: "TRIG",
  status: "TRIG",
  hypnogram: "MISC",
  other: "MISC",
  unknown: "MISC",
};

/** A type of the list that BIDS controls. */
export function bidsType(type: ChannelType): string {
  return TYPES[type];
}

/** A unit with micro spelt as `u`, as the header of the file beside it does. */
export function bidsUnit(unit: string): string {
  return unit.replace(/[\u00b5\u03bc]/g, "u").trim();
}
