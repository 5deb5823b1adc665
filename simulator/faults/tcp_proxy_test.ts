import { deepStrictEqual, ok, strictEqual } from "node:assert/strict";
import { TcpProxy } from "./tcp_proxy.ts";

/** A server that says back what it hears; counts the connections it has. */
function echo(): { port: number; open: () => number; [Symbol.asyncDispose](): Promise<void> } {
  const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  let open = 0;
  const served = (async () => {
    while (true) {
      let connection: Deno.TcpConn;
      try {
        connection = await listener.accept();
      } catch (error) {
        if (error instanceof Deno.errors.BadResource) return;
        continue; // it was reset before anybody could take it
      }
      open++;
      void connection.readable.pipeTo(connection.writable).catch(() => {}).finally(() => open--);
    }
  })();
  return {
    port: (listener.addr as Deno.NetAddr).port,
    open: () => open,
    async [Symbol.asyncDispose]() {
      listener.close();
      await served;
      while (open > 0) await new Promise((resolve) => setTimeout(resolve, 2));
    },
  };
}

const HELLO = new TextEncoder().encode("hello, wavekeep");

/** Sends, and reads until the end, so many bytes, or an error. */
async function talk(
  port: number,
  bytes: Uint8Array = HELLO,
  want = bytes.byteLength,
): Promise<{ heard: string; end: "enough" | "closed" | "reset" }> {
  const heard: number[] = [];
  const text = () => new TextDecoder().decode(Uint8Array.from(heard));
  try {
    using connection = await Deno.connect({ hostname: "127.0.0.1", port });
    await connection.write(bytes);
    const buffer = new Uint8Array(1024);
    while (heard.length < want) {
      const count = await connection.read(buffer);
      if (count === null) return { heard: text(), end: "closed" };
      heard.push(...buffer.subarray(0, count));
    }
    return { heard: text(), end: "enough" };
  } catch {
    return { heard: text(), end: "reset" };
  }
}

Deno.test("TcpProxy passes on what it hears, both ways, and forgets closed connections", async () => {
  await using server = echo();
  await using proxy = await TcpProxy.listen({ targetPort: server.port });
  deepStrictEqual(await talk(proxy.port), { heard: "hello, wavekeep", end: "enough" });
  while (proxy.openCount > 0 || server.open() > 0) await new Promise((r) => setTimeout(r, 2));
  strictEqual(proxy.connectionCount, 1);
});

Deno.test("TcpProxy cuts either direction at every byte: what was before it arrives, nothing behind", async () => {
  await using server = echo();
  for (const direction of ["up", "down"] as const) {
    for (let bytes = 0; bytes < HELLO.byteLength; bytes++) {
      const limit = { bytes, then: "close" } as const;
      await using proxy = await TcpProxy.listen({
        targetPort: server.port,
        shape: () => ({ [direction]: { limit } }),
      });
      const { heard, end } = await talk(proxy.port);
      ok(end !== "enough");
      // Cut on the way up, the echo may be cut off as well.
      if (direction === "down") strictEqual(heard, "hello, wavekeep".slice(0, bytes));
      else ok("hello, wavekeep".slice(0, bytes).startsWith(heard));
    }
  }
});

Deno.test("TcpProxy flips one bit at its place, whatever the pieces", async () => {
  await using server = echo();
  await using proxy = await TcpProxy.listen({
    targetPort: server.port,
    shape: (index) => ({ down: { flip: { byte: index, bit: 5 } } }),
  });
  strictEqual((await talk(proxy.port)).heard, "Hello, wavekeep");
  strictEqual((await talk(proxy.port)).heard, "hEllo, wavekeep");
  strictEqual((await talk(proxy.port)).heard, "heLlo, wavekeep");
});

Deno.test("TcpProxy resets: the client sees an error and no end", async () => {
  await using server = echo();
  await using proxy = await TcpProxy.listen({
    targetPort: server.port,
    shape: () => ({ up: { limit: { bytes: 4, then: "reset" } } }),
  });
  strictEqual((await talk(proxy.port)).end, "reset");
  proxy.isRefusing = true;
  strictEqual((await talk(proxy.port)).end, "reset");
});

Deno.test("TcpProxy freezes: nothing passes, nothing is lost when it thaws", async () => {
  await using server = echo();
  await using proxy = await TcpProxy.listen({ targetPort: server.port });
  proxy.freeze();
  let isAnswered = false;
  const talking = talk(proxy.port).finally(() => isAnswered = true);
  while (proxy.openCount === 0) await new Promise((resolve) => setTimeout(resolve, 2));
  await new Promise((resolve) => setTimeout(resolve, 30));
  strictEqual(isAnswered, false);
  proxy.thaw();
  strictEqual((await talking).heard, "hello, wavekeep");
});

Deno.test("TcpProxy keeps silent: the connection stays open and says no more", async () => {
  await using server = echo();
  await using proxy = await TcpProxy.listen({
    targetPort: server.port,
    shape: () => ({ down: { limit: { bytes: 5, then: "silence" } } }),
  });
  const talking = talk(proxy.port);
  const first = await Promise.race([
    talking,
    new Promise<"silent">((resolve) => setTimeout(() => resolve("silent"), 50)),
  ]);
  strictEqual(first, "silent");
  proxy.resetAll();
  deepStrictEqual(await talking, { heard: "hello", end: "reset" });
});

Deno.test("TcpProxy throttles and delays without losing a byte", async () => {
  await using server = echo();
  await using proxy = await TcpProxy.listen({
    targetPort: server.port,
    shape: () => ({ up: { bytesPerSecond: 20_000 }, down: { delayMs: 5 } }),
  });
  const bytes = new Uint8Array(2_000).fill(65);
  const startedMs = performance.now();
  strictEqual((await talk(proxy.port, bytes)).heard, "A".repeat(2_000));
  ok(performance.now() - startedMs >= 50, "a tenth of a second's worth takes its time");
});

Deno.test("TcpProxy shows each piece to whoever asks, and drops what that keeps", async () => {
  await using server = echo();
  const seen: string[] = [];
  await using proxy = await TcpProxy.listen({
    targetPort: server.port,
    shape: () => ({
      up: {
        *pass(piece) {
          seen.push(new TextDecoder().decode(piece));
          yield piece.slice(0, 2);
          yield piece.slice(2, 5);
        },
      },
    }),
  });
  strictEqual((await talk(proxy.port, HELLO, 5)).heard, "hello");
  deepStrictEqual(seen, ["hello, wavekeep"]);
});
