// deno-lint-ignore-file camelcase -- JSON member names of the manifest are snake_case
/**
 * Testing. A small bundle out of a made-up log: two segments, a hole, a signing device, marks, and leaves
 * of another recording between its own.
 *
 * @module
 */

import { concatBytes, formatHex } from "@wavekeep/core/bytes";
import {
  chunkSignatureMessage,
  descriptorDigest,
  encodeDescriptor,
  encodeLossRecord,
  encodeSegmentRecord,
  gridRange,
  lossRecordDigest,
  lossRecordSignatureMessage,
  recordingReference,
  samplesDigest,
  segmentDigest,
  segmentSignatureMessage,
} from "@wavekeep/core/chunk";
import { writeEdf } from "@wavekeep/core/edf";
import {
  cosignNote,
  encodeLeafContent,
  encodeLogEntry,
  formatBase64,
  formatCheckpoint,
  formatNote,
  hashLeaf,
  type LeafContent,
  makeLogEntry,
  MerkleTree,
  type NoteCrypto,
  signNote,
  type VerifierKey,
} from "@wavekeep/core/log";
import {
  BUNDLE_FILES,
  type BundleGap,
  chunkDigestOfRow,
  type ChunkRow,
  encodeChunkRow,
  encodeLeafRow,
  formatSums,
  type ManifestJson,
  placeDigest,
  treeProof,
  type VerifyOptions,
} from "@wavekeep/core/proof";
import type { StreamDescriptor } from "@wavekeep/core/recording";
import { exactSeconds, parseCivil, sampleRate } from "@wavekeep/core/time";
import { sha256 } from "@noble/hashes/sha2.js";
import { ed25519Of, verifyByWebCrypto } from "../../testing/ed25519.ts";
import { littleEndianBytes } from "../../bytes/mod.ts";

/** A bundle, and what its verifier is given. */
export interface MadeBundle {
  readonly files: Map<string, Uint8Array>;
  readonly options: VerifyOptions;
  readonly manifest: ManifestJson;
  /** Signed checkpoint of the first leaves of the log. */
  checkpointAt(size: number): Promise<Uint8Array>;
}

const ORIGIN = "wavekeep.example/log";
const CODES = { patient_id: "P-1", recording_id: "R-1" };
const CRYPTO: NoteCrypto = { sha256, verify: verifyByWebCrypto };
const CIVIL = "2026-03-01T22:10:00.5";

const calibration = {
  digitalMin: -2048,
  digitalMax: 2047,
  physicalMin: "-800",
  physicalMax: "800",
};
const channel = (position: number, label: string) => ({
  position,
  label,
  type: "eeg" as const,
  unit: "µV",
  calibration: position === 1 ? { ...calibration, physicalMax: "799.98765432" } : calibration,
  reference: "",
  prefilter: "HP:0.1Hz",
});

/** Streams of the signed segments: two channels at 8 Hz, one at 2 Hz. */
const DESCRIPTORS: readonly StreamDescriptor[] = [
  {
    stream: 0,
    rate: sampleRate(8),
    kind: "int32",
    channels: [channel(0, "FP1-F7"), channel(1, "F7-T7")],
  },
  { stream: 1, rate: sampleRate(2), kind: "int32", channels: [channel(2, "RESP")] },
];
/** The server's own segment: floats, which no EDF file holds. */
const FLOATS: StreamDescriptor = {
  stream: 0,
  rate: sampleRate(4),
  kind: "binary64",
  channels: [{ ...channel(0, "SpO2"), unit: "%", calibration: null }],
};

interface Change {
  /** Changes the leaves before they are logged. */
  readonly contents?: (contents: LeafContent[]) => void;
  /** Changes manifest members after everything is made. */
  readonly manifest?: (manifest: ManifestJson) => void;
  /** Leaves of this predicate are not opened. */
  readonly unopened?: (content: LeafContent) => boolean;
  readonly witnessed?: boolean;
}

/** Makes the bundle, with changes where a test wants them. */
export async function madeBundle(change: Change = {}): Promise<MadeBundle> {
  const device = await ed25519Of(new Uint8Array(32).fill(11));
  const keyId = sha256(device.publicKey);
  const reference = recordingReference(CODES.patient_id, CODES.recording_id, sha256);
  const contents: LeafContent[] = [];
  const noun = (
    type:
      | "recording-link"
      | "recording-start"
      | "segment"
      | "descriptor"
      | "statement"
      | "annotation-version"
      | "annotation-review"
      | "key",
    of: { id: Uint8Array; number: number; contentDigest: Uint8Array; storedDigest?: Uint8Array },
  ) =>
    contents.push({
      siteId: 1,
      receivedAtMicros: 1_000_000n + BigInt(contents.length),
      storedDigest: new Uint8Array(32).fill(9),
      ...of,
      type,
    });
  noun("recording-link", {
    id: reference,
    number: 1,
    contentDigest: sha256(new TextEncoder().encode("wavekeep/recording-link/v1\0P-1\0R-1")),
  });
  noun("recording-start", {
    id: reference,
    number: 0,
    contentDigest: sha256(new TextEncoder().encode(`["${CIVIL}",null]`)),
  });
  noun("key", { id: keyId.slice(0, 16), number: 0, contentDigest: keyId });
  const segments: ManifestJson["segments"] = [];
  const data: ManifestJson["data"] = [];
  const chunkParts: Uint8Array[] = [];
  const files = new Map<string, Uint8Array>();
  let chunkBytes = 0;

  const addSegment = async (of: {
    number: number;
    start: string;
    descriptors: readonly StreamDescriptor[];
    sequences: readonly number[];
    policy: "none" | "chunk" | "run";
  }) => {
    const isSigned = of.policy !== "none";
    const segmentId = new Uint8Array(16).fill(0x10 + of.number);
    const digests = of.descriptors.map((descriptor) => descriptorDigest(descriptor, sha256));
    const record = encodeSegmentRecord({
      signaturePolicy: of.policy,
      recordingReference: reference,
      segmentId,
      keyId: isSigned ? keyId : null,
      openedMicros: 1_700_000_000_000_000n,
      clock: "disciplined",
      previousSegmentDigest: null,
      salt: new Uint8Array(32).fill(of.number),
      descriptorDigests: digests,
    });
    const digest = segmentDigest(record, sha256);
    const segment = {
      record: formatBase64(record),
      signature: isSigned ? formatBase64(await device.sign(segmentSignatureMessage(digest))) : null,
      segment_number: of.number,
      start: of.start,
      start_uncertainty: "0",
      implicit: !isSigned,
    };
    const storedDigest = placeDigest(segment, sha256);
    noun("segment", { id: segmentId, number: 0, contentDigest: digest, storedDigest });
    const streams: ManifestJson["segments"][number]["streams"] = [];
    const samplesOf = new Map<number, Map<number, Int32Array | Float64Array>>();
    for (const [position, descriptor] of of.descriptors.entries()) {
      noun("descriptor", {
        id: segmentId,
        number: descriptor.stream,
        contentDigest: digests[position]!,
      });
      const offset = chunkBytes;
      let before = digest;
      const own = new Map<number, Int32Array | Float64Array>();
      samplesOf.set(descriptor.stream, own);
      for (let sequence = 0; sequence <= of.sequences.at(-1)!; sequence++) {
        const { start, end } = gridRange(descriptor.rate, sequence);
        const count = (end - start) * descriptor.channels.length;
        const value = (i: number) => (of.number * 31 + sequence * 7 + i * 3) % 401 - 200;
        const samples = descriptor.kind === "int32"
          ? Int32Array.from({ length: count }, (_, i) => value(i))
          : Float64Array.from({ length: count }, (_, i) => value(i) / 7);
        const { kind, channels } = descriptor;
        const row: ChunkRow = {
          sequence,
          firstSample: start,
          sampleCount: end - start,
          clock: "disciplined",
          deviceTimeMicros: 1_700_000_000_000_000n + BigInt(sequence) * 1_000_000n,
          monotonicNs: BigInt(sequence) * 1_000_000_000n,
          previousDigest: isSigned ? before : digest,
          sampleDigest: samplesDigest(kind, channels.length, end - start, samples, sha256),
          signature: undefined,
        };
        const identity = { descriptorDigest: digests[position]!, segmentDigest: digest };
        const chunk = chunkDigestOfRow(row, { ...identity, segmentId, descriptor }, sha256);
        before = chunk;
        if (!of.sequences.includes(sequence)) continue;
        own.set(sequence, samples);
        const isEnd = of.policy === "chunk" || sequence === of.sequences.at(-1);
        const signature = isSigned && isEnd
          ? await device.sign(chunkSignatureMessage(chunk))
          : undefined;
        const bytes = encodeChunkRow({ ...row, signature });
        chunkParts.push(bytes);
        chunkBytes += bytes.byteLength;
        contents.push({
          type: "chunk",
          siteId: 1,
          segmentId,
          stream: descriptor.stream,
          sequence,
          chunkDigest: chunk,
          storedDigest: new Uint8Array(32).fill(8),
          receivedAtMicros: 2_000_000n + BigInt(sequence),
        });
      }
      streams.push({
        stream: descriptor.stream,
        descriptor: formatBase64(encodeDescriptor(descriptor)),
        chunks: { offset, byte_length: chunkBytes - offset, count: of.sequences.length },
      });
    }
    segments.push({ ...segment, streams });
    return { segmentId, samplesOf };
  };

  const first = await addSegment({
    number: 0,
    start: "0.25",
    descriptors: DESCRIPTORS,
    sequences: [0, 1, 3, 4],
    policy: "chunk",
  });
  const second = await addSegment({
    number: 1,
    start: "10",
    descriptors: DESCRIPTORS,
    sequences: [0, 1],
    policy: "run",
  });
  const floats = await addSegment({
    number: 2,
    start: "12",
    descriptors: [FLOATS],
    sequences: [0, 1],
    policy: "none",
  });

  const statements: ManifestJson["statements"] = [];
  const loss = encodeLossRecord({
    kind: "loss",
    segmentId: first.segmentId,
    stream: 0,
    firstSequence: 2,
    sequenceCount: 1,
    firstSample: 16,
    sampleCount: 8,
    reason: 1,
  });
  const lossDigest = lossRecordDigest(loss, sha256);
  statements.push({
    record: formatBase64(loss),
    signature: formatBase64(await device.sign(lossRecordSignatureMessage(lossDigest))),
  });
  noun("statement", { id: first.segmentId, number: 0, contentDigest: lossDigest });

  const markId = "ab".repeat(16);
  const annotations = [1, 2].map((version) =>
    JSON.stringify([
      ...[markId, version, "seizure", "human", "active"],
      ...[["recording", "1.5"], "0.5", `seen ${version}`, [0], null, null, "reader", "clinician"],
    ])
  );
  const reviews = [JSON.stringify(["cd".repeat(16), markId, 2, "accepted", "reader", "clinician"])];
  annotations.forEach((text, i) =>
    noun("annotation-version", {
      id: new Uint8Array(16).fill(0xab),
      number: i + 1,
      contentDigest: sha256(new TextEncoder().encode(text)),
    })
  );
  noun("annotation-review", {
    id: new Uint8Array(16).fill(0xcd),
    number: 2,
    contentDigest: sha256(new TextEncoder().encode(reviews[0]!)),
  });

  const edfOf = async (
    path: string,
    of: { segmentId: Uint8Array; samplesOf: Map<number, Map<number, Int32Array | Float64Array>> },
    runs: readonly { first: number; count: number; onset: string }[],
    origin: string,
  ) => {
    const parts: Uint8Array[] = [];
    const records = runs.flatMap(({ first, count, onset }) =>
      Array.from({ length: count }, (_, i) => {
        const one = of.samplesOf.get(0)!.get(first + i) as Int32Array;
        const other = of.samplesOf.get(1)!.get(first + i) as Int32Array;
        const [whole = "0", part = ""] = onset.split(".");
        const scale = 10n ** BigInt(part.length);
        return {
          onset: exactSeconds(BigInt(whole + part) + BigInt(i) * scale, scale),
          samples: [one.slice(0, 8), one.slice(8), other],
        };
      })
    );
    const spec = {
      format: runs.length === 1 ? "EDF+C" as const : "EDF+D" as const,
      patientId: "P-1 X X X",
      recordingId: "Startdate 01-MAR-2026 R-1 X Wavekeep",
      start: { ...parseCivil(origin), fraction: exactSeconds(0) },
      recordDuration: exactSeconds(1),
      recordCount: records.length,
      signals: DESCRIPTORS.flatMap(({ channels, rate }) =>
        channels.map(({ label, prefilter, calibration }) => ({
          label,
          unit: "uV",
          calibration: calibration!,
          prefilter,
          samplesPerRecord: Number(rate.samples),
        }))
      ),
    };
    for await (const part of writeEdf(spec, records)) parts.push(part);
    files.set(path, concatBytes(...parts));
    let record = 0;
    data.push({
      form: "edf",
      path,
      is_original: false,
      signals: [{ stream: 0, row: 0 }, { stream: 0, row: 1 }, { stream: 1, row: 0 }],
      runs: runs.map(({ first, count }) => {
        const run = {
          segment_id: formatHex(of.segmentId),
          first_record: record,
          record_count: count,
          streams: [8, 2].map((rate, stream) => ({
            stream,
            first_sample: first * rate,
            sample_count: count * rate,
          })),
        };
        record += count;
        return run;
      }),
    });
  };
  // The recording starts at 22:10:00.5, so its second 0.25 is 0.75 behind the header's whole second.
  await edfOf("data/segment_0.edf", first, [
    { first: 0, count: 2, onset: "0.75" },
    { first: 3, count: 2, onset: "3.75" },
  ], "2026-03-01T22:10:00");
  await edfOf(
    "data/segment_1.edf",
    second,
    [{ first: 0, count: 2, onset: "0.5" }],
    "2026-03-01T22:10:10",
  );
  const raw = [...floats.samplesOf.get(0)!.values()].map((samples) =>
    littleEndianBytes(samples as Float64Array)
  );
  files.set("data/segment_2.raw", concatBytes(...raw));
  data.push({
    form: "raw",
    path: "data/segment_2.raw",
    segment_id: formatHex(floats.segmentId),
    stream: 0,
  });

  change.contents?.(contents);
  const pseudonym = new Uint8Array(16).fill(0x77);
  const tree = new MerkleTree(sha256);
  const indexes: number[] = [];
  const rows: Uint8Array[] = [];
  const stranger = new TextEncoder().encode("somebody else's entry");
  for (const [i, content] of contents.entries()) {
    // Others write in between, in no regular order.
    for (let k = 0; k < (i * 5) % 4; k++) tree.append(hashLeaf(stranger, sha256));
    const salt = sha256(Uint8Array.of(i, 1));
    const own = content.type === "key" ? new Uint8Array(16) : pseudonym;
    const entry = encodeLogEntry(makeLogEntry({ pseudonym: own, salt, content }, sha256));
    const index = tree.size;
    tree.append(hashLeaf(entry, sha256));
    indexes.push(index);
    const isOpen = change.unopened?.(content) !== true;
    const opening = isOpen ? { salt, content: encodeLeafContent(content) } : undefined;
    rows.push(encodeLeafRow({ index, entry, opening }));
  }
  for (let k = 0; k < 5; k++) tree.append(hashLeaf(stranger, sha256));

  const log = await ed25519Of(new Uint8Array(32).fill(21));
  const witness = await ed25519Of(new Uint8Array(32).fill(22));
  const logKey: VerifierKey = { name: ORIGIN, type: "ed25519", publicKey: log.publicKey };
  const witnessKey: VerifierKey = {
    name: "witness.example/w",
    type: "cosignature",
    publicKey: witness.publicKey,
  };
  const checkpointAt = async (size: number) => {
    const text = formatCheckpoint({ origin: ORIGIN, size, root: tree.root(size), extensions: [] });
    const signatures = [await signNote(text, { key: logKey, sign: log.sign, sha256 })];
    if (change.witnessed !== false) {
      const timestampSeconds = 1_700_000_000;
      const options = { key: witnessKey, sign: witness.sign, timestampSeconds, sha256 };
      signatures.push(await cosignNote(text, options));
    }
    return formatNote({ text, signatures });
  };
  const earlierSizes = [7, 20, tree.size];
  const proof = treeProof({ size: tree.size, indexes, earlierSizes }, tree.nodeHashOf, sha256);
  const lost = (stream: number, kind: BundleGap["kind"]): BundleGap => ({
    kind,
    segment_id: formatHex(first.segmentId),
    stream,
    start: "2.25",
    end: "3.25",
  });
  const manifest: ManifestJson = {
    format: "wavekeep-bundle",
    version: 1,
    made_at: "2026-03-02T00:00:00Z",
    made_by: "a test",
    log: { origin: ORIGIN, size: tree.size, leaf_count: rows.length, earlier_sizes: earlierSizes },
    site_id: 1,
    recording: {
      ...CODES,
      pseudonym: formatHex(pseudonym),
      started_at: { civil: CIVIL, zone: null },
      as_of: "2026-03-02T00:00:00Z",
      is_closed: true,
    },
    segments,
    statements,
    keys: [{ public_key: formatBase64(device.publicKey) }],
    annotations,
    reviews,
    data,
    gaps: [lost(0, "lost"), lost(1, "pending"), {
      kind: "not-recorded",
      segment_id: null,
      stream: null,
      start: "5.25",
      end: "10",
    }],
    calibration: ["data/segment_0.edf", "data/segment_1.edf"].map((path) => ({
      path,
      signal: 1,
      field: "physical_max" as const,
      exact: "799.98765432",
      written: "799.9877",
      relative_error: Math.abs((799.9877 - 799.98765432) / 799.98765432),
    })),
  };
  change.manifest?.(manifest);
  files.set(BUNDLE_FILES.manifest, new TextEncoder().encode(JSON.stringify(manifest)));
  files.set(BUNDLE_FILES.leaves, concatBytes(...rows));
  files.set(BUNDLE_FILES.proof, concatBytes(...proof));
  files.set(BUNDLE_FILES.chunks, concatBytes(...chunkParts));
  files.set(BUNDLE_FILES.checkpoint, await checkpointAt(tree.size));
  withSums(files);
  return {
    files,
    manifest,
    checkpointAt,
    options: {
      policy: {
        origin: ORIGIN,
        logKey,
        witnessKeys: [witnessKey],
        quorum: change.witnessed === false ? 0 : 1,
      },
      crypto: CRYPTO,
      startSha256: () => sha256.create(),
    },
  };
}

/** Writes `SHA256SUMS` anew, as somebody would who changes a bundle and knows the format. */
export function withSums(files: Map<string, Uint8Array>): void {
  files.delete(BUNDLE_FILES.sums);
  const paths = [...files.keys()].sort();
  const text = formatSums(paths.map((path) => [path, sha256(files.get(path)!)] as const));
  files.set(BUNDLE_FILES.sums, new TextEncoder().encode(text));
}
