/**
 * Layer 4. EDF, EDF+, BDF and BDF+: read from any byte source, written from streams.
 *
 * @module
 */

export * from "./annotation_list.ts";
export * from "./biosemi_status.ts";
export * from "./byte_source.ts";
export * from "../signal/channel_label.ts";
export * from "./civil_start.ts";
export { encodeSamples } from "./data_record.ts";
export * from "./decimal_field.ts";
export * from "./describe_channels.ts";
export * from "./diagnostics.ts";
export * from "./edf_reader.ts";
export * from "./edf_writer.ts";
export { HEADER_FIELDS } from "./field_table.ts";
export * from "./header.ts";
export * from "./mark_coverage.ts";
export * from "./rebuild_edf.ts";
export type { EdfRun } from "./runs.ts";
export type { EdfSignal } from "./signal_header.ts";
export * from "./unit.ts";
