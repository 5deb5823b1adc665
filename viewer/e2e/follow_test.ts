/** A recording that grows: the key that follows it, and trends that grow with it. @module */

import { ok, strictEqual } from "node:assert/strict";
import { deriveTrends } from "../testing/derive_trends.ts";
import { drawn, inBrowser, picture, signIn } from "../testing/in_browser.ts";

const RATE = 256;

inBrowser(
  "live: F follows the newest samples and lets go of them; trends grow while they are looked at",
  async (reading) => {
    const { page, site } = reading;
    const send = async (first: number, seconds: number) => {
      for (let start = first; start < first + seconds; start++) {
        const samples = [0, 20].map((phase) =>
          Array.from({ length: RATE }, (_, i) => 40 * Math.sin((start * RATE + i + phase) / 9))
        );
        const answer = await site.pipeline.post("/ingest", {
          "patient_id": "p-2",
          "recording_id": "live",
          channels: ["C3-P3", "C4-P4"],
          start,
          "sample_rate": RATE,
          samples,
        });
        ok(answer.ok, await answer.text());
      }
    };
    await send(0, 40);
    await deriveTrends(site);
    // What the page does every ten seconds need not be waited for.
    await page.clock.install();
    await signIn(reading, "/recordings/p-2/live?start=0");
    await drawn(page, 0);
    await page.locator(".live-state.live").waitFor();
    const follows = () =>
      page.getByRole("button", { name: "Follow live" }).getAttribute("aria-pressed");
    strictEqual(await follows(), "false", "the address says where to open");

    await page.keyboard.press("f");
    await drawn(page, 30);
    strictEqual(await follows(), "true");
    await send(40, 2);
    await drawn(page, 32);
    // Pressed again, the page stays where it is whatever comes.
    await page.keyboard.press("f");
    strictEqual(await follows(), "false");
    await send(42, 3);
    await page.locator(".extent", { hasText: "0:00:45" }).waitFor();
    strictEqual(await page.locator("canvas.page").getAttribute("data-start"), "32");
    await page.keyboard.press("f");
    await drawn(page, 35);
    // Turning a page by hand ends it, too.
    await page.keyboard.press("PageUp");
    await drawn(page, 25);
    strictEqual(await follows(), "false");

    await page.keyboard.press("o");
    const summary = page.locator("#days-summary");
    await summary.filter({ hasText: "assessable s of 45" }).waitFor();
    await summary.filter({ hasText: "not computed yet" }).waitFor();
    const before = await summary.innerText();
    await send(45, 35);
    await deriveTrends(site);
    await page.locator(".extent", { hasText: "0:01:20" }).waitFor();
    await page.clock.fastForward(11_000);
    await summary.filter({ hasText: "80 assessable s of 80" }).waitFor();
    ok(before !== await summary.innerText());
    // The strip beside them has the same end.
    await page.locator('.day-strip canvas[data-window="0/80"]').waitFor();
    await picture(page, "trends_grow");
  },
);
