/**
 * The same bytes out of the codecs in Chromium as in Deno: payloads, sets and samples.
 *
 * The page has the viewer's own policy for scripts, so what needs more than that shows here; and one that
 * forbids WebAssembly, where the kernel's reference does the work.
 *
 * @module
 */

import { deepStrictEqual, strictEqual } from "node:assert/strict";
import { createHash } from "node:crypto";
import { fileURLToPath } from "node:url";
import type { Browser } from "playwright-core";
import { codecDigests } from "../core/testing/codec_in_browser.ts";
import type { CodecPage } from "./testing/codec_page.ts";
import { launchChromium } from "./testing/launch_chromium.ts";

const ENTRY = fileURLToPath(new URL("./testing/codec_page.ts", import.meta.url));
const PAGE =
  `<!doctype html><title>codecs</title><link rel="icon" href="data:,"><script type="module" src="/codec_page.js"></script>`;

/** The viewer's policy for scripts, and one that forbids WebAssembly. */
const POLICIES = {
  compiles: "default-src 'none'; img-src data:; script-src 'self' 'wasm-unsafe-eval'",
  doesNotCompile: "default-src 'none'; img-src data:; script-src 'self'",
};

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

/** Serves the page under the policy that its address names. */
function servePage(script: Uint8Array<ArrayBuffer>): Deno.HttpServer<Deno.NetAddr> {
  return Deno.serve({ hostname: "127.0.0.1", port: 0, onListen: () => {} }, (request) => {
    const { pathname } = new URL(request.url);
    const isScript = pathname === "/codec_page.js";
    const policy = pathname === "/no-wasm" ? POLICIES.doesNotCompile : POLICIES.compiles;
    return new Response(isScript ? script : PAGE, {
      headers: {
        "Content-Type": isScript ? "text/javascript" : "text/html",
        "Content-Security-Policy": policy,
      },
    });
  });
}

/** What the codecs made in a page, and what the page complained about. */
async function runInPage(
  browser: Browser,
  url: string,
): Promise<CodecPage & { complaints: string[] }> {
  const page = await browser.newPage();
  const complaints: string[] = [];
  page.on("pageerror", (error) => complaints.push(error.message));
  page.on("console", (message) => {
    if (message.type() === "error") complaints.push(message.text());
  });
  await page.goto(url);
  const result = () => {
    const { codecDigests, hasKernel } = globalThis as CodecPage;
    return codecDigests && { codecDigests, hasKernel };
  };
  await page.waitForFunction(result, undefined, { timeout: 60_000 }).catch(() => {});
  return { ...await page.evaluate(result), complaints } as CodecPage & { complaints: string[] };
}

Deno.test({
  name: "codecs give the same bytes in Chromium as in Deno, with and without WebAssembly",
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
      const url = `http://127.0.0.1:${server.addr.port}`;
      const fast = await runInPage(launched.browser, `${url}/`);
      deepStrictEqual(fast, { codecDigests: here, hasKernel: true, complaints: [] });
      const plain = await runInPage(launched.browser, `${url}/no-wasm`);
      deepStrictEqual(plain.codecDigests, here);
      strictEqual(plain.hasKernel, false);
    } finally {
      await launched.close();
      await server.shutdown();
    }
  },
});
