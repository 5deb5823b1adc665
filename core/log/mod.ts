/**
 * Layer 2. The transparency log, as bytes: Merkle tree, tiles, checkpoints, cosignatures and leaves.
 *
 * Formats are those of RFC 6962, RFC 9162 and C2SP to the letter; what a leaf says is ours. Pure: no
 * clock, no randomness, no keys. `FORMAT.md` tells a third party how to verify with bytes alone.
 *
 * @module
 */

export * from "./add_checkpoint.ts";
export * from "./base64.ts";
export * from "./checkpoint.ts";
export * from "./compact_range.ts";
export * from "./entry_bundle.ts";
export * from "./leaf_content.ts";
export * from "./log_entry.ts";
export * from "./make_proof.ts";
export * from "./merkle_hash.ts";
export * from "./merkle_tree.ts";
export * from "./note.ts";
export * from "./sign_note.ts";
export * from "./statements.ts";
export * from "./tile.ts";
export * from "./tile_hashes.ts";
export * from "./tile_nodes.ts";
export * from "./tree_plan.ts";
export * from "./verifier_key.ts";
export * from "./verify_proof.ts";
