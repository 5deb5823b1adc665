/**
 * The rules of WCAG 2.2 AA that a program can check, run on a page in the browser.
 *
 * @module
 */

import type axe from "axe-core";
import { fileURLToPath } from "node:url";
import type { Page } from "playwright-core";

/** Rules of these and no others. */
const TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"];

const SOURCE = new URL("./axe.min.js", import.meta.resolve("axe-core"));

/**
 * What the page does wrong: a line for each element and rule, empty when nothing is found.
 *
 * The script comes in through the driver and not through the page, so that the policy stays strict.
 *
 * @param part A selector; what a menu covers is no target while it is covered.
 */
export async function accessibilityFaults(page: Page, part = "html"): Promise<string[]> {
  const isThere = await page.evaluate(() => "axe" in globalThis);
  if (!isThere) await page.evaluate(await Deno.readTextFile(fileURLToPath(SOURCE)));
  return await page.evaluate(async ([tags, part]) => {
    const engine = (globalThis as unknown as { axe: typeof axe }).axe;
    const { violations } = await engine.run(part, {
      runOnly: tags,
      resultTypes: ["violations"],
    });
    return violations.flatMap(({ id, nodes }) =>
      nodes.map((node) =>
        `${id}: ${node.target.join(" ")}: ${node.failureSummary?.replaceAll(/\s+/g, " ") ?? ""}`
      )
    );
  }, [TAGS, part] as const);
}
