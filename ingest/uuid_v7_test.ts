import { strictEqual } from "node:assert/strict";
import { uuidV4, uuidV7 } from "./uuid_v7.ts";

Deno.test("uuidV7() is the example of RFC 9562, appendix A.6", () => {
  // Unix time 0x017F22E279B0, rand_a 0xCC3, rand_b 0x18C4DC0C0C07398F.
  const random = Uint8Array.fromHex("0cc318c4dc0c0c07398f");
  strictEqual(uuidV7(0x017f22e279b0n, random), "017f22e2-79b0-7cc3-98c4-dc0c0c07398f");
});

Deno.test("uuidV7() sorts by time", () => {
  const later = uuidV7(2_000_000_000_001n, new Uint8Array(10));
  strictEqual(uuidV7(2_000_000_000_000n, new Uint8Array(10).fill(255)) < later, true);
});

Deno.test("uuidV4() sets version and variant", () => {
  strictEqual(uuidV4(new Uint8Array(16).fill(255)), "ffffffff-ffff-4fff-bfff-ffffffffffff");
  strictEqual(uuidV4(new Uint8Array(16)), "00000000-0000-4000-8000-000000000000");
});
