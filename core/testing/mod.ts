/**
 * Testing. Generators, damage and conformance suites, for tests only: no product code imports this.
 *
 * @module
 */

export * from "./codec_conformance.ts";
export * from "./corrupt.ts";
export * from "./edf_from_spec.ts";
export * from "./prng.ts";
export * from "./random_parameter_set.ts";
export * from "./shared_data.ts";
export * from "./signals.ts";
