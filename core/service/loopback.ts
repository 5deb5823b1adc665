/**
 * Layer 6. Whether an address means this computer and nobody else's.
 *
 * @module
 */

/** Whether an address or name to listen on, or to connect to, is of this computer alone. */
export function isLoopbackHost(host: string): boolean {
  const name = host.toLowerCase().replace(/^\[(.*)\]$/, "$1");
  return name === "localhost" || name === "::1" || /^127(\.\d{1,3}){3}$/.test(name);
}

/**
 * Whether a request's Host header names this computer. A page of another origin that resolves its own
 * name to 127.0.0.1 (DNS rebinding) still sends that name.
 */
export function isLoopbackHostHeader(header: string | undefined): boolean {
  if (header === undefined) return false;
  const name = /^(\[[0-9a-f:]+\]|[^:]+)(?::\d{1,5})?$/i.exec(header)?.[1];
  return name !== undefined && isLoopbackHost(name);
}
