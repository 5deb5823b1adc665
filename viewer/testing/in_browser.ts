/**
 * The viewer in a real browser, on real services and a real database: what browser tests begin with.
 *
 * @module
 */

import { deepStrictEqual, match, strictEqual } from "node:assert/strict";
import { setTimeout as delay } from "node:timers/promises";
import type {
  Browser,
  BrowserContext,
  BrowserContextOptions,
  Locator,
  Page,
} from "playwright-core";
import { launchChromium, type LaunchedBrowser } from "./launch_chromium.ts";
import { startViewerSite, type ViewerSite } from "./viewer_site.ts";

/** A page that is open in a browser, and everything it complained about. */
export interface Reading {
  readonly page: Page;
  readonly site: ViewerSite;
  readonly complaints: string[];
}

/** How long a step may take, ms: costs nothing where all goes well, and a busy machine is slow. */
const STEP_WITHIN_MS = 60_000;

/** One browser for the tests of a file: unpacking it takes a second. */
let launched: Promise<LaunchedBrowser> | undefined;

Deno.test.afterAll(async () => {
  const browser = launched;
  launched = undefined;
  await (await browser)?.close();
});

/**
 * A test in a page of its own: its own database, services and browser profile.
 *
 * Any console error, page error or violation of the content security policy fails it. Skipped where no
 * test server of `deno task test` runs. What belongs to one site and yet has names of its own goes into
 * steps.
 */
export function inBrowser(
  name: string,
  fn: (reading: Reading, test: Deno.TestContext) => Promise<void>,
  options: BrowserContextOptions & { readonly hasAccounts?: boolean } = {},
): void {
  Deno.test({
    name: `browser: ${name}`,
    // The driver keeps sockets and timers of its own until the process ends.
    sanitizeOps: false,
    sanitizeResources: false,
    fn: async (test) => {
      const { hasAccounts = false, ...contextOptions } = options;
      const site = await startViewerSite("viewer", { hasAccounts });
      if (site === undefined) return;
      const { browser, context } = await profile(contextOptions);
      context.setDefaultTimeout(STEP_WITHIN_MS);
      const complaints: string[] = [];
      let page: Page | undefined;
      try {
        page = await context.newPage();
        await slowDown(page);
        heed(page, site, complaints);
        await fn({ page, site, complaints }, test);
        deepStrictEqual(complaints, []);
      } catch (error) {
        const shown = page && await whatIsShown(page, complaints);
        // What went wrong first is what is reported; closing what is already gone fails as well.
        await context.close().catch(() => {});
        await site.close().catch(() => {});
        if (browser.isConnected()) throw shown === undefined ? error : told(error, shown);
        throw new Error("The browser went away in the middle of a test", { cause: error });
      }
      try {
        await context.close();
      } finally {
        await site.close();
      }
    },
  });
}

/** For whoever reads of a failure that he cannot repeat: where the page was, what it said, of what it complained. */
async function whatIsShown(
  page: Page,
  complaints: readonly string[],
): Promise<string | undefined> {
  try {
    const text = await page.locator("body").innerText({ timeout: 2_000 });
    return `the page is ${page.url()}, complaints are ${
      JSON.stringify(complaints)
    }, and it says:\n` +
      text.slice(0, 2_000);
  } catch {
    return undefined;
  }
}

function told(error: unknown, shown: string): unknown {
  if (error instanceof Error) error.message += `\n${shown}`;
  return error;
}

/** A profile of its own in the browser of these tests; in another one where that has gone. */
async function profile(
  options: BrowserContextOptions,
): Promise<{ browser: Browser; context: BrowserContext }> {
  const before = await launched;
  if (before !== undefined && !before.browser.isConnected()) {
    launched = undefined;
    await before.close().catch(() => {});
  }
  const { browser } = await (launched ??= launchChromium());
  const viewport = { width: 1600, height: 900 };
  return { browser, context: await browser.newContext({ viewport, ...options }) };
}

/** Keeps what a page complains about. */
function heed(page: Page, site: ViewerSite, complaints: string[]): void {
  page.on("console", (message) => {
    // Reading pixels back is what the test does, not the page.
    const isOurs = message.text().includes("willReadFrequently");
    // A wrong code is answered 401, which is what the test wants.
    const isAsked = site.accounts !== undefined && /status of 40[13]/.test(message.text());
    if (!isOurs && !isAsked && ["error", "warning"].includes(message.type())) {
      complaints.push(`${message.type()}: ${message.text()}`);
    }
  });
  page.on("pageerror", (error) => complaints.push(`page error: ${error.message}`));
}

/**
 * Another person's seat at the same site: the same browser under a profile of its own, whose complaints count as well.
 * Left when `work` is done.
 */
export async function atAnotherSeat(
  { page: first, site, complaints }: Reading,
  work: (seat: Reading) => Promise<void>,
): Promise<void> {
  const viewport = first.viewportSize();
  const context = await first.context().browser()!.newContext({ viewport });
  context.setDefaultTimeout(STEP_WITHIN_MS);
  const page = await context.newPage();
  await slowDown(page);
  heed(page, site, complaints);
  await work({ page, site, complaints });
  await context.close();
}

/** A slower processor, where WAVEKEEP_SLOW_BROWSER says how many times: what a busy machine would show. */
async function slowDown(page: Page): Promise<void> {
  const rate = Number(Deno.env.get("WAVEKEEP_SLOW_BROWSER") ?? 1);
  if (rate === 1) return;
  const session = await page.context().newCDPSession(page);
  await session.send("Emulation.setCPUThrottlingRate", { rate });
}

/** Signs in by pasting a token, as a person does, and lands on `path`. */
export async function signIn({ page, site }: Reading, path: string): Promise<void> {
  await page.goto(site.url + path);
  await page.getByLabel("Token").fill(await site.token());
  await page.getByRole("button", { name: "Sign in" }).click();
  await page.waitForURL((url) => url.pathname === new URL(path, site.url).pathname);
}

/** Waits until the pixels show a page. */
export async function drawn(page: Page, start: number, seconds = 10): Promise<void> {
  await page.locator(`canvas[data-start="${start}"][data-seconds="${seconds}"]`).waitFor();
}

/** Tries until it no longer throws: for what follows an action a moment later. */
export async function eventually(check: () => Promise<void>): Promise<void> {
  const last = performance.now() + STEP_WITHIN_MS;
  for (;;) {
    try {
      return await check();
    } catch (error) {
      if (performance.now() > last) throw error;
    }
    await delay(50);
  }
}

/** Waits until there are so many of them. */
export function countIs(locator: Locator, count: number): Promise<void> {
  return eventually(async () => strictEqual(await locator.count(), count));
}

/** Waits until its text has `part`. */
export function textHas(locator: Locator, part: string): Promise<void> {
  return locator.filter({ hasText: part }).waitFor();
}

/** Keeps a picture where somebody wants to look at it. */
export async function picture(page: Page, name: string): Promise<void> {
  const folder = Deno.env.get("WAVEKEEP_SCREENSHOTS");
  if (folder !== undefined) await page.screenshot({ path: `${folder}/${name}.png` });
}

/** What the truth strip says under a name. */
export function fact(page: Page, name: string): Promise<string> {
  return page.locator(".truth > div").filter({ has: page.locator("dt", { hasText: name }) })
    .locator("dd").innerText();
}

/** Waits until the truth strip says so under a name: exactly this text, or what matches. */
export function factIs(page: Page, name: string, text: string | RegExp): Promise<void> {
  return eventually(async () => {
    const said = await fact(page, name);
    if (typeof text === "string") strictEqual(said, text);
    else match(said, text);
  });
}

/** Waits until the truth strip says `part` somewhere under a name. */
export function factHas(page: Page, name: string, part: string): Promise<void> {
  return page.locator(".truth > div").filter({ has: page.locator("dt", { hasText: name }) })
    .locator("dd", { hasText: part }).first().waitFor();
}

/** Colours of one column of canvas pixels, top to bottom, as `r,g,b`. */
export function columnOf(page: Page, x: number): Promise<string[]> {
  return page.evaluate((at) => {
    const canvas = document.querySelector<HTMLCanvasElement>("canvas.page")!;
    const { data } = canvas.getContext("2d")!.getImageData(at, 0, 1, canvas.height);
    return Array.from(
      { length: canvas.height },
      (_, y) => [...data.subarray(y * 4, y * 4 + 3)].join(),
    );
  }, x);
}

/** Streams EDF files as patient `p-1`, recording `gap`: one after the other by their clocks. */
export async function streamFile(
  site: ViewerSite,
  ...files: readonly Uint8Array<ArrayBuffer>[]
): Promise<void> {
  const folder = await Deno.makeTempDir();
  try {
    const paths = files.map((_, i) => `${folder}/${i}.edf`);
    for (const [i, path] of paths.entries()) await Deno.writeFile(path, files[i]!);
    await site.pipeline.stream(paths, { patientId: "p-1", recordingId: "gap" });
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}
