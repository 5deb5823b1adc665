/**
 * Layer 2. The nouns of long-term EEG, as zod schemas and types.
 *
 * @example Names for channels that share a label
 * ```ts
 * import { deepStrictEqual } from "node:assert/strict";
 * import { uniqueLabels } from "@wavekeep/core/recording";
 *
 * deepStrictEqual(uniqueLabels(["Fp1", "Fp1"]), ["Fp1", "Fp1#2"]);
 * ```
 *
 * @module
 */

export * from "./annotation.ts";
export * from "./channel.ts";
export * from "./codes.ts";
export * from "./event_terms.ts";
export * from "./hole.ts";
export * from "./stream_descriptor.ts";
export * from "./viewing.ts";
export * from "./voltage.ts";
