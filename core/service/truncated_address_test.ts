import { strictEqual } from "node:assert/strict";
import { truncatedAddress } from "./truncated_address.ts";

function check(address: string | undefined, kept: string | undefined) {
  strictEqual(truncatedAddress(address), kept);
}

Deno.test("truncatedAddress() keeps the network and nothing below it", () => {
  check("10.1.2.3", "10.1.2.0/24");
  check("::ffff:192.168.7.201", "192.168.7.0/24");
  check("2001:db8:1:2:3:4:5:6", "2001:db8:1::/48");
  check("2001:0db8:0001::1", "2001:db8:1::/48");
  check("fe80::1%eth0", "fe80:0:0::/48");
  check("::1", "::/48");
});

Deno.test("truncatedAddress() keeps nothing of what is no address", () => {
  check(undefined, undefined);
  check("unknown", undefined);
  check("Jane Doe", undefined);
  check("1.2.3", undefined);
});
