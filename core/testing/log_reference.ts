/**
 * The log's schema and its page, out of the list that the logger keeps to; `deno task config --write` writes them.
 *
 * @module
 */

import { LOG_FIELDS, logSchema } from "../service/log_fields.ts";

const SCHEMA = new URL("../deployment/log_schema.json", import.meta.url);
const PAGE = new URL("../deployment/log.md", import.meta.url);

/** Each file with what belongs into it. */
export function logReference(): ReadonlyMap<URL, string> {
  const rows = Object.entries(LOG_FIELDS).map(([name, [type, means]]) =>
    [`\`${name}\``, type, means] as const
  );
  const head = ["Field", "Type", "Means"] as const;
  const widths = head.map((_, column) =>
    Math.max(...[head, ...rows].map((row) => row[column]!.length))
  );
  const line = (cells: readonly string[]) =>
    `| ${cells.map((cell, column) => cell.padEnd(widths[column]!)).join(" | ")} |`;
  const page = [
    "# The log",
    "",
    "Every service writes one JSON object a line to standard output. These are all fields that a line may have; what is not in the list is left out when the line is written (`core/service/log_fields.ts`), and `log_schema.json` beside this page is the same list as JSON Schema. No line holds the name or number of a patient, a label, the text of a mark, a sample, a token, an address, a path or a query string; `core/testing/phi_canary_test.ts` looks for them.",
    "",
    line(head),
    line(widths.map((width) => "-".repeat(width))),
    ...rows.map(line),
    "",
  ].join("\n");
  return new Map([[SCHEMA, `${JSON.stringify(logSchema(), null, 2)}\n`], [PAGE, page]]);
}
