/**
 * Layer 6. Whose address a request comes from, and whether it left them by https.
 *
 * Sole reader of `X-Forwarded-For` and `X-Forwarded-Proto`. The address is the socket's; only where that is a proxy somebody named
 * (`TRUSTED_PROXIES`) the header is looked at, from its right end, since everything to the left of the last
 * trusted proxy's own entry is the client's to write. Hazard: an address is personal; it is counted and told
 * to the audit, and never logged.
 *
 * @module
 */
import type { Context } from "hono";
import * as z from "zod";
import { BlockList, isIP, isIPv6 } from "node:net";
import { BoundedMap } from "./bounded_map.ts";
import { incomingOf } from "./incoming_body.ts";
import "./context.ts";

/** Proxies whose word about addresses counts. */
export interface TrustedProxies {
  /** Whether an address as {@link plainAddress} gives it is one of them. */
  has(address: string): boolean;
}

/**
 * A list of addresses and networks, commas between.
 *
 * @throws {Error} Something in it is neither.
 *
 * @example
 * ```ts
 * import { strictEqual } from "node:assert/strict";
 * import { parseProxies } from "@wavekeep/core/service";
 *
 * const proxies = parseProxies("10.0.0.0/8, ::1");
 * strictEqual(proxies.has("10.20.30.40"), true);
 * strictEqual(proxies.has("192.0.2.1"), false);
 * ```
 */
export function parseProxies(text: string): TrustedProxies {
  const list = new BlockList();
  // An empty variable counts as not set: "none" is how to trust nobody.
  for (
    const part of (text === "none" ? "" : text).split(",").map((name) => name.trim()).filter((
      name,
    ) => name !== "")
  ) {
    const [address = "", length, ...rest] = part.split("/");
    const family = isIP(address);
    const bits = family === 6 ? 128 : 32;
    const isNetwork = length === undefined || /^\d{1,3}$/.test(length) && Number(length) <= bits;
    if (family === 0 || !isNetwork || rest.length > 0) {
      throw new Error(`Cannot read list of proxies: "${part}" is neither an address nor a network`);
    }
    const name = family === 6 ? "ipv6" : "ipv4";
    if (length === undefined) list.addAddress(address, name);
    else list.addSubnet(address, Number(length), name);
  }
  // The list makes an object of the runtime for each look, and these are the same few addresses.
  const verdicts = new BoundedMap<string, boolean>(ADDRESSES_MAX);
  return {
    has(address) {
      let verdict = verdicts.get(address);
      if (verdict === undefined) {
        verdict = list.check(address, isIPv6(address) ? "ipv6" : "ipv4");
        verdicts.set(address, verdict);
      }
      return verdict;
    },
  };
}

/** Addresses remembered at most, and what was found of each. */
const ADDRESSES_MAX = 10_000;

/** Whether a text can be read, as a schema asks. */
export function reads(parse: (text: string) => unknown): (text: string) => boolean {
  return (text) => {
    try {
      parse(text);
      return true;
    } catch {
      return false;
    }
  };
}

/** On the same machine stand the viewer and whatever ends TLS; others have to be named. */
export const DEFAULT_PROXIES = "127.0.0.0/8,::1";

/** Schema of the variable: a text for {@link parseProxies}, or "none". */
export function trustedProxies(): z.ZodType<string> {
  return z.string().default(DEFAULT_PROXIES).refine(reads(parseProxies), {
    error: "is no list of addresses and networks",
  }).describe(
    'Proxies whose X-Forwarded-For counts: addresses and small networks of their own, commas between, or "none"; never a network with clients in it',
  );
}

/**
 * The address of whoever asks; undefined where there is no socket (a hosted edge, a test). Without
 * `trustedProxies` of `installEdge` nobody's header is believed.
 */
export function clientAddress(c: Context): string | undefined {
  const peer = peerOf(c);
  const proxies = c.get("trustedProxies");
  if (peer === undefined || proxies === undefined || !proxies.has(peer)) return peer;
  return forwardedAddress(c.req.header("x-forwarded-for"), peer, proxies);
}

/**
 * Whether whoever asks came by https: to this service, or to a trusted proxy before it. Anybody else's
 * `X-Forwarded-Proto` is not looked at.
 */
export function cameByHttps(c: Context): boolean {
  if (new URL(c.req.url).protocol === "https:") return true;
  const peer = peerOf(c);
  if (peer === undefined || c.get("trustedProxies")?.has(peer) !== true) return false;
  // Of several the last one is the nearest proxy's own.
  return c.req.header("x-forwarded-proto")?.split(",").at(-1)?.trim() === "https";
}

function peerOf(c: Context): string | undefined {
  const text = incomingOf(c.env)?.socket?.remoteAddress;
  if (text === undefined) return undefined;
  const known = peers.get(text);
  if (known !== undefined) return known;
  const peer = plainAddress(text);
  if (peer !== undefined) peers.set(text, peer);
  return peer;
}

/** Sockets' addresses as they were spelt, each in its one spelling. */
const peers = new BoundedMap<string, string>(ADDRESSES_MAX);

/**
 * The rightmost address that no trusted proxy has. What cannot be read ends the search: the nearest proxy
 * that is known then stands for whoever is behind it.
 *
 * @param header Of one request: all its X-Forwarded-For, in order, joined by commas.
 */
export function forwardedAddress(
  header: string | undefined,
  peer: string,
  proxies: TrustedProxies,
): string {
  let nearest = peer;
  for (const part of (header ?? "").split(",").reverse()) {
    const address = plainAddress(part.trim());
    if (address === undefined) return nearest;
    nearest = address;
    if (!proxies.has(address)) return address;
  }
  return nearest;
}

/** An address in one spelling: IPv4 that was mapped into IPv6 is IPv4; undefined when it is none. */
export function plainAddress(text: string): string | undefined {
  const [bare = ""] = text.replace(/^\[(.*)\](:\d+)?$/, "$1").split("%");
  const mapped = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i.exec(bare)?.[1] ?? bare;
  if (isIP(mapped) === 4) return mapped;
  if (isIP(mapped) === 0) return undefined;
  // The URL parser owns the one spelling of an IPv6 address (RFC 5952).
  return new URL(`http://[${mapped}]`).hostname.slice(1, -1);
}

/**
 * What of an address requests are counted by: whoever has an IPv6 address has 2^64 of them.
 *
 * @param address As {@link plainAddress} gives it.
 */
export function addressNetwork(address: string): string {
  if (!address.includes(":")) return address;
  const [head = "", tail] = address.split("::");
  const left = head === "" ? [] : head.split(":");
  const right = tail === undefined || tail === "" ? [] : tail.split(":");
  const zeros = new Array(Math.max(0, 8 - left.length - right.length)).fill("0");
  return `${[...left, ...zeros, ...right].slice(0, 4).join(":")}::/64`;
}
