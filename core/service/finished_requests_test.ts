import { ok, strictEqual } from "node:assert/strict";
import { once } from "node:events";
import { createServer, type IncomingMessage, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { letGoOfFinishedRequests } from "./finished_requests.ts";

/** Records of what is under way on a server, as the runtime keeps them. */
function recordsOf(server: Server): { req: unknown }[] {
  const key = Object.getOwnPropertySymbols(server).find(({ description }) =>
    description === "http.server.connections"
  )!;
  const list =
    (server as unknown as Record<symbol, { _active: Map<unknown, { req: unknown }> }>)[key]!;
  return [...list._active.values()];
}

async function listening(server: Server): Promise<string> {
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

Deno.test("the runtime's record of a request forgets it when it has been answered", async () => {
  const seen: { record: { req: unknown }; request: IncomingMessage }[] = [];
  const server = createServer((request, response) => {
    const record = recordsOf(server).find(({ req }) => req === request);
    ok(
      record !== undefined,
      "the runtime keeps no record of a request any more: look at this again",
    );
    seen.push({ record, request });
    response.end("ok");
  });
  const url = await listening(server);
  try {
    strictEqual(letGoOfFinishedRequests(server), true);
    for (let round = 0; round < 3; round++) await (await fetch(url)).text();
    strictEqual(seen.length, 3);
    for (const { record } of seen) strictEqual(record.req, null);
    strictEqual(recordsOf(server).length, 0);
  } finally {
    server.close();
    server.closeAllConnections();
    await once(server, "close");
  }
});

Deno.test("a server that is none of the runtime's is left as it is", () => {
  strictEqual(letGoOfFinishedRequests({} as Server), false);
});
