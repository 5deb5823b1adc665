/**
 * Layer 4. Summaries: least and greatest of stretches of samples, kept so that a day is drawn without
 * reading it.
 *
 * FORMAT.md in this folder is the authority for every byte.
 *
 * @module
 */

export * from "./levels.ts";
export * from "./merge_pending.ts";
export * from "./summarise_chunk.ts";
export * from "./summary_block.ts";
