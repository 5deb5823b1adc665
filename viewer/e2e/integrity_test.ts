/**
 * One stored second was damaged behind everybody's back: the page says so exactly there, the rest of it is
 * what it was, and an alarm is written down.
 *
 * @module
 */

import { deepStrictEqual, ok } from "node:assert/strict";
import { damageChunks } from "../../core/testing/damage_rows.ts";
import { inDatabase } from "../../core/testing/test_database.ts";
import { gatesFile } from "../testing/edf_files.ts";
import {
  columnOf,
  drawn,
  fact,
  inBrowser,
  picture,
  signIn,
  streamFile,
} from "../testing/in_browser.ts";
import { BELOW, LEFT, plotOf, TOP } from "../testing/page_pixels.ts";

const DAMAGED = 3;

/** `damagedFill` of the light theme, as a canvas gives it back. */
const DAMAGED_FILL = "251,230,228";

inBrowser(
  "integrity: a damaged second is painted as such, the others are read",
  async (reading) => {
    const { page, site } = reading;
    await streamFile(site, gatesFile());
    const { ownerUrl } = site.pipeline.database;
    await damageChunks(ownerUrl, [DAMAGED]);
    await signIn(reading, "/recordings/p-1/gap?start=0");
    await drawn(page, 0);
    await picture(page, "integrity_failed");
    ok((await fact(page, "Integrity")).startsWith("failed: "), await fact(page, "Integrity"));
    ok((await fact(page, "Integrity")).includes("0:00:03"), await fact(page, "Integrity"));
    const summary = page.locator("#page-summary");
    await summary.filter({ hasText: "Integrity failed, not shown: 0:00:03 to 0:00:04" }).waitFor({
      state: "attached",
    });

    // Its paint is in the second that it is, from edge to edge, and in no other.
    const { width } = await plotOf(page);
    const isPainted = async (second: number) => {
      const column = await columnOf(page, LEFT + Math.round(second / 10 * width));
      return column.slice(TOP, -BELOW).filter((colour) => colour === DAMAGED_FILL).length > 300;
    };
    for (let second = 0; second < 10; second++) {
      const edges = [second + 0.05, second + 0.3, second + 0.95];
      const painted = await Promise.all(edges.map(isPainted));
      deepStrictEqual(painted, edges.map(() => second === DAMAGED), `second ${second}`);
    }

    const { rows: events } = await inDatabase(
      ownerUrl,
      (client) =>
        client.query<{ sequence: number; failed: string; start: string }>(
          `select sequence, detail->>'failed' as failed, detail->>'start_seconds' as start
        from wavekeep.event where kind = 'integrity-failed'`,
        ),
    );
    deepStrictEqual(events.map(({ sequence, failed, start }) => [sequence, failed, start]), [
      [DAMAGED, "seal", "3"],
    ]);
    // Another page of it is whole, and says so.
    await page.keyboard.press("PageDown");
    await drawn(page, 10);
    ok((await fact(page, "Integrity")).startsWith("verified here"));
  },
);
