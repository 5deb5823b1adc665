/**
 * The same bytes out of the codecs in Chromium as in Deno: payloads, sets and samples.
 *
 * The page has the viewer's own policy for scripts, so what needs more than that shows here.
 *
 * @module
 */

import { deepStrictEqual } from "node:assert/strict";
import { createHash } from "node:crypto";
import { fileURLToPath } from "node:url";
import { codecDigests } from "../core/testing/codec_in_browser.ts";
import type { CodecPage } from "./testing/codec_page.ts";
import { launchChromium } from "./testing/launch_chromium.ts";

const ENTRY = fileURLToPath(new URL("./testing/codec_page.ts", import.meta.url));
const CONTENT_SECURITY_POLICY = "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'";
const PAGE =
  `<!doctype html><title>codecs</title><script type="module" src="/codec_page.js"></script>`;

/** Bundles the page's script, as the viewer's are. */
async function bundlePage(): Promise<Uint8Array<ArrayBuffer>> {
  const folder = await Deno.makeTempDir({ prefix: "wavekeep-codec-page-" });
  try {
    const { success, stderr } = await new Deno.Command(Deno.execPath(), {
      args: ["bundle", "--quiet", "--platform=browser", "--minify", `--outdir=${folder}`, ENTRY],
      stdout: "null",
      stderr: "piped",
    }).output();
    if (!success) throw new Error(new TextDecoder().decode(stderr));
    return await Deno.readFile(`${folder}/codec_page.js`);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

function servePage(script: Uint8Array<ArrayBuffer>): Deno.HttpServer<Deno.NetAddr> {
  return Deno.serve({ hostname: "127.0.0.1", port: 0, onListen: () => {} }, (request) => {
    const isScript = new URL(request.url).pathname === "/codec_page.js";
    return new Response(isScript ? script : PAGE, {
      headers: {
        "Content-Type": isScript ? "text/javascript" : "text/html",
        "Content-Security-Policy": CONTENT_SECURITY_POLICY,
      },
    });
  });
}

Deno.test({
  name: "codecs give the same bytes in Chromium as in Deno",
  // The driver keeps sockets and timers of its own until the process ends.
  sanitizeOps: false,
  sanitizeResources: false,
  fn: async () => {
    const here = codecDigests((bytes) =>
      new Uint8Array(createHash("sha256").update(bytes).digest())
    );
    const server = servePage(await bundlePage());
    const launched = await launchChromium();
    try {
      const page = await launched.browser.newPage();
      const complaints: string[] = [];
      page.on("pageerror", (error) => complaints.push(error.message));
      page.on("console", (message) => {
        if (message.type() === "error" && !message.text().includes("favicon")) {
          complaints.push(message.text());
        }
      });
      await page.goto(`http://127.0.0.1:${server.addr.port}/`);
      const digests = () => (globalThis as CodecPage).codecDigests;
      await page.waitForFunction(digests, undefined, { timeout: 60_000 }).catch(() => {});
      deepStrictEqual(complaints, []);
      deepStrictEqual(await page.evaluate(digests), here);
    } finally {
      await launched.close();
      await server.shutdown();
    }
  },
});
