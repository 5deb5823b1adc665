/** The tables of controls have every line, and name files that are there and tests that are tests. */

import { deepStrictEqual, ok } from "node:assert/strict";

const ROOT = new URL("../../", import.meta.url);
const STATES = ["met", "not met", "not applicable"];

/** Requirements of levels 1 and 2 of ASVS 5.0.0, by section: "4-6" are three. */
const ASVS =
  "1.1 1-2;1.2 1-9;1.3 1-11;1.4 1-3;1.5 1-2;2.1 1-3;2.2 1-3;2.3 1-4;2.4 1;3.2 1-2;3.3 1-4;3.4 1-6;3.5 1-5;" +
  "3.7 1-2;4.1 1-3;4.2 1;4.3 1-2;4.4 1-4;5.1 1;5.2 1-3;5.3 1-2;5.4 1-3;6.1 1-3;6.2 1-12;6.3 1-4;6.4 1-4;" +
  "6.5 1-5;6.6 1-3;6.8 1-4;7.1 1-3;7.2 1-4;7.3 1-2;7.4 1-5;7.5 1-2;7.6 1-2;8.1 1-2;8.2 1-3;8.3 1;8.4 1;" +
  "9.1 1-3;9.2 1-4;10.1 1-2;10.2 1-2;10.3 1-4;10.4 1-11;10.5 1-5;10.6 1-2;10.7 1-3;11.1 1-2;11.2 1-3;" +
  "11.3 1-3;11.4 1-4;11.5 1;11.6 1;12.1 1-3;12.2 1-2;12.3 1-4;13.1 1;13.2 1-5;13.3 1-2;13.4 1-5;14.1 1-2;" +
  "14.2 1-4;14.3 1-3;15.1 1-3;15.2 1-3;15.3 1-7;16.1 1;16.2 1-5;16.3 1-4;16.4 1-3;16.5 1-3;17.1 1;17.2 1-4;" +
  "17.3 1-2";

function requirements(): string[] {
  return ASVS.split(";").flatMap((section) => {
    const [name, span] = section.split(" ") as [string, string];
    const [first, last = first] = span.split("-").map(Number) as [number, number?];
    return Array.from({ length: last - first + 1 }, (_, index) => `${name}.${first + index}`);
  });
}

async function page(name: string): Promise<string> {
  return await Deno.readTextFile(new URL(`core/controls/${name}`, ROOT));
}

/** The cells of the rows whose first cell is what `id` says. */
function rowsOf(text: string, id: RegExp): string[][] {
  return text.split("\n").filter((line) => line.startsWith("|"))
    .map((line) => line.split("|").slice(1, -1).map((cell) => cell.trim()))
    .filter(([first]) => id.test(first ?? ""));
}

/** Files that a text names and that are not there, or are no tests though they are called so. */
async function wrongFiles(text: string): Promise<string[]> {
  const paths = new Set(
    [...text.matchAll(/`([\w./()-]+\.(?:tsx?|md|json|yaml))`/g)].map(([, at]) => at!),
  );
  const wrong: string[] = [];
  for (const path of paths) {
    const content = await Deno.readTextFile(new URL(path, ROOT)).catch(() => "");
    const isTest = /Deno\.test\(|inBrowser\(|Suite\(|onPipeline\(/.test(content);
    if (content === "" || (/_test\.tsx?$/.test(path) && !isTest)) wrong.push(path);
  }
  return wrong;
}

Deno.test("core/controls/asvs.md has every requirement of levels 1 and 2, with a state and a reason", async () => {
  const text = await page("asvs.md");
  const rows = rowsOf(text, /^\d+\.\d+\.\d+$/);
  deepStrictEqual(rows.map(([id]) => id), requirements());
  for (const [id, level, what, state, reason] of rows) {
    ok(level === "1" || level === "2", `${id} is of no level`);
    ok(STATES.includes(state!) && what !== "" && reason !== "", `${id} is not whole`);
  }
  const counted = ["1", "2"].map((level) => [
    level,
    ...STATES.map((state) =>
      String(rows.filter((row) => row[1] === level && row[3] === state).length)
    ),
  ]);
  deepStrictEqual(rowsOf(text, /^[12]$/), counted);
  deepStrictEqual(await wrongFiles(text), []);
});

Deno.test("core/controls/data_classes.md says of each class what it asks for, and names tests that are there", async () => {
  const text = await page("data_classes.md");
  const classes = ["identity", "health", "pseudonymous", "secret", "staff", "public"];
  const rows = rowsOf(text, new RegExp(`^(${classes.join("|")})$`));
  deepStrictEqual(rows.map(([name]) => name), [...classes, ...classes]);
  ok(rows.every((row) => row.every((cell) => cell !== "")), "a cell is empty");
  deepStrictEqual(await wrongFiles(text), []);
});

Deno.test("core/controls/hipaa_and_part_11.md names tests that are there, or leaves a line to the operator", async () => {
  const text = await page("hipaa_and_part_11.md");
  const rows = rowsOf(text, /^\([a-k]\)/);
  ok(rows.length === 22, `${rows.length} lines`);
  for (const [line, , does, shown, operator] of rows) {
    ok(does === "" ? operator !== "" : /_test\.ts/.test(shown!), `${line} is shown by nothing`);
  }
  deepStrictEqual(await wrongFiles(text), []);
});
