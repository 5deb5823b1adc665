/**
 * Bench, load. The database server under live loads: what is set.
 *
 * @module
 */

/**
 * A pool of pages this small is left by each within seconds, and the background writer flushes what leaves:
 * little is left to the kernel, which writes it all in one go (core/decisions/0061).
 */
export const LIVE_SERVER_SETTINGS = { "shared_buffers": "64MB" } as const;
