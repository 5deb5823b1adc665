/**
 * Bench. Decoding in a real browser: the same loop, bundled, in a worker of an empty page.
 *
 * @module
 */

import { Buffer } from "node:buffer";
import { fileURLToPath } from "node:url";
import { launchChromium } from "../../viewer/testing/launch_chromium.ts";
import type { DecodeJob, DecodeRounds } from "./decode_rounds.ts";

const ORIGIN = "http://localhost";
const WORKER_URL = `${ORIGIN}/worker.js`;

/** What a browser made of a job. */
export interface BrowserRounds extends DecodeRounds {
  readonly version: string;
}

/**
 * Decodes in Chromium.
 *
 * @throws {Error} The browser does not start, or the worker fails.
 */
export async function decodeInChromium(job: DecodeJob): Promise<BrowserRounds> {
  const code = await bundledWorker();
  const { browser, close } = await launchChromium();
  try {
    const page = await browser.newPage();
    // Answered here, so that nothing listens and page and worker have an origin.
    await page.route(
      `${ORIGIN}/**`,
      (route) =>
        route.request().url() === WORKER_URL
          ? route.fulfill({ contentType: "text/javascript", body: code })
          : route.fulfill({
            contentType: "text/html",
            body: "<!doctype html><title>bench</title>",
          }),
    );
    await page.goto(ORIGIN);
    const texts = {
      ...job,
      sets: job.sets.map(toBase64),
      chunks: job.chunks.map((chunk) => ({ ...chunk, payload: toBase64(chunk.payload) })),
    };
    const answer = await page.evaluate(runInWorker, { url: WORKER_URL, texts });
    if (answer.result === undefined) throw new Error(`Cannot decode in Chromium: ${answer.error}`);
    return { ...answer.result, version: browser.version() };
  } finally {
    await close();
  }
}

/** Runs in the page: it is sent there as text and sees nothing of this module. */
function runInWorker(
  { url, texts }: {
    url: string;
    texts: { sets: string[]; chunks: { payload: string }[] };
  },
): Promise<{ result?: DecodeRounds; error?: string }> {
  const bytesOf = (text: string) => Uint8Array.from(atob(text), (c) => c.charCodeAt(0));
  const worker = new Worker(url, { type: "module" });
  return new Promise((resolve) => {
    worker.onmessage = ({ data }) => resolve(data);
    worker.onerror = (event) => resolve({ error: event.message || "the worker did not start" });
    worker.postMessage({
      ...texts,
      sets: texts.sets.map(bytesOf),
      chunks: texts.chunks.map((chunk) => ({ ...chunk, payload: bytesOf(chunk.payload) })),
    });
  });
}

async function bundledWorker(): Promise<string> {
  const { success, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
    args: [
      "bundle",
      "--quiet",
      "--platform=browser",
      fileURLToPath(new URL("./browser_worker.ts", import.meta.url)),
    ],
  }).output();
  const text = (bytes: Uint8Array) => new TextDecoder().decode(bytes);
  if (!success) throw new Error(`Cannot bundle the decoder: ${text(stderr).trim()}`);
  return text(stdout);
}

function toBase64(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString("base64");
}
