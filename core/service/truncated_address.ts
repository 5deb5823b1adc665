/**
 * Layer 6. Where somebody asked from, as much of it as is kept: the network, not the machine.
 *
 * An auditor has to tell the ward from the outside and one site's network from another's; which desk it was
 * says the session. So 24 bits of IPv4 and 48 of IPv6 are kept, in the clear: no key is needed to read them
 * years later, and they name no household (decision 0046).
 *
 * @module
 */

/**
 * The network of an address; undefined when it is none.
 *
 * @example
 * ```ts
 * import { strictEqual } from "node:assert/strict";
 * import { truncatedAddress } from "@wavekeep/core/service";
 *
 * strictEqual(truncatedAddress("203.0.113.77"), "203.0.113.0/24");
 * strictEqual(truncatedAddress("2001:db8:12:3456::9"), "2001:db8:12::/48");
 * ```
 */
export function truncatedAddress(address: string | undefined): string | undefined {
  if (address === undefined) return undefined;
  const four = /^(?:::ffff:)?(\d{1,3})\.(\d{1,3})\.(\d{1,3})\.\d{1,3}$/i.exec(address);
  if (four !== null) return `${four[1]}.${four[2]}.${four[3]}.0/24`;
  if (!/^[0-9a-f:]{2,39}(%[\w.-]+)?$/i.test(address) || !address.includes(":")) return undefined;
  const [head = "", tail] = address.toLowerCase().replace(/%.*/, "").split("::");
  const first = head === "" ? [] : head.split(":");
  const groups = tail === undefined
    ? first
    : [...first, ...Array(8).fill("0")].slice(0, 8 - tail.split(":").length);
  const kept = [...groups, "0", "0", "0"].slice(0, 3).map((group) => group.replace(/^0+(?=.)/, ""));
  return kept.every((group) => group === "0") ? "::/48" : `${kept.join(":")}::/48`;
}
