/**
 * Layer 5. From `leaves.bin` and `proof.bin` to contents that the signed root vouches for.
 *
 * Sole owner of what an opened leaf proves, and of leaves that are not opened: only an erasure leaf that
 * covers it excuses one. Contents are believed even when the tree proof fails, so that what differs is
 * named chunk by chunk; the failed proof is a finding of its own.
 *
 * @module
 */

import { equalBytes, formatHex, isZeros } from "../bytes/mod.ts";
import type { Sha256 } from "../checksum/mod.ts";
import { CorruptInputError, isCoreError } from "../error.ts";
import {
  type Checkpoint,
  decodeLogEntry,
  type ErasedRange,
  HASH_BYTES,
  hashLeaf,
  type LeafContent,
  type LogEntry,
  type NounContent,
  type NounType,
  openLogEntry,
} from "../log/mod.ts";
import { type BundleSource, FrontToBack } from "./bundle_source.ts";
import { type LeafRow, readLeafRow } from "./leaf_rows.ts";
import { BUNDLE_FILES, type Manifest } from "./manifest.ts";
import { type ProvenRoots, rootsOfTreeProof } from "./tree_proof.ts";
import type { VerdictBuilder } from "./verdict.ts";

/** What the log says of a chunk. */
export interface ChunkLeafFact {
  readonly chunkDigest: Uint8Array;
  readonly receivedAtMicros: bigint;
  readonly leafIndex: number;
}

/** Everything that the leaves of a recording say. */
export class LeafFacts {
  /** By segment and stream, then by sequence. */
  readonly chunks = new Map<string, Map<number, ChunkLeafFact>>();
  readonly #nouns = new Map<string, NounContent[]>();
  readonly #indexes = new Map<NounContent, number>();
  readonly erased: ErasedRange[] = [];
  /** Leaves that say so. */
  readonly erasures: number[] = [];
  /** Entries without an opening. */
  readonly unopened: { readonly index: number; readonly entry: LogEntry }[] = [];

  /** Contents of a noun, in the log's order. */
  nouns(type: NounType, id: Uint8Array, number?: number): readonly NounContent[] {
    const found = this.#nouns.get(`${type}/${formatHex(id)}`) ?? [];
    return number === undefined ? found : found.filter((noun) => noun.number === number);
  }

  /** Contents of a type, in the log's order. */
  ofType(type: NounType): NounContent[] {
    return [...this.#nouns.values()].flat().filter((noun) => noun.type === type);
  }

  /** Where in the log a content of {@link nouns} or {@link ofType} is. */
  indexOf(content: NounContent): number | undefined {
    return this.#indexes.get(content);
  }

  chunksOf(segmentId: Uint8Array, stream: number): Map<number, ChunkLeafFact> {
    const key = `${formatHex(segmentId)}/${stream}`;
    const found = this.chunks.get(key) ?? new Map<number, ChunkLeafFact>();
    this.chunks.set(key, found);
    return found;
  }

  add(content: LeafContent, leafIndex: number, result: VerdictBuilder): void {
    switch (content.type) {
      case "chunk": {
        const { chunkDigest, receivedAtMicros, sequence, stream, segmentId } = content;
        const known = this.chunksOf(segmentId, stream);
        const before = known.get(sequence);
        if (before === undefined) {
          known.set(sequence, { chunkDigest, receivedAtMicros, leafIndex });
        } else if (!equalBytes(before.chunkDigest, chunkDigest)) {
          // Delivered again after a restore is one chunk; two digests at one place are two chunks.
          const place = { segmentId: formatHex(segmentId), stream, sequence, leafIndex };
          result.find("chunk-differs", `leaf ${before.leafIndex} says another chunk here`, place);
        }
        return;
      }
      case "erasure":
        this.erased.push(...content.ranges);
        this.erasures.push(leafIndex);
        return;
      case "log-start":
        return;
      default: {
        const key = `${content.type}/${formatHex(content.id)}`;
        this.#indexes.set(content, leafIndex);
        const found = this.#nouns.get(key);
        if (found === undefined) this.#nouns.set(key, [content]);
        else found.push(content);
      }
    }
  }
}

/** Reads, opens and proves every leaf of a bundle. */
export async function verifyLeaves(
  source: BundleSource,
  options: {
    readonly manifest: Manifest;
    readonly checkpoint: Checkpoint | undefined;
    readonly sha256: Sha256;
    readonly result: VerdictBuilder;
  },
): Promise<{ readonly facts: LeafFacts; readonly roots: ProvenRoots | undefined }> {
  const { manifest, checkpoint, sha256, result } = options;
  const facts = new LeafFacts();
  const indexes: number[] = [];
  const leafHashes: Uint8Array[] = [];
  try {
    for await (const row of leafRows(source, manifest.log.leaf_count)) {
      indexes.push(row.index);
      leafHashes.push(hashLeaf(row.entry, sha256));
      openRow(row, { manifest, facts, sha256, result });
    }
  } catch (error) {
    if (!isCoreError(error)) throw error;
    result.find("bundle-unreadable", error.message, { file: BUNDLE_FILES.leaves });
    return { facts, roots: undefined };
  }
  result.counts.leaves = indexes.length;
  const roots = await proveLeaves(source, { ...options, indexes, leafHashes });
  if (roots !== undefined && checkpoint !== undefined) {
    if (manifest.log.size !== checkpoint.size) {
      result.find(
        "log-proof-differs",
        `the proof is of ${manifest.log.size} leaves, the checkpoint signs ${checkpoint.size}`,
        { file: BUNDLE_FILES.proof },
      );
    } else if (!equalBytes(roots.root, checkpoint.root)) {
      result.find("log-proof-differs", "an entry, an index or the proof was changed", {
        file: BUNDLE_FILES.proof,
      });
    }
  }
  excuseUnopened(facts, result);
  return { facts, roots };
}

async function* leafRows(source: BundleSource, count: number): AsyncIterable<LeafRow> {
  const bytes = source.open(BUNDLE_FILES.leaves);
  if (bytes === undefined) throw missing(BUNDLE_FILES.leaves);
  const file = new FrontToBack(bytes, BUNDLE_FILES.leaves);
  for (let i = 0; i < count; i++) yield await readLeafRow(file);
  if (file.remaining > 0) {
    throw new CorruptInputError(
      `Cannot read leaves: ${file.remaining} bytes behind leaf ${count}, the last one`,
      { field: "leaf count" },
    );
  }
}

function openRow(
  row: LeafRow,
  to: { manifest: Manifest; facts: LeafFacts; sha256: Sha256; result: VerdictBuilder },
): void {
  const { manifest, facts, sha256, result } = to;
  const entry = decodeLogEntry(row.entry);
  const place = {
    leafIndex: row.index,
    ...(entry.type === "chunk" ? { stream: entry.stream, sequence: entry.sequence } : {}),
  };
  // Keys, roles and the log's own beginning belong to no recording.
  if (!isZeros(entry.pseudonym) && !equalBytes(entry.pseudonym, manifest.recording.pseudonym)) {
    result.find("leaf-of-other-recording", formatHex(entry.pseudonym), place);
    return;
  }
  if (row.opening === undefined) {
    facts.unopened.push({ index: row.index, entry });
    return;
  }
  try {
    facts.add(openLogEntry(row.entry, row.opening, sha256), row.index, result);
  } catch (error) {
    if (!isCoreError(error)) throw error;
    result.find("leaf-differs", error.message, place);
  }
}

async function proveLeaves(
  source: BundleSource,
  of: {
    manifest: Manifest;
    sha256: Sha256;
    result: VerdictBuilder;
    indexes: readonly number[];
    leafHashes: readonly Uint8Array[];
  },
): Promise<ProvenRoots | undefined> {
  const { manifest, sha256, result, indexes, leafHashes } = of;
  try {
    const bytes = source.open(BUNDLE_FILES.proof);
    if (bytes === undefined) throw missing(BUNDLE_FILES.proof);
    const file = new FrontToBack(bytes, BUNDLE_FILES.proof);
    const proof: Uint8Array[] = [];
    while (file.remaining > 0) proof.push((await file.take(HASH_BYTES)).slice());
    const { size, earlier_sizes: earlierSizes } = manifest.log;
    return rootsOfTreeProof({ size, indexes, earlierSizes }, { leafHashes, proof }, sha256);
  } catch (error) {
    if (!isCoreError(error)) throw error;
    result.find("log-proof-differs", error.message, { file: BUNDLE_FILES.proof });
    return undefined;
  }
}

/** An entry says stream and sequence and not the segment, so a range of any segment may cover it. */
function excuseUnopened(facts: LeafFacts, result: VerdictBuilder): void {
  let excused = 0;
  for (const { index, entry } of facts.unopened) {
    const { type, stream, sequence } = entry;
    const isErased = type === "chunk"
      ? facts.erased.some((range) =>
        range.stream === stream && range.firstSequence <= sequence &&
        sequence < range.firstSequence + range.sequenceCount
      )
      // Whoever erases a patient erases what was said of the samples with them.
      : facts.erased.length > 0;
    const place = { leafIndex: index, ...(type === "chunk" ? { stream, sequence } : {}) };
    if (isErased) excused++;
    else result.find("leaf-unopened", `it is a ${type}`, place);
  }
  if (excused === 0) return;
  const by = facts.erasures.map((index) => `leaf ${index}`).join(", ");
  result.note("erased", `${excused} leaves are erased, by ${by}`);
}

function missing(path: string): CorruptInputError {
  return new CorruptInputError(`Cannot read bundle: ${path} is not there`, { field: path });
}
