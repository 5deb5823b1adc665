/**
 * Testing. A bundle verified by a third party: from `core/proof/FORMAT.md`, `core/log/FORMAT.md` and
 * `core/chunk/FORMAT.md` alone.
 *
 * Imports nothing of the product. Hashes are `@noble/hashes`, signatures WebCrypto's, EDF is read by a reader
 * written from its specification. Anything that does not hold is an error; it names less than our verifier.
 *
 * @module
 */

import { sha256 } from "@noble/hashes/sha2.js";
import { openedContent, signedHead } from "../../core/testing/verify_log_from_format.ts";
import { type RawSignal, readRawEdf } from "../truth/testing/raw_edf.ts";

/** What was looked at. */
export interface ThirdPartyCounts {
  readonly leaves: number;
  readonly chunks: number;
  /** Over all channels. */
  readonly samples: number;
  /** Of devices: of segments and chunks. */
  readonly signatures: number;
}

type Files = ReadonlyMap<string, Uint8Array>;
const TEXT = new TextEncoder();
const hex = (bytes: Uint8Array) => bytes.toHex();
const base64 = (text: string) => Uint8Array.fromBase64(text);
const H = (...parts: (string | Uint8Array)[]) =>
  sha256(
    Uint8Array.from(parts.flatMap((one) => [...typeof one === "string" ? TEXT.encode(one) : one])),
  );
const le = (value: number | bigint, width: number) =>
  Uint8Array.from(
    { length: width },
    (_, i) => Number(BigInt.asUintN(64, BigInt(value)) >> BigInt(8 * i) & 255n),
  );
const uint = (bytes: Uint8Array, at: number, width: number) =>
  Number(bytes.slice(at, at + width).reduceRight((sum, byte) => sum * 256n + BigInt(byte), 0n));

function require(holds: boolean, what: string): void {
  if (!holds) throw new Error(`does not hold: ${what}`);
}

/** @param log From outside: origin and raw Ed25519 key. */
export async function verifiedBundle(
  files: Files,
  log: { readonly name: string; readonly publicKey: Uint8Array },
): Promise<ThirdPartyCounts> {
  const manifest = JSON.parse(new TextDecoder().decode(files.get("manifest.json")));
  const head = await signedHead(files.get("checkpoint")!, log);
  const leaves = readLeaves(files.get("leaves.bin")!);
  require(manifest.log.size === head.size, "size");
  const root = rootOf(leaves, files.get("proof.bin")!, manifest.log);
  require(hex(root) === hex(head.root), "root");
  const { chunkDigests, nouns } = readContents(leaves);

  const { patient_id: patient, recording_id: recording } = manifest.recording;
  const reference = H("wavekeep/recording/v1\0", patient, "\0", recording).slice(0, 16);
  const link = hex(H("wavekeep/recording-link/v1\0", patient, "\0", recording));
  require(nouns.has(`2/${hex(reference)}/1/${link}`), "whose recording it is");

  let [samples, signatures] = [0, 0];
  const keys: Uint8Array[] = manifest.keys.map(({ public_key }: Json) => base64(public_key));
  const samplesOf = readData(files, manifest.data);
  for (const claimed of manifest.segments) {
    const record = base64(claimed.record);
    const id = record.slice(22, 38);
    const segmentDigest = H("wavekeep/segment/v1\0", record);
    require(hex(record.slice(6, 22)) === hex(reference), "reference");
    require(nouns.has(`3/${hex(id)}/0/${hex(segmentDigest)}`), "segment");
    const policy = record[5]!;
    const key = keys.find((one) => hex(sha256(one)) === hex(record.slice(38, 70)));
    require(policy === 0 || key !== undefined, "key");
    if (policy > 0) {
      require(
        nouns.has(`9/${hex(record.slice(38, 54))}/0/${hex(record.slice(38, 70))}`),
        "enrolment",
      );
      const message = Uint8Array.from([
        ...TEXT.encode("wavekeep/segment-sig/v1\0"),
        ...segmentDigest,
      ]);
      await requireSigned(key!, message, base64(claimed.signature));
      signatures++;
    }
    for (const [position, { stream, descriptor: text, chunks }] of claimed.streams.entries()) {
      const descriptor = base64(text);
      const descriptorDigest = H("wavekeep/descriptor/v1\0", descriptor);
      const inRecord = record.slice(145 + 32 * position, 177 + 32 * position);
      require(hex(inRecord) === hex(descriptorDigest), "descriptor");
      require(nouns.has(`4/${hex(id)}/${stream}/${hex(descriptorDigest)}`), "descriptor's leaf");
      const [kind, channels] = [descriptor[16]!, uint(descriptor, 17, 2)];
      const rows = readRows(
        files.get("chunks.bin")!.slice(chunks.offset, chunks.offset + chunks.byte_length),
      );
      require(rows.length === chunks.count, "chunk count");
      let before = { sequence: -1, digest: segmentDigest };
      for (const [i, row] of rows.entries()) {
        const wanted = samplesOf({ id: hex(id), stream }, { kind, channels, row });
        const sampleDigest = H(
          "wavekeep/samples/v1\0",
          le(kind, 1),
          le(channels, 2),
          le(row.count, 4),
          wanted,
        );
        require(hex(sampleDigest) === hex(row.sampleDigest), `samples of chunk ${row.sequence}`);
        const place = [le(stream, 2), le(row.sequence, 4), le(row.first, 8)];
        const shape = [le(kind, 1), le(channels, 2), le(row.count, 4)];
        const signal = H(
          "wavekeep/signal/v1\0",
          descriptorDigest,
          ...place,
          ...shape,
          sampleDigest,
        );
        const times = [le(row.deviceTime, 8), le(row.monotonic, 8), le(row.clock, 1)];
        const context = H("wavekeep/context/v1\0", segmentDigest, ...times);
        const digest = H("wavekeep/chunk/v1\0", context, signal, row.previous);
        const name = `${hex(id)}/${stream}/${row.sequence}`;
        require(chunkDigests.get(name) === hex(digest), `chunk ${name}`);
        chunkDigests.delete(name);
        if (row.sequence === before.sequence + 1 && !claimed.implicit) {
          require(hex(row.previous) === hex(before.digest), `chain at ${name}`);
        }
        // Under policy 2 the next one, which names it, may speak for it.
        const next = rows[i + 1];
        const isCovered = policy === 0 || row.signature !== undefined ||
          policy === 2 && next?.sequence === row.sequence + 1;
        require(isCovered, `signature of ${name}`);
        if (row.signature !== undefined && key !== undefined) {
          await requireSigned(
            key,
            Uint8Array.from([...TEXT.encode("wavekeep/chunk-sig/v1\0"), ...digest]),
            row.signature,
          );
          signatures++;
        }
        before = { sequence: row.sequence, digest };
        samples += channels * row.count;
      }
    }
  }
  require(chunkDigests.size === 0, "every chunk that the log holds");
  const chunks = leaves.filter(({ entry }) => entry[1] === 1).length;
  return { leaves: leaves.length, chunks, samples, signatures };
}

// deno-lint-ignore no-explicit-any -- a third party has no types of ours
type Json = any;

interface Leaf {
  readonly index: number;
  readonly entry: Uint8Array;
  readonly opening: Uint8Array;
}

function readLeaves(bytes: Uint8Array): Leaf[] {
  const leaves: Leaf[] = [];
  for (let at = 0; at < bytes.length;) {
    const length = uint(bytes, at + 64, 4);
    require(at + 68 + length <= bytes.length, "length of leaves");
    const opening = bytes.slice(at + 68, at + 68 + length);
    leaves.push({ index: uint(bytes, at, 8), entry: bytes.slice(at + 8, at + 64), opening });
    at += 68 + length;
  }
  return leaves;
}

/** `walk` of the page, word for word. */
function rootOf(leaves: readonly Leaf[], proof: Uint8Array, log: Json): Uint8Array {
  const byIndex = new Map(leaves.map((leaf) => [leaf.index, leaf]));
  const indexes = [...byIndex.keys()].sort((a, b) => a - b);
  let at = 0;
  const next = () => {
    require(at + 32 <= proof.length, "length of the proof");
    return proof.slice(at, at += 32);
  };
  const walk = (start: number, end: number): Uint8Array => {
    if (end - start === 1) {
      const leaf = byIndex.get(start);
      return leaf === undefined ? next() : H(Uint8Array.of(0), leaf.entry);
    }
    const isCut = log.earlier_sizes.some((m: number) => start < m && m < end);
    if (!isCut && !indexes.some((index) => start <= index && index < end)) return next();
    const half = start + 2 ** Math.floor(Math.log2(end - start - 1));
    const left = walk(start, half);
    return H(Uint8Array.of(1), left, walk(half, end));
  };
  const root = walk(0, log.size);
  require(at === proof.length, "no hash left over");
  return root;
}

/** Chunk digests by segment, stream and sequence; nouns as `type/id/number/content digest`. */
function readContents(leaves: readonly Leaf[]) {
  const chunkDigests = new Map<string, string>();
  const nouns = new Set<string>();
  for (const { entry, opening } of leaves) {
    const content = openedContent(entry, {
      salt: opening.slice(0, 32),
      content: opening.slice(32),
    });
    const id = hex(content.slice(5, 21));
    if (content[0] === 1) {
      const name = `${id}/${uint(content, 21, 2)}/${uint(content, 23, 4)}`;
      chunkDigests.set(name, hex(content.slice(27, 59)));
    } else nouns.add(`${content[0]}/${id}/${uint(content, 21, 4)}/${hex(content.slice(25, 57))}`);
  }
  return { chunkDigests, nouns };
}

interface Row {
  readonly clock: number;
  readonly sequence: number;
  readonly first: number;
  readonly count: number;
  readonly deviceTime: bigint;
  readonly monotonic: bigint;
  readonly previous: Uint8Array;
  readonly sampleDigest: Uint8Array;
  readonly signature: Uint8Array | undefined;
}

function readRows(bytes: Uint8Array): Row[] {
  const rows: Row[] = [];
  for (let at = 0; at < bytes.length;) {
    const row = bytes.slice(at);
    require(row.length >= 97 && row[0]! < 8, "chunk row");
    const isSigned = (row[0]! & 1) === 1;
    const view = new DataView(row.buffer);
    rows.push({
      clock: row[0]! >> 1,
      sequence: uint(row, 1, 4),
      first: uint(row, 5, 8),
      count: uint(row, 13, 4),
      deviceTime: view.getBigInt64(17, true),
      monotonic: view.getBigUint64(25, true),
      previous: row.slice(33, 65),
      sampleDigest: row.slice(65, 97),
      signature: isSigned ? row.slice(97, 161) : undefined,
    });
    at += isSigned ? 161 : 97;
  }
  return rows;
}

/** Where a stream's samples are: in records of an EDF file, or one chunk after the other. */
function readData(files: Files, data: readonly Json[]) {
  interface Span {
    readonly first: number;
    readonly count: number;
    readonly at: number;
    /** By row. */
    readonly signals: readonly RawSignal[];
  }
  const spans = new Map<string, Span[]>();
  const raws = new Map<string, { bytes: Uint8Array; at: number }>();
  for (const one of data) {
    const bytes = files.get(one.path)!;
    if (one.form === "raw") {
      raws.set(`${one.segment_id}/${one.stream}`, { bytes, at: 0 });
      continue;
    }
    const { signals } = readRawEdf(bytes);
    for (const run of one.runs) {
      for (const { stream, first_sample: first, sample_count: count } of run.streams) {
        const own: RawSignal[] = [];
        for (const [i, signal] of one.signals.entries()) {
          if (signal.stream === stream) own[signal.row] = signals[i]!;
        }
        const at = run.first_record * own[0]!.samplesPerRecord;
        const name = `${run.segment_id}/${stream}`;
        spans.set(name, [...spans.get(name) ?? [], { first, count, at, signals: own }]);
      }
    }
  }
  return (
    { id, stream }: { id: string; stream: number },
    { kind, channels, row }: { kind: number; channels: number; row: Row },
  ): Uint8Array => {
    const raw = raws.get(`${id}/${stream}`);
    if (raw !== undefined) {
      const length = channels * row.count * (kind === 3 ? 8 : 4);
      return raw.bytes.slice(raw.at, raw.at += length);
    }
    const end = row.first + row.count;
    const span = spans.get(`${id}/${stream}`)?.find(({ first, count }) =>
      first <= row.first && end <= first + count
    );
    require(span !== undefined && span.signals.length === channels, "samples are in a file");
    const { at, first, signals } = span!;
    return Uint8Array.from(
      signals.flatMap((signal) =>
        [...signal.samples.slice(at + row.first - first, at + end - first)]
          .flatMap((value) => [...le(value, 4)])
      ),
    );
  };
}

async function requireSigned(
  publicKey: Uint8Array,
  message: Uint8Array,
  signature: Uint8Array,
): Promise<void> {
  const raw = new Uint8Array(publicKey);
  const key = await crypto.subtle.importKey("raw", raw, "Ed25519", false, ["verify"]);
  const holds = await crypto.subtle.verify(
    "Ed25519",
    key,
    new Uint8Array(signature),
    new Uint8Array(message),
  );
  require(holds, "a device's signature");
}
