import { deepStrictEqual, strictEqual } from "node:assert/strict";
import { httpUpstream } from "./upstream.ts";

Deno.test("httpUpstream() follows no redirect: nothing of a device goes where somebody else says", async () => {
  const asked: string[] = [];
  await using server = Deno.serve(
    { hostname: "127.0.0.1", port: 0, onListen() {} },
    (request) => {
      const { pathname } = new URL(request.url);
      asked.push(pathname);
      return pathname === "/elsewhere"
        ? Response.json({})
        : new Response(null, { status: 307, headers: { location: "/elsewhere" } });
    },
  );
  const upstream = httpUpstream({
    url: `http://127.0.0.1:${server.addr.port}`,
    token: () => Promise.resolve("token"),
  });
  strictEqual(await upstream.isReady(), false);
  strictEqual(await upstream.state(new Uint8Array(16)), undefined);
  deepStrictEqual(asked, ["/readyz", `/segments/${"00".repeat(16)}/state`]);
});
