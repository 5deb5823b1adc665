/**
 * What the first page does without: fetched after it, so that no key waits for a network later; and what is
 * seen when it cannot be had.
 *
 * @module
 */

import { deepStrictEqual, ok, strictEqual } from "node:assert/strict";
import { discontinuousFile } from "../testing/edf_files.ts";
import { drawn, inBrowser, signIn, streamFile } from "../testing/in_browser.ts";

/** Its address, and those under which it is asked for again. */
const LATER = /\/assets\/[^/]+\/later\.js(\?|$)/;

inBrowser(
  "later: fetched after the page, then no key asks for it; or said, and had again",
  async (reading) => {
    const { page, site, complaints } = reading;
    await streamFile(site, discontinuousFile());
    const fetched = page.waitForResponse((answer) => LATER.test(answer.url()));
    await signIn(reading, "/recordings/p-1/gap?start=0");
    await drawn(page, 0);
    const answer = await fetched;
    ok(answer.headers()["cache-control"]!.includes("immutable"));
    // What it imports comes after it.
    await page.evaluate(async (address) => void await import(address), answer.url());
    // From now on no script can be had, and none is needed.
    let asked = 0;
    await page.route(/\.js$/, (route) => {
      asked++;
      return route.abort();
    });
    const keys = page.getByRole("dialog", { name: "Keys" });
    await page.keyboard.press("?");
    await keys.locator("kbd").first().waitFor();
    await page.keyboard.press("Escape");
    // A closed dialog has no role at once; what was in it goes with the event that follows.
    await page.locator("dialog kbd").first().waitFor({ state: "detached" });
    await page.keyboard.press("o");
    await page.locator("#day-strip").waitFor();
    strictEqual(asked, 0);
    await page.unroute(/\.js$/);

    // Another visit, where it does not come.
    await page.route(LATER, (route) => route.abort());
    const refused = page.waitForEvent("requestfailed", (request) => LATER.test(request.url()));
    await page.goto(`${site.url}/recordings/p-1/gap?start=10`);
    await drawn(page, 10);
    // The page asks by itself once, in an idle moment: after this only a key or a button does.
    await refused;
    await page.keyboard.press("?");
    const problem = page.getByRole("alert").filter({ hasText: "could not be fetched" });
    await problem.waitFor();
    await page.unroute(LATER);
    await problem.getByRole("button", { name: "Try again" }).click();
    await keys.locator("kbd").first().waitFor();
    // The browser says what was not fetched, and nothing else is wrong.
    deepStrictEqual(complaints.filter((text) => !text.includes("Failed to load resource")), []);
    complaints.length = 0;
  },
);
