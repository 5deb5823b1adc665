/**
 * Layer 5. Proof that leaves the house: bundles of a recording, and their verification.
 *
 * Pure: no clock, no randomness, no keys, no disk. `FORMAT.md` tells a third party how to verify a bundle
 * with bytes alone.
 *
 * @module
 */

export * from "./bundle_source.ts";
export * from "./chunk_rows.ts";
export * from "./findings.ts";
export * from "./gap_table.ts";
export * from "./leaf_rows.ts";
export * from "./manifest.ts";
export * from "./report.ts";
export * from "./sums.ts";
export * from "./tar.ts";
export * from "./tree_proof.ts";
export * from "./verdict.ts";
export * from "./verify_bundle.ts";
export { compareWithKept, verifyCheckpoint } from "./verify_checkpoints.ts";
export { describeMove, describesMove } from "./verify_link.ts";
export { placeDigest } from "./verify_segments.ts";
