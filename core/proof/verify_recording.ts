/**
 * Layer 5. What a bundle says of the recording as a whole, against the leaves of the log: when it began, and
 * which files it came from.
 *
 * @see core/proof/FORMAT.md, "manifest.json" and "Data"
 * @module
 */

import { asciiBytes, ByteWriter, equalBytes } from "../bytes/mod.ts";
import { startStatement } from "../log/mod.ts";
import type { FileSums } from "./sums.ts";
import type { VerifyContext } from "./verify_segments.ts";

const SOURCE_LABEL = asciiBytes("wavekeep/source/v1\0");

/** The civil start; logs of before have no leaf for it. */
export function verifyStart({ manifest, facts, crypto, result }: VerifyContext): void {
  const newest = facts.ofType("recording-start").at(-1);
  if (newest === undefined) {
    const detail = "no leaf says when the recording began: its civil start is what the bundle says";
    result.note("start-unproven", detail);
    return;
  }
  const said = new TextEncoder().encode(startStatement(manifest.recording.started_at));
  if (equalBytes(newest.contentDigest, crypto.sha256(said))) return;
  result.find("start-differs", "the manifest gives another one");
}

/**
 * Files as they were handed in: SHA-256 and length of each must be in a leaf.
 *
 * @returns Paths of those that are proven, header and all.
 */
export function verifyOriginals(
  { manifest, facts, crypto, result }: Omit<VerifyContext, "provenFiles">,
  sums: FileSums,
): Set<string> {
  const logged = facts.ofType("source");
  const proven = new Set<string>();
  for (const file of manifest.data) {
    if (file.form !== "edf" || !file.is_original || logged.length === 0) continue;
    const { path } = file;
    const found = sums.get(path);
    const digest = found && crypto.sha256(
      new ByteWriter(64).bytes(SOURCE_LABEL).bytes(found.sha256).u64(found.byteLength).finish(),
    );
    if (digest && logged.some(({ contentDigest }) => equalBytes(contentDigest, digest))) {
      proven.add(path);
    } else result.find("source-differs", "it is not a file that was handed in", { file: path });
  }
  return proven;
}
