/**
 * Whether an address means this computer and nobody else's.
 *
 * @module
 */

import { isLoopbackHost } from "@wavekeep/core/service";

export { isLoopbackHost };

/**
 * Whether a request's Host header names this computer. A page of another origin that resolves its own
 * name to 127.0.0.1 (DNS rebinding) still sends that name.
 */
export function isLoopbackHostHeader(header: string | undefined): boolean {
  if (header === undefined) return false;
  const name = /^(\[[0-9a-f:]+\]|[^:]+)(?::\d{1,5})?$/i.exec(header)?.[1];
  return name !== undefined && isLoopbackHost(name);
}
