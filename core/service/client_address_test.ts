import { strictEqual, throws } from "node:assert/strict";
import {
  addressNetwork,
  forwardedAddress,
  parseProxies,
  plainAddress,
  trustedProxies,
} from "./client_address.ts";

const proxies = parseProxies("127.0.0.0/8, ::1, 10.1.0.0/16, 2001:db8:1::/48");

function checkForwarded(header: string | undefined, peer: string, expected: string): void {
  strictEqual(forwardedAddress(header, peer, proxies), expected, String(header));
}

Deno.test("forwardedAddress() believes the entries of trusted proxies only, from the right", () => {
  checkForwarded("192.0.2.7", "127.0.0.1", "192.0.2.7");
  checkForwarded("192.0.2.7, 10.1.2.3", "127.0.0.1", "192.0.2.7");
  // What the client wrote itself stands to the left.
  checkForwarded("203.0.113.9, 192.0.2.7, 10.1.2.3", "127.0.0.1", "192.0.2.7");
  checkForwarded("10.1.9.9, 192.0.2.7", "127.0.0.1", "192.0.2.7");
  checkForwarded("::ffff:192.0.2.7", "::1", "192.0.2.7");
  checkForwarded("[2001:DB8:2:0::5]:4711", "2001:db8:1::1", "2001:db8:2::5");
});

Deno.test("forwardedAddress() stays with the nearest proxy when an entry cannot be read", () => {
  checkForwarded(undefined, "127.0.0.1", "127.0.0.1");
  checkForwarded("", "127.0.0.1", "127.0.0.1");
  checkForwarded("unknown", "127.0.0.1", "127.0.0.1");
  checkForwarded("192.0.2.7, for=evil", "127.0.0.1", "127.0.0.1");
  checkForwarded("192.0.2.7, _hidden, 10.1.2.3", "127.0.0.1", "10.1.2.3");
  checkForwarded("10.1.2.4, 10.1.2.3", "127.0.0.1", "10.1.2.4");
});

Deno.test("parseProxies() refuses what is no network, trustedProxies() trusts loopback", () => {
  for (const bad of ["proxy", "10.0.0.0/33", "10.0.0.0/8/8", "10.0.0/8", "::1/129", "10.0.0.0/x"]) {
    throws(() => parseProxies(bad), /neither an address nor a network/, bad);
    strictEqual(trustedProxies().safeParse(bad).success, false);
  }
  const byDefault = parseProxies(trustedProxies().parse(undefined));
  strictEqual(byDefault.has("127.0.0.1"), true);
  strictEqual(byDefault.has("192.0.2.1"), false);
  strictEqual(parseProxies(trustedProxies().parse("none")).has("127.0.0.1"), false);
});

Deno.test("plainAddress() and addressNetwork() give one spelling", () => {
  strictEqual(plainAddress("::FFFF:192.0.2.1"), "192.0.2.1");
  strictEqual(plainAddress("fe80::1%eth0"), "fe80::1");
  strictEqual(plainAddress("localhost"), undefined);
  strictEqual(addressNetwork("192.0.2.1"), "192.0.2.1");
  strictEqual(addressNetwork("2001:db8:1:2:3:4:5:6"), "2001:db8:1:2::/64");
  strictEqual(addressNetwork("2001:db8::1"), "2001:db8:0:0::/64");
  strictEqual(addressNetwork("::1"), "0:0:0:0::/64");
});
