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
import { serveScript } from "./testing/script_page.ts";

const ENTRY = fileURLToPath(new URL("./testing/codec_page.ts", import.meta.url));

/** The viewer's policy for scripts, and one that forbids WebAssembly. */
const POLICIES = {
  compiles: "default-src 'none'; img-src data:; script-src 'self' 'wasm-unsafe-eval'",
  doesNotCompile: "default-src 'none'; img-src data:; script-src 'self'",
};

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
    const served = await serveScript(
      ENTRY,
      (path) => path === "/no-wasm" ? POLICIES.doesNotCompile : POLICIES.compiles,
    );
    const launched = await launchChromium();
    try {
      const fast = await runInPage(launched.browser, `${served.url}/`);
      deepStrictEqual(fast, { codecDigests: here, hasKernel: true, complaints: [] });
      const plain = await runInPage(launched.browser, `${served.url}/no-wasm`);
      deepStrictEqual(plain.codecDigests, here);
      strictEqual(plain.hasKernel, false);
    } finally {
      await launched.close();
      await served.close();
    }
  },
});
