import { strictEqual } from "node:assert/strict";
import { isLoopbackHostHeader } from "./loopback.ts";

for (
  const [header, expected] of [
    ["127.0.0.1:8002", true],
    ["localhost", true],
    ["LOCALHOST:8002", true],
    ["[::1]:8002", true],
    ["evil.example", false],
    ["127.0.0.1.evil.example:8002", false],
    ["localhost:8002@evil.example", false],
    ["", false],
    [undefined, false],
  ] as const
) {
  Deno.test(`isLoopbackHostHeader() of ${header} is ${expected}`, () => {
    strictEqual(isLoopbackHostHeader(header), expected);
  });
}
