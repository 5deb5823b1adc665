/**
 * Layer 5. Verifying a bundle: offline, from its bytes and from keys that the caller brings.
 *
 * Sole owner of the order. Everything is looked at, whatever was found before, so that one run names every
 * chunk that differs. Nothing in the bundle is believed: what is right is right because it leads to a root
 * that the log's key has signed.
 *
 * @see core/proof/FORMAT.md, "Verifying"
 * @module
 */

import { formatHex } from "../bytes/mod.ts";
import { isCoreError } from "../error.ts";
import {
  type Checkpoint,
  type CheckpointPolicy,
  NOTE_BYTES_MAX,
  type NoteCrypto,
  openCheckpoint,
} from "../log/mod.ts";
import { type BundleSource, readWhole } from "./bundle_source.ts";
import { gapTable } from "./gap_table.ts";
import { BUNDLE_FILES, type Manifest, MANIFEST_BYTES_MAX, parseManifest } from "./manifest.ts";
import { type Sha256Stream, verifySums } from "./sums.ts";
import { type Verdict, VerdictBuilder } from "./verdict.ts";
import { verifyAnnotations } from "./verify_annotations.ts";
import { compareWithKept, verifyCheckpoint } from "./verify_checkpoints.ts";
import { verifyChunks } from "./verify_chunks.ts";
import { verifyData } from "./verify_data.ts";
import { verifyLeaves } from "./verify_leaves.ts";
import { verifyOriginals, verifyStart } from "./verify_recording.ts";
import { verifySegments, verifyStatements } from "./verify_segments.ts";

/** For people; nothing in it is believed. */
const README_FILE = "README.txt";

/** What a verifier is given from outside. */
export interface VerifyOptions {
  /** Whom to believe; null looks at everything but who has signed the checkpoint. */
  readonly policy: CheckpointPolicy | null;
  readonly crypto: NoteCrypto;
  /** Begins a hash over a file. */
  readonly startSha256: () => Sha256Stream;
  /** Checkpoints that were kept elsewhere, as signed notes. */
  readonly kept?: readonly Uint8Array[];
}

/**
 * Verifies a bundle.
 *
 * @returns What was found; no finding and nothing unchecked means that the bundle is sound.
 * @throws {CorruptInputError} A kept checkpoint is not signed by the keys given: that is no fault of the
 * bundle.
 */
export async function verifyBundle(
  source: BundleSource,
  options: VerifyOptions,
): Promise<Verdict> {
  const { crypto, policy } = options;
  const kept: Checkpoint[] = [];
  if (policy !== null) {
    for (const bytes of options.kept ?? []) {
      kept.push((await openCheckpoint(bytes, { policy, crypto })).checkpoint);
    }
  }
  const result = new VerdictBuilder();
  const sums = await verifySums(source, options.startSha256, result);
  const manifest = await readManifest(source, result);
  if (manifest === undefined) return result.verdict();
  const { patient_id: patientId, recording_id: recordingId, pseudonym } = manifest.recording;
  result.recording = { patientId, recordingId, pseudonym: formatHex(pseudonym) };
  const note = await readFile(source, BUNDLE_FILES.checkpoint, { limit: NOTE_BYTES_MAX, result });
  const checkpoint = note && await verifyCheckpoint(note, { policy, crypto }, result);
  const leaves = { manifest, checkpoint, sha256: crypto.sha256, result };
  const { facts, roots } = await verifyLeaves(source, leaves);
  if (checkpoint !== undefined) {
    for (const one of kept) {
      const position = manifest.log.earlier_sizes.indexOf(one.size);
      compareWithKept(checkpoint, one, { rootAt: () => roots?.earlierRoots[position], result });
    }
  }
  const provenFiles = verifyOriginals({ manifest, facts, crypto, result }, sums);
  const context = { manifest, facts, crypto, result, provenFiles };
  findUnnamed(source, manifest, result);
  verifyStart(context);
  const segments = await verifySegments(context);
  const statements = await verifyStatements(segments, context);
  const streams = await verifyChunks(source, segments, context);
  await verifyData(source, streams, context);
  compareGaps(manifest, gapTable(streams, { statements, erased: facts.erased }), result);
  verifyAnnotations(context);
  result.note(
    "completeness-unproven",
    "a bundle shows that what is in it is true; that the log holds no further leaf of this recording " +
      "only a look at the whole log shows",
  );
  return result.verdict();
}

async function readManifest(
  source: BundleSource,
  result: VerdictBuilder,
): Promise<Manifest | undefined> {
  const file = BUNDLE_FILES.manifest;
  const bytes = await readFile(source, file, { limit: MANIFEST_BYTES_MAX, result });
  if (bytes === undefined) return undefined;
  try {
    return parseManifest(bytes);
  } catch (error) {
    if (!isCoreError(error)) throw error;
    result.find("bundle-unreadable", error.message, { file });
    return undefined;
  }
}

async function readFile(
  source: BundleSource,
  path: string,
  of: { limit: number; result: VerdictBuilder },
): Promise<Uint8Array | undefined> {
  const bytes = source.open(path);
  if (bytes === undefined) {
    of.result.find("file-missing", "", { file: path });
    return undefined;
  }
  return await readWhole(bytes, path, of.limit);
}

/** A file that the manifest does not name was compared with nothing, whatever `SHA256SUMS` says of it. */
function findUnnamed(source: BundleSource, manifest: Manifest, result: VerdictBuilder): void {
  const named = new Set<string>([...Object.values(BUNDLE_FILES), README_FILE]);
  for (const { path } of manifest.data) named.add(path);
  for (const file of source.paths) {
    if (!named.has(file)) result.find("file-unlisted", "the manifest does not name it", { file });
  }
}

function compareGaps(
  manifest: Manifest,
  found: readonly Manifest["gaps"][number][],
  result: VerdictBuilder,
): void {
  const words = ({ kind, start, end }: Manifest["gaps"][number]) =>
    `${kind} from ${start} to ${end}`;
  const claimed = new Map(manifest.gaps.map((gap) => [JSON.stringify(textOf(gap)), gap]));
  for (const gap of found) {
    const place = {
      ...(gap.segment_id === null ? {} : { segmentId: gap.segment_id }),
      ...(gap.stream === null ? {} : { stream: gap.stream }),
      second: gap.start,
    };
    if (!claimed.delete(JSON.stringify(textOf(gap)))) {
      result.find("gap-differs", `the manifest does not say: ${words(gap)}`, place);
    }
    if (gap.kind === "pending") {
      result.note(
        "pending",
        `not delivered, and nobody said why: ${gap.start} to ${gap.end}`,
        place,
      );
    }
  }
  for (const gap of claimed.values()) {
    result.find("gap-differs", `only the manifest says: ${words(gap)}`, { second: gap.start });
  }
}

function textOf({ kind, segment_id: segmentId, stream, start, end }: Manifest["gaps"][number]) {
  return [kind, segmentId, stream, start, end];
}
