/**
 * Layer 4. What a stream's samples mean, as bytes to be hashed.
 *
 * Sole owner of the descriptor's byte form. A changed physical maximum is as bad as a changed sample, so
 * every field that gives a sample its meaning is in here, calibration as the text that was written.
 *
 * @see core/chunk/FORMAT.md, "Descriptor"
 * @module
 */

import { ByteReader, ByteWriter } from "../bytes/mod.ts";
import type { Sha256 } from "../checksum/mod.ts";
import { CorruptInputError } from "../error.ts";
import type { Calibration, Channel, ChannelType, StreamDescriptor } from "../recording/mod.ts";
import { sampleRate } from "../time/mod.ts";
import { KIND_CODES, readKind } from "./chunk_header.ts";
import { labelledDigest } from "./digests.ts";

/** The names that FORMAT.md allows: a list of our own, so that a decoder in a browser needs no schemas. */
const CHANNEL_TYPES: Readonly<Record<ChannelType, true>> = {
  eeg: true,
  eog: true,
  emg: true,
  ecg: true,
  reference: true,
  respiration: true,
  saturation: true,
  pulse: true,
  temperature: true,
  accelerometer: true,
  position: true,
  sound: true,
  light: true,
  event: true,
  status: true,
  hypnogram: true,
  other: true,
  unknown: true,
};

/** The bytes of a descriptor. The stream number is not among them: equal streams have equal bytes. */
export function encodeDescriptor(descriptor: StreamDescriptor): Uint8Array<ArrayBuffer> {
  const writer = new ByteWriter(64 + 64 * descriptor.channels.length);
  writer.u64(descriptor.rate.samples).u64(descriptor.rate.seconds);
  writer.u8(KIND_CODES[descriptor.kind]).u16(descriptor.channels.length);
  for (const channel of descriptor.channels) writeChannel(writer, channel);
  return writer.finish();
}

/**
 * Reads what {@link encodeDescriptor} wrote.
 *
 * @param stream The stream number, which the bytes do not hold.
 * @throws {TruncatedInputError} `bytes` ends early.
 * @throws {CorruptInputError} A field is outside its range, the rate is not reduced, or bytes are left.
 */
export function decodeDescriptor(bytes: Uint8Array, stream: number): StreamDescriptor {
  const reader = new ByteReader(bytes, { what: "descriptor" });
  const samples = reader.u64();
  const seconds = reader.u64();
  const rate = sampleRate(samples, seconds);
  if (rate.samples !== samples) {
    throw new CorruptInputError(
      `Cannot read descriptor: rate ${samples}/${seconds} is not reduced`,
      { offset: 0, field: "rate" },
    );
  }
  const kind = readKind(reader);
  const channelCount = reader.u16();
  const channels: Channel[] = [];
  for (let i = 0; i < channelCount; i++) channels.push(readChannel(reader));
  reader.expectEnd();
  return { stream, rate, kind, channels };
}

/** H("wavekeep/descriptor/v1\0" ‖ bytes), 32 bytes. */
export function descriptorDigest(descriptor: StreamDescriptor, sha256: Sha256): Uint8Array {
  return labelledDigest("descriptor", [encodeDescriptor(descriptor)], sha256);
}

function writeChannel(writer: ByteWriter, channel: Channel): void {
  writer.u16(channel.position);
  writer.text16(channel.label).text16(channel.type).text16(channel.unit);
  const { calibration } = channel;
  writer.u8(calibration === null ? 0 : 1);
  writer.i32(calibration?.digitalMin ?? 0).i32(calibration?.digitalMax ?? 0);
  writer.text16(calibration?.physicalMin ?? "").text16(calibration?.physicalMax ?? "");
  writer.text16(channel.reference).text16(channel.prefilter);
}

function readChannel(reader: ByteReader): Channel {
  const position = reader.u16();
  const label = reader.text16("label");
  const type = readChannelType(reader);
  const unit = reader.text16("unit");
  const calibration = readCalibration(reader);
  const reference = reader.text16("reference");
  const prefilter = reader.text16("prefilter");
  return { position, label, type, unit, calibration, reference, prefilter };
}

function readChannelType(reader: ByteReader): ChannelType {
  const offset = reader.offset;
  const text = reader.text16("type");
  if (!Object.hasOwn(CHANNEL_TYPES, text)) {
    throw new CorruptInputError(
      `Cannot read descriptor: no such channel type at offset ${offset}`,
      { offset, field: "type" },
    );
  }
  return text as ChannelType;
}

function readCalibration(reader: ByteReader): Calibration | null {
  const offset = reader.offset;
  const calibrated = reader.u8();
  const digitalMin = reader.i32();
  const digitalMax = reader.i32();
  const physicalMin = reader.text16("physical minimum");
  const physicalMax = reader.text16("physical maximum");
  const isEmpty = digitalMin === 0 && digitalMax === 0 && physicalMin === "" && physicalMax === "";
  if (calibrated > 1 || (calibrated === 0 && !isEmpty)) {
    throw new CorruptInputError(
      `Cannot read descriptor: calibrated is ${calibrated} at offset ${offset}, with fields ${
        isEmpty ? "empty" : "filled"
      }`,
      { offset, field: "calibrated" },
    );
  }
  return calibrated === 0 ? null : { digitalMin, digitalMax, physicalMin, physicalMax };
}
