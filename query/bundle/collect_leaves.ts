/**
 * Every leaf of a recording, opened, with one proof for all of them.
 *
 * Rows are believed no further than the signed root: the tree proof is made of the log's own tiles, so a row
 * that was changed opens another entry, and the bundle's check refuses it. Hazard: a bundle with a leaf
 * missing would look like tampering, so nothing is given out before the log has all of them.
 *
 * @module
 */

import { equalBytes, formatHex } from "@wavekeep/core/bytes";
import { cover, decodeSegmentRecord } from "@wavekeep/core/chunk";
import {
  leafSalt,
  nodeSha256,
  openLeafContent,
  segmentRecordPlace,
  unseal,
} from "@wavekeep/core/crypto";
import { isCoreError } from "@wavekeep/core/error";
import {
  type Checkpoint,
  decodeLeafContent,
  nodesFromTiles,
  type NounContent,
  tilesOfPlans,
} from "@wavekeep/core/log";
import { foldPlan, type LeafRow, planTreeProof, type TreeProofShape } from "@wavekeep/core/proof";
import { IntegrityError } from "../integrity_error.ts";
import type { ExportStream } from "../export/plan_export.ts";
import { identityOf, type OpenRecording } from "../open_recording.ts";
import { leafOfChunk, notReady } from "../proof/chunk_proof.ts";
import type { NounLeafRow, ProofStore, SegmentProofRow } from "../proof/proof_store.ts";

/** Rows of chunks read at once. */
const PAGE = 2_000;

/** Hashes of a proof made at once: their tiles are in memory together. */
const PLANS_PER_BATCH = 512;

/** A segment's record, open, with what signs it. */
export interface OpenSegmentRecord {
  readonly segmentNumber: number;
  readonly record: Uint8Array;
  readonly signature: Uint8Array | null;
  /** Of the device; null when nothing is signed. */
  readonly keyId: Uint8Array | null;
}

/** Opens the records of a recording's segments. */
export function openSegmentRecords(
  recording: OpenRecording,
  rows: readonly SegmentProofRow[],
): OpenSegmentRecord[] {
  const { siteId, recordingId } = recording.stored;
  return rows.map(({ segmentNumber, record: sealed, signature }) => {
    const place = segmentRecordPlace(siteId, recordingId, segmentNumber);
    try {
      const record = unseal(recording.key!, place, sealed);
      return { segmentNumber, record, signature, keyId: decodeSegmentRecord(record).keyId };
    } catch (cause) {
      const segment = recording.segments.find((one) => one.segmentNumber === segmentNumber);
      const key = {
        thing: "descriptor",
        recordingId,
        segmentId: segment?.segmentId ?? "",
      } as const;
      throw new IntegrityError("seal", key, cause);
    }
  });
}

/** Kinds of nouns that a bundle holds, each leaf of which must have its noun and each noun its leaf. */
const HELD: ReadonlySet<string> = new Set([
  "recording-link",
  "segment",
  "descriptor",
  "statement",
  "annotation-version",
  "annotation-review",
  "source",
]);

/** Kinds that stand for themselves. Who read what is no part of a recording. */
const ALWAYS: ReadonlySet<string> = new Set(["recording-start", "consent", "erasure"]);

/** Name of a noun, for {@link collectLeaves}. A stream may have many losses: those go by their digest. */
export function nounName(
  { type, id, number, contentDigest }:
    & Pick<NounContent, "type" | "id" | "number">
    & Partial<Pick<NounContent, "contentDigest">>,
): string {
  return type === "statement"
    ? `${type}/${formatHex(contentDigest!)}`
    : `${type}/${formatHex(id)}/${number}`;
}

/**
 * Collects the leaves of what a bundle holds: what has come since is another bundle's.
 *
 * @param of.nouns Names of what the bundle holds besides chunks.
 * @param of.sources Names of files that it holds as they were handed in; those of before have no leaf.
 * @returns By index.
 * @throws {ProblemError} `proof-not-ready`: the log has not got to one of them.
 */
export async function collectLeaves(
  proofs: ProofStore,
  of: {
    readonly recording: OpenRecording;
    readonly records: readonly OpenSegmentRecord[];
    readonly streams: readonly ExportStream[];
    readonly nouns: ReadonlySet<string>;
    readonly sources: ReadonlySet<string>;
    readonly logNumber: number;
    readonly checkpoint: Checkpoint;
  },
): Promise<LeafRow[]> {
  const { recording, records, streams, nouns, sources, logNumber, checkpoint } = of;
  const { siteId, recordingId } = recording.stored;
  const rows: LeafRow[] = [];
  const wanted = new Set(nouns);
  for (const noun of await proofs.nounLeaves(siteId, recordingId, logNumber)) {
    if (noun.leafIndex >= checkpoint.size) continue;
    const row = openNoun(noun, recording);
    if (row.opening === undefined) {
      rows.push(row);
      continue;
    }
    const content = decodeLeafContent(row.opening.content);
    // Whose it is has a version of its opening, and later ones, which stand in the manifest.
    const isOpening = content.type === "recording-link" && content.number === 1;
    if (ALWAYS.has(content.type) || isOpening) rows.push(row);
    if (isOpening || !HELD.has(content.type)) continue;
    const name = nounName(content as NounContent);
    if (!nouns.has(name) && !sources.has(name)) continue;
    rows.push(row);
    wanted.delete(name);
  }
  if (wanted.size > 0) throw notReady();
  rows.push(...await collectKeys(proofs, { recording, records, logNumber, checkpoint }));
  for (const { stream, timeline } of streams) {
    const identity = identityOf(recording, stream)!;
    for (const range of timeline.stored) {
      const { firstSequence, endSequence } = cover(timeline.rate, range);
      for (let next = firstSequence; next < endSequence; next += PAGE) {
        const scope = { ...identity, logNumber, start: next, end: endSequence };
        const page = await proofs.chunkLeaves(siteId, scope, PAGE);
        if (page.length < Math.min(PAGE, endSequence - next)) throw notReady();
        for (const row of page) {
          const index = row.leafIndex;
          if (index === null || index >= checkpoint.size) throw notReady();
          const { entry, salt, content } = leafOfChunk(row, identity);
          rows.push({ index, entry, opening: { salt, content } });
        }
      }
    }
  }
  return rows.sort((a, b) => a.index - b.index);
}

/** Leaves of the keys that the segments name. */
async function collectKeys(
  proofs: ProofStore,
  of: {
    readonly recording: OpenRecording;
    readonly records: readonly OpenSegmentRecord[];
    readonly logNumber: number;
    readonly checkpoint: Checkpoint;
  },
): Promise<LeafRow[]> {
  const { recording, records, logNumber, checkpoint } = of;
  const keyIds = records.flatMap(({ keyId }) => keyId ?? []);
  if (keyIds.length === 0) return [];
  const rows: LeafRow[] = [];
  for (const noun of await proofs.keyLeaves(recording.stored.siteId, logNumber)) {
    if (noun.leafIndex >= checkpoint.size) continue;
    const row = openNoun(noun, recording);
    const content = row.opening && decodeLeafContent(row.opening.content);
    if (content?.type !== "key") continue;
    if (keyIds.some((keyId) => equalBytes(keyId, content.contentDigest))) rows.push(row);
  }
  return rows;
}

/**
 * The hashes of the proof, in its order, out of tiles that are read as they are wanted.
 *
 * @throws {IntegrityError} A tile is missing or of another length.
 */
export async function* proveLeaves(
  proofs: ProofStore,
  shape: TreeProofShape,
  of: { readonly logNumber: number; readonly recordingId: string },
): AsyncIterable<Uint8Array> {
  const plans = planTreeProof(shape);
  for (let start = 0; start < plans.length; start += PLANS_PER_BATCH) {
    const batch = plans.slice(start, start + PLANS_PER_BATCH);
    const tiles = await proofs.tiles(of.logNumber, tilesOfPlans(batch, shape.size));
    const nodeHashOf = nodesFromTiles(shape.size, (path) => tiles.get(path), nodeSha256);
    try {
      for (const plan of batch) yield foldPlan(plan, nodeHashOf, nodeSha256);
    } catch (cause) {
      if (!isCoreError(cause)) throw cause;
      throw new IntegrityError("log", { thing: "chunk", recordingId: of.recordingId }, cause);
    }
  }
}

function openNoun(noun: NounLeafRow, recording: OpenRecording): LeafRow {
  const { leafIndex: index, entry, content, salt } = noun;
  const { siteId, recordingId } = recording.stored;
  if (content === null) return { index, entry, opening: undefined };
  if (salt !== null) return { index, entry, opening: { salt, content } };
  const key = recording.key!;
  try {
    const plain = openLeafContent(key, { siteId, recordingId, entry }, content);
    return { index, entry, opening: { salt: leafSalt(key, plain), content: plain } };
  } catch (cause) {
    throw new IntegrityError("log", { thing: "descriptor", recordingId }, cause);
  }
}
