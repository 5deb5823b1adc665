/**
 * Layer 7. Everything of core that runs anywhere: a service, a browser, a device.
 *
 * What crosses HTTP (`core/wire`, `core/problem`) and what only servers use (`core/crypto`,
 * `core/service`) have entries of their own.
 *
 * @example From the converter's integers to a chunk and back to microvolts
 * ```ts
 * import { deepStrictEqual, strictEqual } from "node:assert/strict";
 * import { sha256 } from "@noble/hashes/sha2.js";
 * import {
 *   decodeChunk,
 *   descriptorDigest,
 *   encodeChunk,
 *   sampleRate,
 *   type StreamDescriptor,
 *   toPhysical,
 * } from "@wavekeep/core";
 *
 * const calibration = { digitalMin: -2048, digitalMax: 2047, physicalMin: "-800", physicalMax: "800" };
 * const descriptor: StreamDescriptor = {
 *   stream: 0,
 *   rate: sampleRate(4),
 *   kind: "int32",
 *   channels: [
 *     { position: 0, label: "FP1-F7", type: "eeg", unit: "uV", calibration, reference: "", prefilter: "" },
 *   ],
 * };
 * const { bytes } = encodeChunk({
 *   codec: "predictive",
 *   kind: "int32",
 *   clock: "zone-unknown",
 *   stream: 0,
 *   channelCount: 1,
 *   sequence: 0,
 *   firstSample: 0,
 *   sampleCount: 4,
 *   deviceTimeMicros: null,
 *   monotonicNs: 0n,
 *   segmentId: new Uint8Array(16),
 *   previousDigest: new Uint8Array(32),
 *   samples: Int32Array.of(130, 135, 127, 119),
 *   descriptorDigest: descriptorDigest(descriptor, sha256),
 *   segmentDigest: new Uint8Array(32),
 * }, sha256);
 *
 * const { samples } = decodeChunk(bytes, { sha256 });
 * deepStrictEqual(samples, Int32Array.of(130, 135, 127, 119));
 * strictEqual(toPhysical(samples, calibration)[0]?.toFixed(6), "50.989011");
 * ```
 *
 * @module
 */

export * from "./assert.ts";
export * from "./bytes/mod.ts";
export * from "./calibration/mod.ts";
export * from "./chbmit/mod.ts";
export * from "./checksum/mod.ts";
export * from "./chunk/mod.ts";
export * from "./codec/mod.ts";
export * from "./edf/mod.ts";
export * from "./error.ts";
export * from "./recording/mod.ts";
export { CivilStart } from "./recording/mod.ts";
export * from "./signal/mod.ts";
export * from "./time/mod.ts";
