import { ok, rejects, strictEqual } from "node:assert/strict";
import { generateTokenKeys, issueToken } from "@wavekeep/core/crypto";
import { ProblemError } from "@wavekeep/core/problem";
import { createLogger, parseConfig } from "@wavekeep/core/service";
import { RelayConfig } from "./config.ts";
import { type OpenRelay, openRelay } from "./open_deps.ts";

/** A folder with what a relay needs, and the relay as it is opened there. */
interface Box {
  readonly folder: string;
  write(name: string, text: string, mode?: number): Promise<string>;
  tokenOf(role: "relay" | "device"): Promise<string>;
  open(changes: Record<string, string>): Promise<OpenRelay>;
}

async function withBox(work: (box: Box) => Promise<void>): Promise<void> {
  const folder = await Deno.makeTempDir({ prefix: "wavekeep-relay-" });
  const keys = await generateTokenKeys();
  const box: Box = {
    folder,
    tokenOf: (role) =>
      issueToken(keys.privateJwk, { subject: "box", siteId: 1, role, expiresAt: 2 ** 31 }),
    async write(name, text, mode = 0o600) {
      await Deno.writeTextFile(`${folder}/${name}`, text);
      await Deno.chmod(`${folder}/${name}`, mode);
      return `${folder}/${name}`;
    },
    open: (changes) =>
      openRelay(
        parseConfig(RelayConfig, {
          "UPSTREAM_URL": "http://127.0.0.1:1",
          "RELAY_TOKEN_FILE": `${folder}/relay.token`,
          "TOKEN_PUBLIC_KEY_FILE": `${folder}/token_public.jwk`,
          "SPOOL_DIR": `${folder}/spool`,
          "KEY_DIR": `${folder}/keys`,
          ...changes,
        }),
        createLogger({ service: "relay", write: () => {} }),
      ),
  };
  try {
    await box.write("token_public.jwk", JSON.stringify(keys.publicJwk));
    await box.write("relay.token", await box.tokenOf("relay"));
    await work(box);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

Deno.test("openRelay() says which variable is wrong and what to do, where it gave the system's own words", async () => {
  await withBox(async ({ folder, write, tokenOf, open }) => {
    const none = `${folder}/none`;
    const cases: readonly [changes: Record<string, string>, said: RegExp][] = [
      [{ "RELAY_TOKEN_FILE": none }, /Cannot read RELAY_TOKEN_FILE: .*none is not there/],
      [{ "RELAY_TOKEN_FILE": await write("text", "no token") }, /--role relay makes one/],
      [{ "RELAY_TOKEN_FILE": await write("device", await tokenOf("device")) }, /of role relay/],
      [{ "RELAY_TOKEN_FILE": await write("all", await tokenOf("relay"), 0o644) }, /make it 0600/],
      [{ "PAGE_HOST": "0.0.0.0" }, /PAGE_TOKEN_FILE is not set/],
      [{ "PAGE_TOKEN_FILE": none }, /Cannot read PAGE_TOKEN_FILE/],
    ];
    for (const [changes, said] of cases) await rejects(open(changes), said);
    // A spool whose keys are gone is never opened with new ones.
    await Deno.mkdir(`${folder}/spool`);
    await write("spool/spool.db", "");
    await rejects(open({}), /its keys are not in .*keys \(KEY_DIR\); put them back, or move/);
  });
});

Deno.test("openRelay() hands a device's one-time code to nobody whom a redirect names", async () => {
  await withBox(async ({ open }) => {
    const asked: string[] = [];
    await using server = Deno.serve(
      { hostname: "127.0.0.1", port: 0, onListen() {} },
      (request) => {
        const { pathname } = new URL(request.url);
        asked.push(pathname);
        return pathname === "/elsewhere"
          ? Response.json({ keys: [], next: null })
          : new Response(null, { status: 307, headers: { location: "/elsewhere" } });
      },
    );
    const relay = await open({ "UPSTREAM_URL": `http://127.0.0.1:${server.addr.port}` });
    try {
      await rejects(
        relay.deps.enrol(new Uint8Array(2)),
        (error) => error instanceof ProblemError && error.slug === "upstream-unavailable",
      );
    } finally {
      await relay.close();
    }
    ok(asked.includes("/devices/enrol"));
    strictEqual(asked.includes("/elsewhere"), false);
  });
});
