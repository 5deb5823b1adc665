/** Tests of descriptor, segment record and loss record: bytes, digests, prefixes, every flipped byte. @module */

import { deepStrictEqual, notDeepStrictEqual, ok, strictEqual, throws } from "node:assert/strict";
import { createHash } from "node:crypto";
import { AssertionError } from "../assert.ts";
import { formatHex } from "../bytes/mod.ts";
import { type CoreErrorTag, isCoreError } from "../error.ts";
import { ChannelType, type StreamDescriptor } from "../recording/mod.ts";
import { mutate, properPrefixes } from "../testing/corrupt.ts";
import { sha256 } from "../testing/golden_chunks.ts";
import { prng } from "../testing/prng.ts";
import { parseRate } from "../time/mod.ts";
import { decodeDescriptor, descriptorDigest, encodeDescriptor } from "./descriptor.ts";
import {
  decodeLossRecord,
  encodeLossRecord,
  type LossRecord,
  lossRecordDigest,
} from "./loss_record.ts";
import {
  decodeSegmentRecord,
  encodeSegmentRecord,
  implicitSegmentId,
  recordingReference,
  segmentDigest,
  type SegmentRecord,
} from "./segment_record.ts";

const DESCRIPTOR: StreamDescriptor = {
  stream: 0,
  rate: parseRate("12.8"),
  kind: "int32",
  channels: [
    {
      position: 3,
      label: "T8-P8",
      type: "eeg",
      unit: "µV",
      calibration: {
        digitalMin: -2048,
        digitalMax: 2047,
        physicalMin: "-800.0",
        physicalMax: "800",
      },
      reference: "P8",
      prefilter: "HP:0.1Hz",
    },
    {
      position: 4,
      label: "",
      type: "unknown",
      unit: "",
      calibration: null,
      reference: "",
      prefilter: "",
    },
  ],
};

const SEGMENT: SegmentRecord = {
  signaturePolicy: "chunk",
  recordingReference: new Uint8Array(16).fill(1),
  segmentId: new Uint8Array(16).fill(2),
  keyId: new Uint8Array(32).fill(3),
  openedMicros: -5n,
  clock: "zone-unknown",
  previousSegmentDigest: new Uint8Array(32).fill(4),
  salt: new Uint8Array(32).fill(5),
  descriptorDigests: [new Uint8Array(32).fill(6), new Uint8Array(32).fill(7)],
};

const LOSS: LossRecord = {
  kind: "loss",
  segmentId: new Uint8Array(16).fill(2),
  stream: 1,
  firstSequence: 2 ** 32 - 1,
  sequenceCount: 2,
  firstSample: 2 ** 40,
  sampleCount: 512,
  reason: 200,
};

const ALL: [string, Uint8Array, (bytes: Uint8Array) => unknown, (value: never) => Uint8Array][] = [
  [
    "descriptor",
    encodeDescriptor(DESCRIPTOR),
    (bytes) => decodeDescriptor(bytes, 0),
    encodeDescriptor,
  ],
  ["segment record", encodeSegmentRecord(SEGMENT), decodeSegmentRecord, encodeSegmentRecord],
  ["loss record", encodeLossRecord(LOSS), decodeLossRecord, encodeLossRecord],
];

function checkRejects(decode: () => unknown, tag: CoreErrorTag, what?: string): void {
  throws(decode, (err) => isCoreError(err, tag), what);
}

function changed(bytes: Uint8Array, offset: number, value: number): Uint8Array {
  const copy = new Uint8Array(bytes);
  copy[offset] = value;
  return copy;
}

for (const [name, bytes, decode, encode] of ALL) {
  Deno.test(`a ${name} comes back from its bytes`, () => {
    deepStrictEqual(encode(decode(bytes) as never), bytes);
  });

  Deno.test(`a ${name} cut anywhere is truncated, and one byte more is corruption`, () => {
    for (const prefix of properPrefixes(bytes)) {
      checkRejects(() => decode(prefix), "TruncatedInputError", `${prefix.byteLength} bytes`);
    }
    checkRejects(() => decode(Uint8Array.of(...bytes, 0)), "CorruptInputError");
  });

  Deno.test(`any bytes for a ${name} decode to what encodes to them, or throw a CoreError`, () => {
    const random = prng(41);
    for (let round = 0; round < 1500; round++) {
      const damaged = mutate(bytes, random);
      try {
        deepStrictEqual(encode(decode(damaged) as never), damaged);
      } catch (err) {
        if (!isCoreError(err)) throw err;
      }
    }
  });
}

Deno.test("encodeDescriptor() writes the bytes of FORMAT.md", () => {
  const expected = "4000000000000000" + "0500000000000000" + "01" + "0200" +
    "0300" + "0500" + hex("T8-P8") + "0300" + hex("eeg") + "0300" + "c2b556" + "01" +
    "00f8ffff" + "ff070000" + "0600" + hex("-800.0") + "0300" + hex("800") + "0200" + hex("P8") +
    "0800" + hex("HP:0.1Hz") +
    "0400" + "0000" + "0700" + hex("unknown") + "0000" + "00" + "0000000000000000" +
    "0000".repeat(4);
  strictEqual(formatHex(encodeDescriptor(DESCRIPTOR)), expected);
  deepStrictEqual(decodeDescriptor(encodeDescriptor(DESCRIPTOR), 0), DESCRIPTOR);
});

Deno.test("descriptorDigest() changes with every field but the stream number", () => {
  const digest = formatHex(descriptorDigest(DESCRIPTOR, sha256));
  const [first, second] = DESCRIPTOR.channels;
  const calibration = first!.calibration!;
  const variants: Partial<StreamDescriptor>[] = [
    { rate: parseRate("12.80001") },
    { kind: "binary32" },
    { channels: [second!, first!] },
    ...[
      { position: 9 },
      { label: "T8-P9" },
      { type: "emg" as const },
      { unit: "uV" },
      { reference: "" },
      { prefilter: "" },
      { calibration: null },
      { calibration: { ...calibration, physicalMax: "800.0" } },
      { calibration: { ...calibration, digitalMax: 2048 } },
    ].map((change) => ({ channels: [{ ...first!, ...change }, second!] })),
  ];
  const digests = variants.map((change) =>
    formatHex(descriptorDigest({ ...DESCRIPTOR, ...change }, sha256))
  );
  strictEqual(new Set([digest, ...digests]).size, variants.length + 1);
  strictEqual(formatHex(descriptorDigest({ ...DESCRIPTOR, stream: 7 }, sha256)), digest);
});

Deno.test("decodeDescriptor() knows every channel type, and no other text", () => {
  for (const type of ChannelType.options) {
    const bytes = encodeDescriptor({
      ...DESCRIPTOR,
      channels: [{ ...DESCRIPTOR.channels[1]!, type }],
    });
    strictEqual(decodeDescriptor(bytes, 0).channels[0]!.type, type);
  }
  for (const type of ["", "EEG", "toString"]) {
    const channel = { ...DESCRIPTOR.channels[1]!, type: type as never };
    const bytes = encodeDescriptor({ ...DESCRIPTOR, channels: [channel] });
    checkRejects(() => decodeDescriptor(bytes, 0), "CorruptInputError");
  }
});

Deno.test("decodeDescriptor() rejects a rate that is not reduced, and half a calibration", () => {
  const bytes = encodeDescriptor(DESCRIPTOR);
  checkRejects(() => decodeDescriptor(changed(bytes, 8, 2), 0), "CorruptInputError");
  checkRejects(() => decodeDescriptor(changed(bytes, 0, 0), 0), "CorruptInputError");
  checkRejects(() => decodeDescriptor(changed(bytes, 36, 0), 0), "CorruptInputError");
});

Deno.test("decodeSegmentRecord() holds policy and key together", () => {
  const bytes = encodeSegmentRecord(SEGMENT);
  checkRejects(() => decodeSegmentRecord(changed(bytes, 5, 0)), "CorruptInputError");
  strictEqual(decodeSegmentRecord(changed(bytes, 5, 2)).signaturePolicy, "run");
  checkRejects(() => decodeSegmentRecord(changed(bytes, 5, 3)), "UnsupportedError");
  checkRejects(() => decodeSegmentRecord(changed(bytes, 4, 2)), "UnsupportedError");
  checkRejects(() => decodeSegmentRecord(changed(bytes, 0, 0)), "CorruptInputError");
  checkRejects(() => decodeSegmentRecord(changed(bytes, 78, 4)), "CorruptInputError");
  checkRejects(
    () => decodeSegmentRecord(changed(bytes.slice(0, 145), 143, 0)),
    "CorruptInputError",
  );
  throws(() => encodeSegmentRecord({ ...SEGMENT, keyId: null }), AssertionError);
  throws(() => encodeSegmentRecord({ ...SEGMENT, descriptorDigests: [] }), AssertionError);
});

Deno.test("a segment record without key, time and predecessor holds zeros and says null", () => {
  const bare = encodeSegmentRecord({
    ...SEGMENT,
    signaturePolicy: "none",
    keyId: null,
    openedMicros: null,
    previousSegmentDigest: null,
  });
  strictEqual(formatHex(bare.subarray(70, 78)), "0000000000000080");
  const decoded = decodeSegmentRecord(bare);
  deepStrictEqual(
    [decoded.keyId, decoded.openedMicros, decoded.previousSegmentDigest],
    [null, null, null],
  );
});

Deno.test("segmentDigest() and lossRecordDigest() are H over label and record", () => {
  const record = encodeSegmentRecord(SEGMENT);
  const loss = encodeLossRecord(LOSS);
  const hash = (label: string, bytes: Uint8Array) =>
    createHash("sha256").update(label).update(bytes).digest("hex");
  strictEqual(formatHex(segmentDigest(record, sha256)), hash("wavekeep/segment/v1\0", record));
  strictEqual(formatHex(lossRecordDigest(loss, sha256)), hash("wavekeep/statement/v1\0", loss));
});

Deno.test("recordingReference() keeps code pairs apart that join to the same text", () => {
  const reference = recordingReference("chb01", "stay-1", sha256);
  const expected = createHash("sha256").update("wavekeep/recording/v1\0chb01\0stay-1").digest(
    "hex",
  );
  strictEqual(formatHex(reference), expected.slice(0, 32));
  notDeepStrictEqual(
    recordingReference("a", "bc", sha256),
    recordingReference("ab", "c", sha256),
  );
  const id = implicitSegmentId(7, reference, new Uint8Array(32), sha256);
  strictEqual(id.byteLength, 16);
  notDeepStrictEqual(id, implicitSegmentId(8, reference, new Uint8Array(32), sha256));
});

Deno.test("a loss counts something and an end nothing", () => {
  const end: LossRecord = { ...LOSS, kind: "end", sequenceCount: 0, sampleCount: 0, reason: 5 };
  deepStrictEqual(decodeLossRecord(encodeLossRecord(end)), end);
  throws(() => encodeLossRecord({ ...LOSS, sampleCount: 0 }), AssertionError);
  throws(() => encodeLossRecord({ ...end, sequenceCount: 1 }), AssertionError);
  const bytes = encodeLossRecord(LOSS);
  checkRejects(() => decodeLossRecord(changed(bytes, 5, 1)), "CorruptInputError");
  checkRejects(() => decodeLossRecord(changed(bytes, 5, 2)), "UnsupportedError");
  checkRejects(() => decodeLossRecord(changed(bytes, 4, 9)), "UnsupportedError");
  ok(bytes.byteLength === 49);
});

function hex(text: string): string {
  return formatHex(new TextEncoder().encode(text));
}
