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
