/**
 * Layer 1. Bytes and bits: bounded readers, growable writers, small integer spellings.
 *
 * @module
 */

export * from "./bit_reader.ts";
export * from "./bit_writer.ts";
export * from "./byte_reader.ts";
export * from "./byte_writer.ts";
export * from "./concat.ts";
export * from "./hex.ts";
export * from "./little_endian.ts";
export * from "./varint.ts";
export * from "./zigzag.ts";
