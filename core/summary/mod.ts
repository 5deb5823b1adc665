/**
 * Layer 4. Summaries: least and greatest of stretches of samples, kept so that a day is drawn without
 * reading it.
 *
 * FORMAT.md in this folder is the authority for every byte.
 *
 * @module
 */

export * from "./summarise_chunk.ts";
