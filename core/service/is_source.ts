/**
 * Layer 6. Whether a service runs from its sources or from its bundle (`dist/main.js`, core/decisions/0059).
 *
 * @module
 */

/** True when modules are files among others; false when they are parts of one file. */
export const IS_SOURCE: boolean = import.meta.url.endsWith(".ts");
