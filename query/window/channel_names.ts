/**
 * Which channel of which stream goes by which name in an answer.
 *
 * Sole owner of naming. Names are unique within a recording: the channels of all segments in order,
 * file order within a segment; the second channel of a label is `label#2`. A channel of a later segment
 * is the same channel when label, unit and count of the label agree: a label whose unit changed gets a
 * name of its own, because values in two units must not share a list.
 *
 * @module
 */

import { ProblemError } from "@wavekeep/core/problem";
import { type Channel, uniqueLabels } from "@wavekeep/core/recording";

/** The channels of one stream, as far as naming needs them. */
export interface NamedStreamInput {
  readonly segmentNumber: number;
  readonly stream: number;
  readonly channels: readonly Channel[];
}

/** One channel of one stream under its name. */
export interface NamedChannel {
  readonly name: string;
  readonly segmentNumber: number;
  readonly stream: number;
  /** Row of the channel in the stream's chunks. */
  readonly row: number;
  readonly channel: Channel;
}

/**
 * Names every channel of a recording.
 *
 * @param streams All streams of all segments, in any order.
 * @returns By segment, then position; names repeat from segment to segment, never within one.
 *
 * @example
 * ```ts
 * import { deepStrictEqual } from "node:assert/strict";
 * import { nameChannels } from "./channel_names.ts";
 *
 * const channel = { type: "eeg", unit: "uV", calibration: null, reference: "", prefilter: "" } as const;
 * const channels = [0, 1].map((position) => ({ ...channel, position, label: "T8-P8" }));
 * const named = nameChannels([{ segmentNumber: 0, stream: 0, channels }]);
 * deepStrictEqual(named.map(({ name }) => name), ["T8-P8", "T8-P8#2"]);
 * ```
 */
export function nameChannels(streams: readonly NamedStreamInput[]): NamedChannel[] {
  const unnamed = streams
    .flatMap(({ segmentNumber, stream, channels }) =>
      channels.map((channel, row) => ({ segmentNumber, stream, row, channel }))
    )
    .sort((a, b) =>
      a.segmentNumber - b.segmentNumber || a.channel.position - b.channel.position ||
      a.stream - b.stream || a.row - b.row
    );
  const identities = identify(unnamed);
  const labels = new Map<string, string>();
  unnamed.forEach(({ channel }, index) => {
    const identity = identities[index]!;
    if (!labels.has(identity)) labels.set(identity, channel.label);
  });
  const names = uniqueLabels([...labels.values()]);
  const nameOf = new Map([...labels.keys()].map((identity, index) => [identity, names[index]!]));
  return unnamed.map((entry, index) => ({ name: nameOf.get(identities[index]!)!, ...entry }));
}

/**
 * The channels that a request names.
 *
 * @param text Comma-separated unique names or positions (`@3`); undefined for all. A name that holds a
 * comma is asked for by its position.
 * @throws {ProblemError} `channel-not-found`, listing every name that no channel has.
 */
export function selectChannels(
  named: readonly NamedChannel[],
  text: string | undefined,
): NamedChannel[] {
  if (text === undefined) return [...named];
  const wanted = text.split(",").map((part) => part.trim()).filter((part) => part !== "");
  const matches = (entry: NamedChannel, want: string) =>
    entry.name === want || entry.name.trim() === want || want === `@${entry.channel.position}`;
  const missing = wanted.filter((want) => !named.some((entry) => matches(entry, want)));
  if (missing.length > 0 || wanted.length === 0) {
    throw new ProblemError("channel-not-found", {
      detail: wanted.length === 0
        ? "Cannot select channels: the list is empty"
        : `Cannot select channels: ${missing.length} of ${wanted.length} are not in the recording`,
      // By its place in the list: a label may name a patient, and whoever asked has the list.
      errors: missing.map((want) => ({
        detail: `no channel has name or position ${wanted.indexOf(want) + 1} of the list`,
        pointer: "/query/channels",
      })),
    });
  }
  return named.filter((entry) => wanted.some((want) => matches(entry, want)));
}

/** Label, unit, and the how-manieth of that label and unit within its segment. */
function identify(
  channels: readonly { segmentNumber: number; channel: Channel }[],
): string[] {
  const counts = new Map<string, number>();
  return channels.map(({ segmentNumber, channel }) => {
    const kind = JSON.stringify([channel.label, channel.unit]);
    const key = `${segmentNumber} ${kind}`;
    const count = (counts.get(key) ?? 0) + 1;
    counts.set(key, count);
    return `${count} ${kind}`;
  });
}
