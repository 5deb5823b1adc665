/**
 * Layer 4. EDF signals to streams and channels.
 *
 * Sole owner of the grouping: channels of one rate are one stream, streams are numbered in order of
 * first appearance, positions are the order of the ordinary signals in the file. Signals without a rate
 * belong to no stream.
 *
 * @module
 */

import type { Channel, StreamDescriptor } from "../recording/mod.ts";
import { equalRates, type SampleRate } from "../time/mod.ts";
import { hasPinNames, isPinName, parseChannelLabel } from "../signal/channel_label.ts";
import type { EdfFile } from "./edf_reader.ts";
import type { EdfSignal } from "./signal_header.ts";
import { parseUnit } from "./unit.ts";

export interface DescribedChannels {
  readonly streams: StreamDescriptor[];
  /**
   * For each stream and channel, the index into `EdfRecord.samples`; the same number as the channel's
   * position.
   */
  readonly signalIndexes: number[][];
}

/**
 * The streams of a file.
 *
 * @example The index pairs are what a chunk is filled by
 * ```ts ignore
 * const { streams, signalIndexes } = describeChannels(file);
 * for await (const { samples } of file.records()) {
 *   for (const index of signalIndexes[0]!) use(samples[index]!);
 * }
 * ```
 */
export function describeChannels(file: Pick<EdfFile, "signals" | "header">): DescribedChannels {
  const streams: { rate: SampleRate; channels: Channel[]; indexes: number[] }[] = [];
  const ordinary = file.signals.filter((signal) => !signal.isAnnotation);
  const hasPins = hasPinNames(ordinary.map(({ label }) => label));
  ordinary.forEach((signal, position) => {
    const { rate } = signal;
    if (rate === null) return;
    let stream = streams.find((each) => equalRates(each.rate, rate));
    if (stream === undefined) {
      stream = { rate, channels: [], indexes: [] };
      streams.push(stream);
    }
    stream.channels.push(describeChannel(signal, { position, hasPins }));
    stream.indexes.push(position);
  });
  return {
    streams: streams.map(({ rate, channels }, stream) => ({
      stream,
      rate,
      kind: "int32" as const,
      channels,
    })),
    signalIndexes: streams.map(({ indexes }) => indexes),
  };
}

function describeChannel(
  signal: EdfSignal,
  context: { position: number; hasPins: boolean },
): Channel {
  const { type, reference } = parseChannelLabel(signal.label);
  // "A1" is the left ear beside O1, and a pin of a 128-channel cap beside A3; so are C1 to C6 then.
  const isPin = context.hasPins && isPinName(signal.label);
  // The word also names a test wave; a pulse rate is not in volts.
  const isWave = type === "pulse" && parseUnit(signal.unit).quantity === "voltage";
  return {
    position: context.position,
    label: signal.label,
    type: isPin || isWave ? "unknown" : type,
    unit: signal.unit,
    calibration: signal.calibration,
    reference,
    prefilter: signal.prefilter,
  };
}
