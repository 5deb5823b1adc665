/**
 * Layer 6. The durable queue that devices and the relay share: SQLite, full synchronisation. Servers only.
 *
 * @module
 */
export * from "./spool.ts";
export { openSpool } from "./open_spool.ts";
export type { SpoolOptions } from "./sqlite_spool.ts";
export { type CommitFaults } from "./commit_group.ts";
export * from "./drain.ts";
export * from "./drain_options.ts";
export * from "./fate.ts";
export * from "./handed.ts";
export * from "./upstream.ts";
export * from "./held_state.ts";
export * from "./segment_facts.ts";
