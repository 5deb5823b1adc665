/**
 * After load the network may go: what was fetched is there, what was not is named, nothing is blank or stuck,
 * and all of it goes on by itself.
 *
 * @module
 */

import { deepStrictEqual, ok, strictEqual } from "node:assert/strict";
import { tenMinutesFile } from "../testing/edf_files.ts";
import { drawn, inBrowser, picture, signIn, streamFile } from "../testing/in_browser.ts";

inBrowser(
  "offline: kept pages turn, others are named and come by themselves when the network is back",
  async (reading) => {
    const { page, site, complaints } = reading;
    await streamFile(site, tenMinutesFile());
    await signIn(reading, "/recordings/p-1/gap?start=100");
    await drawn(page, 100);
    // Forth and back: all three pages are here now, whatever was made ahead.
    await page.keyboard.press("PageDown");
    await drawn(page, 110);
    await page.keyboard.press("PageUp");
    await drawn(page, 100);
    await page.keyboard.press("?");
    await page.locator("dialog kbd").first().waitFor();
    await page.keyboard.press("Escape");
    await page.locator("dialog kbd").first().waitFor({ state: "detached" });

    await page.context().setOffline(true);
    await page.keyboard.press("PageDown");
    await drawn(page, 110);
    strictEqual(await page.getByRole("alert").count(), 0, "what is kept asks nobody");

    // One that nobody has asked for is named, with its place; the page before stays, and is no blank.
    const ink = () =>
      page.locator("canvas.page").evaluate((element) => {
        const canvas = element as HTMLCanvasElement;
        const { data } = canvas.getContext("2d")!.getImageData(0, 0, canvas.width, canvas.height);
        let count = 0;
        for (let i = 0; i < data.length; i += 4) if (data[i]! < 60) count++;
        return count;
      });
    const before = await ink();
    ok(before > 1000);
    await page.keyboard.press("End");
    const alert = page.getByRole("alert");
    await alert.filter({ hasText: "The page of day 1, 2076-11-06 13:52:54, +0:09:50" }).waitFor();
    await alert.filter({ hasText: "What is shown is the page before" }).waitFor();
    await picture(page, "offline");
    strictEqual(await page.locator("canvas.page").getAttribute("data-start"), "110");
    // What is said above it takes of its height.
    ok(await ink() > before / 2);
    strictEqual(await page.getByText("Loading", { exact: false }).count(), 0);
    // Nothing is stuck: scale, help and kept pages answer.
    await page.keyboard.press("ArrowUp");
    await page.locator(".truth dd", { hasText: "5 µV/mm" }).waitFor();
    await page.keyboard.press("?");
    await page.locator("dialog kbd").first().waitFor();
    await page.keyboard.press("Escape");
    await page.keyboard.press("g");
    await page.keyboard.type("+0:01:40");
    await page.keyboard.press("Enter");
    await drawn(page, 100);
    await alert.waitFor({ state: "detached" });

    // Back again: what is asked for comes, and nobody pressed anything.
    await page.keyboard.press("End");
    await alert.filter({ hasText: "13:52:54" }).waitFor();
    await page.context().setOffline(false);
    await drawn(page, 590);
    await alert.waitFor({ state: "detached" });

    // Samples were in memory all the time, and nowhere else.
    const kept = await page.evaluate(async () => [
      ...Object.keys(sessionStorage),
      ...(await indexedDB.databases()).map(({ name }) => name),
      ...await caches.keys(),
      ...Object.entries(localStorage).filter(([, value]) => value.length > 200).map(([name]) =>
        name
      ),
    ]);
    deepStrictEqual(kept, []);
    const others = complaints.filter((text) => !/ERR_INTERNET_DISCONNECTED/.test(text));
    deepStrictEqual(others, []);
    complaints.length = 0;
  },
);
