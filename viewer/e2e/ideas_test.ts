/** Proof of a page, evidence link, what was seen, in a real browser. @module */

import { deepStrictEqual, ok, strictEqual } from "node:assert/strict";
import type { Page } from "playwright-core";
import { accessibilityFaults } from "../testing/axe.ts";
import { bipolarFile, discontinuousFile } from "../testing/edf_files.ts";
import {
  drawn,
  eventually,
  factIs,
  inBrowser,
  picture,
  type Reading,
  signIn,
  streamFile,
  textHas,
} from "../testing/in_browser.ts";

inBrowser("prove this page: 0 columns differ; one column off is reported", async (reading) => {
  const { page, site } = reading;
  await streamFile(site, bipolarFile());
  await signIn(reading, "/recordings/p-1/gap?start=5&montage=average&notch=50");
  await drawn(page, 5);
  await page.keyboard.press("Shift+V");
  const dialog = page.getByRole("dialog", { name: "Prove this page" });
  const verdict = dialog.locator(".verdict");
  await verdict.waitFor();
  ok(/^0 of 1,\d{3} columns differ$/.test(await verdict.innerText()), await verdict.innerText());
  const facts = await dialog.locator(".proof-facts").innerText();
  ok(/SHA-256[^\n]*\s+[0-9a-f]{64}/.test(facts), facts);
  // Ten seconds of five channels, and one sample more on each side.
  ok(facts.includes("0 of 12,810 differ – right"), facts);
  ok(!facts.includes("WRONG"));
  deepStrictEqual(await accessibilityFaults(page, "dialog[open]"), []);
  await picture(page, "proof");
  await dialog.locator(".proof-picture").scrollIntoViewIfNeeded();
  await picture(page, "proof_signal");
  await page.keyboard.press("Escape");
  // A closed dialog has no role at once; what was in it goes with the event that follows.
  await page.locator(".verdict").waitFor({ state: "detached" });

  // A renderer that puts its picture one column to the right is found out.
  await page.evaluate(() => {
    const { prototype } = CanvasRenderingContext2D;
    const draw = prototype.drawImage as (...args: unknown[]) => void;
    prototype.drawImage = function (this: unknown, image: unknown, x: number, ...rest: unknown[]) {
      draw.call(this, image, x === 0 ? x : x + 1, ...rest);
    } as typeof prototype.drawImage;
  });
  await page.keyboard.press("Shift+V");
  await verdict.waitFor();
  ok(/^[1-9][\d,]* of 1,\d{3} columns differ$/.test(await verdict.innerText()));
  ok(await dialog.locator(".proof-differences li").count() > 5);
  await picture(page, "proof_broken");
});

inBrowser(
  "evidence link: the same page again; other data and versions are said",
  async (reading) => {
    const { page, site } = reading;
    await page.context().grantPermissions(["clipboard-read", "clipboard-write"]);
    await streamFile(site, discontinuousFile());
    await signIn(reading, "/recordings/p-1/gap?start=3&low=1&polarity=positive-up");
    await drawn(page, 3);
    await page.keyboard.press("ArrowUp");
    await page.locator(".channels li", { hasText: "SpO2" }).getByRole("checkbox").uncheck();
    await page.keyboard.press("Control+k");
    await page.keyboard.type("exactly this page");
    await page.keyboard.press("Enter");
    const dialog = page.getByRole("dialog", { name: "Link to exactly this page" });
    await dialog.getByText("Copied", { exact: true }).waitFor();
    const link = await dialog.getByLabel("Link").inputValue();
    strictEqual(await page.evaluate(() => navigator.clipboard.readText()), link);
    const url = new URL(link);
    strictEqual(url.pathname, "/recordings/p-1/gap");
    strictEqual(url.searchParams.get("uvmm"), "5");
    deepStrictEqual(await accessibilityFaults(page, "dialog[open]"), []);

    await page.goto(link);
    await drawn(page, 3);
    const notice = page.locator(".notice.evidence");
    await notice.getByText("This is exactly the page of the link").waitFor();
    await factIs(page, "Sensitivity", "5 µV/mm");
    await page.locator("html[data-ledger=kept]").waitFor({ state: "attached" });
    await factIs(page, "Polarity", "positive up");
    strictEqual(
      await page.locator(".channels li", { hasText: "SpO2" }).getByRole("checkbox").isChecked(),
      false,
    );
    await picture(page, "evidence");

    url.searchParams.set("sha256", "0".repeat(64));
    url.searchParams.set("build", "1".repeat(16));
    url.searchParams.set("low", "0.7");
    await page.goto(url.href);
    await page.getByRole("alert").getByText("not exactly that of the link").waitFor();
    const text = await notice.innerText();
    for (const words of ["samples are others", "another version: 1111", "“low” was 0.7"]) {
      ok(text.includes(words), text);
    }
    await picture(page, "evidence_differs");
    await notice.getByRole("button", { name: "Close" }).click();
    await notice.waitFor({ state: "detached" });
  },
);

inBrowser("seen-map: what was on screen counts, the rest is one key away", async (reading) => {
  const { page, site } = reading;
  await streamFile(site, discontinuousFile());
  await signIn(reading, "/recordings/p-1/gap?start=0&page=5");
  await drawn(page, 0, 5);
  const seen = page.locator("button.seen");
  // Twenty seconds were recorded, and ten lie between them.
  await seen.getByText("25 % seen").waitFor();
  await textHas(seen, "not yet 13:43:09 – 13:43:14");
  await page.keyboard.press("u");
  await drawn(page, 5, 5);
  await seen.getByText("50 % seen").waitFor();
  await picture(page, "seen");
  // Over the gap.
  await page.keyboard.press("u");
  await drawn(page, 20, 5);
  await seen.getByText("75 % seen").waitFor();
  await page.keyboard.press("u");
  await drawn(page, 25, 5);
  await seen.getByText("100 % seen").waitFor();
  strictEqual(await seen.isDisabled(), true);
  await checkLedger(reading);
});

/** Waits until a page was alive for so long by its own clock, ms; a stall begins anew: the ledger does not count it. */
function stood(page: Page, ms: number): Promise<void> {
  return page.evaluate(async (enough) => {
    let from = performance.now();
    for (let last = from; last - from < enough;) {
      await new Promise((resolve) => setTimeout(resolve, 50));
      const now = performance.now();
      if (now - last > 1_500) from = now;
      last = now;
    }
  }, ms);
}

/** What was on screen for a second is in the review ledger, also of a page that was left just then. */
async function checkLedger({ page, site }: Reading): Promise<void> {
  const path = `${site.url}/recordings/p-1/gap`;
  // The same seconds were on screen before, shown otherwise: they may have a row of their own.
  const row = page.getByRole("row").filter({ hasText: "0:00:25 – 0:00:30" })
    .filter({ hasText: "longitudinal bipolar5 µV/mm" }).first();
  await page.goto(`${path}?start=25&page=5&montage=longitudinal`);
  await drawn(page, 25, 5);
  // It comes behind the first page, and counts from then on.
  await page.locator("html[data-ledger=kept]").waitFor({ state: "attached" });
  await page.keyboard.press("+");
  await factIs(page, "Sensitivity", "5 µV/mm");
  await stood(page, 1_400);
  // What is not sent yet is sent as the page goes, and stored a moment later.
  await page.goto(`${path}/viewings`);
  await picture(page, "ledger_now");
  await eventually(async () => {
    if (await row.count() > 0) return;
    await page.reload();
    ok(await row.count() > 0, await page.locator("main").innerText());
  });
  await textHas(row, "recorded");
  deepStrictEqual(await accessibilityFaults(page), []);
  await picture(page, "ledger");
  // And the strip of the next page says what was reviewed before.
  await page.goto(`${path}?start=0&page=5`);
  await page.locator("button.seen", { hasText: "reviewed before" }).waitFor();
  await picture(page, "reviewed_before");
}
