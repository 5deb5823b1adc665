/**
 * The proof page: before there is a log, after the sequencer has signed, and the export that it downloads
 * verifies.
 *
 * @module
 */

import { deepStrictEqual, ok, strictEqual } from "node:assert/strict";
import { nodeSha256 } from "@wavekeep/core/crypto";
import { bytesByteSource } from "@wavekeep/core/edf";
import { openTar, verifyBundle } from "@wavekeep/core/proof";
import { createHash } from "node:crypto";
import { damageChunks } from "../../core/testing/damage_rows.ts";
import { verifyByWebCrypto } from "../../core/testing/ed25519.ts";
import type { Pipeline } from "../../query/testing/pipeline.ts";
import { runSequencer } from "../../query/testing/run_sequencer.ts";
import { accessibilityFaults } from "../testing/axe.ts";
import { discontinuousFile } from "../testing/edf_files.ts";
import {
  drawn,
  eventually,
  inBrowser,
  picture,
  signIn,
  streamFile,
} from "../testing/in_browser.ts";

/** How many exports lie in the service's folder. */
async function keptExports({ exportFolder }: Pipeline): Promise<number> {
  return (await Array.fromAsync(Deno.readDir(exportFolder))).length;
}

inBrowser("proof page: not logged yet, logged, and an export that verifies", async (reading) => {
  const { page, site } = reading;
  await page.setViewportSize({ width: 1366, height: 768 });
  await streamFile(site, discontinuousFile());
  await signIn(reading, "/recordings/p-1/gap?start=0");
  await drawn(page, 0);
  await page.locator(".toolbar .menu > summary", { hasText: "View" }).click();
  await page.getByRole("link", { name: "Proof of this recording" }).click();
  await page.getByText("Nothing of this recording is logged yet. Its first second").waitFor();
  await picture(page, "proof_not_logged");

  const logKey = await runSequencer(site.pipeline);
  await page.reload();
  await page.getByText("Every stored second is in the signed log.").waitFor();
  await page.getByText("20 of 20 chunks").waitFor();
  await page.getByText("Unwitnessed: only this site vouches").waitFor();
  await page.getByText("Its line begins with").waitFor();
  ok((await page.locator(".log-key").innerText()).startsWith(`${logKey.name}+`));
  deepStrictEqual(await accessibilityFaults(page), []);
  await picture(page, "proof_logged");

  // By keyboard, from the page's own button to the file.
  const downloading = page.waitForEvent("download");
  await page.getByRole("button", { name: "Make the export with its proof" }).focus();
  await page.keyboard.press("Enter");
  const download = await downloading;
  strictEqual(download.suggestedFilename(), "p-1_gap.wavekeep.tar");
  await page.getByRole("status").filter({ hasText: "Ready and sound" }).waitFor();
  deepStrictEqual(await accessibilityFaults(page), []);
  const bytes = await Deno.readFile((await download.path())!);
  const verdict = await verifyBundle(await openTar(bytesByteSource(bytes)), {
    policy: { origin: logKey.name, logKey, witnessKeys: [], quorum: 0 },
    crypto: { sha256: nodeSha256, verify: verifyByWebCrypto },
    startSha256: () => createHash("sha256"),
  });
  deepStrictEqual([verdict.findings, verdict.unchecked], [[], []]);
  strictEqual(verdict.counts.chunks, 20);

  // What was made and not fetched goes when the reader goes.
  await page.evaluate(() => {
    document.addEventListener("click", (event) => {
      if ((event.target as Element).matches("a[download]")) event.stopImmediatePropagation();
      if ((event.target as Element).matches("a[download]")) event.preventDefault();
    }, { capture: true });
  });
  await page.getByRole("button", { name: "Make the export with its proof" }).click();
  await page.getByRole("status").filter({ hasText: "Ready and sound" }).waitFor();
  strictEqual(await keptExports(site.pipeline), 2);
  await page.getByRole("link", { name: "Back to the traces" }).click();
  await eventually(async () => strictEqual(await keptExports(site.pipeline), 1));
  await drawn(page, 0);

  await page.emulateMedia({ colorScheme: "dark" });
  await page.goto(`${site.url}/`);
  await picture(page, "proof_in_list");
  await page.getByRole("link", { name: "Proof of gap" }).click();
  await page.getByText("Every stored second is in the signed log.").waitFor();
  deepStrictEqual(await accessibilityFaults(page), [], "dark");
  await page.getByRole("heading", { name: "What this shows" }).scrollIntoViewIfNeeded();
  await picture(page, "proof_dark");

  // A stored second is damaged: the page says so in its lane, the proof page counts it, and no export is given.
  await page.emulateMedia({ colorScheme: "light" });
  await damageChunks(site.pipeline.database.ownerUrl, [3]);
  await page.goto(`${site.url}/recordings/p-1/gap?start=0`);
  await drawn(page, 0);
  await picture(page, "damage_in_the_lane");
  await page.locator(".toolbar .menu > summary", { hasText: "View" }).click();
  await page.getByRole("link", { name: "Proof of this recording" }).click();
  await page.getByText("1 found").waitFor();
  await page.getByRole("button", { name: "Make the export with its proof" }).click();
  await page.getByRole("alert").filter({ hasText: "No export was made" }).waitFor();
  deepStrictEqual(await accessibilityFaults(page), [], "refused");
  await picture(page, "proof_refused");
});
