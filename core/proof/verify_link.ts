/**
 * Layer 5. Whose recording it is, and was: every version of its link against its leaf.
 *
 * Sole owner of the words for a recording that was reassigned. What a device signs names the recording as it
 * was opened, for ever; who it belongs to now is the newest version.
 *
 * @see core/log/FORMAT.md, "Content", recording-link
 * @module
 */

import { asciiBytes, concatBytes, equalBytes } from "../bytes/mod.ts";
import type { Sha256 } from "../checksum/mod.ts";
import { linkStatement, type NounContent } from "../log/mod.ts";
import { formatCivil, microsToCivil } from "../time/mod.ts";
import type { BundleLink } from "./manifest.ts";
import type { VerifyContext } from "./verify_segments.ts";

const LINK_LABEL = asciiBytes("wavekeep/recording-link/v1\0");

/** Every version that the manifest claims, the first one first: one when the recording was never moved. */
export function linksOf(
  { links, recording }: Pick<VerifyContext["manifest"], "links" | "recording">,
): readonly [BundleLink, ...BundleLink[]] {
  const { patient_id: patientId, recording_id: recordingId } = recording;
  const [first, ...rest] = links ?? [];
  return first === undefined
    ? [{ "patient_id": patientId, "recording_id": recordingId, reason: null, actor: null }]
    : [first, ...rest];
}

/** Every version must have its leaf, every leaf its version, and the newest must say what the manifest says. */
export function verifyLink({ manifest, facts, crypto, result }: VerifyContext): void {
  const links = linksOf(manifest);
  const leaves = facts.ofType("recording-link");
  const newest = links.at(-1)!;
  const { patient_id: patientId, recording_id: recordingId } = manifest.recording;
  if (leaves.length === 0) {
    result.find("link-differs", "no leaf says whose recording it is");
    return;
  }
  if (newest.patient_id !== patientId || newest.recording_id !== recordingId) {
    result.find("link-differs", "its newest version says another patient or recording");
  }
  const later = leaves.find(({ number }) => number < 1 || number > links.length);
  if (later !== undefined) {
    result.find(
      "link-differs",
      "the log says that it is another patient's or another recording",
      placeOf(later, facts),
    );
  }
  for (const [position, link] of links.entries()) {
    const number = position + 1;
    const own = leaves.filter((leaf) => leaf.number === number);
    const digest = linkDigest(link, number, crypto.sha256);
    const leaf = own.find(({ contentDigest }) => equalBytes(contentDigest, digest));
    if (leaf === undefined || own.length > 1) {
      const what = "the log says that it is another patient's or another recording";
      result.find("link-differs", number === 1 ? what : `version ${number}: ${what}`);
      continue;
    }
    const before = links[position - 1];
    if (before !== undefined && describesMove(before, link)) {
      result.note("moved", describeMove(before, link, leaf.receivedAtMicros), placeOf(leaf, facts));
    }
  }
}

/** Content digest of a version's leaf. */
export function linkDigest(link: BundleLink, version: number, sha256: Sha256): Uint8Array {
  const { patient_id: patientId, recording_id: recordingId, reason, actor } = link;
  const encoder = new TextEncoder();
  if (version === 1) {
    return sha256(concatBytes(LINK_LABEL, encoder.encode(`${patientId}\0${recordingId}`)));
  }
  const stated = { ...link, reason: reason ?? "", actor: actor ?? "" };
  return sha256(encoder.encode(linkStatement(stated)));
}

/** Whether a version changed whose it is; one that did not only wraps its key anew. */
export function describesMove(
  before: Pick<BundleLink, "patient_id" | "recording_id">,
  after: Pick<BundleLink, "patient_id" | "recording_id">,
): boolean {
  return before.patient_id !== after.patient_id || before.recording_id !== after.recording_id;
}

/**
 * A move in words.
 *
 * @param atMicros µs since 1970, of its leaf.
 *
 * @example
 * ```ts
 * import { strictEqual } from "node:assert/strict";
 * import { describeMove } from "@wavekeep/core/proof";
 *
 * const before = { patient_id: "P-1", recording_id: "R-1", reason: null, actor: null };
 * const after = { patient_id: "P-2", recording_id: "R-1", reason: "INC-17", actor: "registry" };
 * strictEqual(
 *   describeMove(before, after, 1_764_000_000_000_000n),
 *   "recording R-1 was moved from patient P-1 to patient P-2 at 2025-11-24T16:00:00Z " +
 *     "by registry, reason INC-17",
 * );
 * ```
 */
export function describeMove(before: BundleLink, after: BundleLink, atMicros: bigint): string {
  const code = before.recording_id === after.recording_id ? "" : ` as ${after.recording_id}`;
  return `recording ${before.recording_id} was moved from patient ${before.patient_id} to patient ` +
    `${after.patient_id}${code} at ${formatCivil(microsToCivil(atMicros))}Z by ${after.actor}, ` +
    `reason ${after.reason}`;
}

function placeOf(
  leaf: NounContent,
  facts: VerifyContext["facts"],
): { leafIndex: number } | Record<never, never> {
  const leafIndex = facts.indexOf(leaf);
  return leafIndex === undefined ? {} : { leafIndex };
}
