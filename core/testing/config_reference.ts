/**
 * `deno task config`: the variables of every service as one page, out of the schemas that the services read.
 *
 * Exit codes: 0 fine, 1 the page is not current, 2 usage.
 *
 * @module
 */

import * as z from "zod";
import { AccountsConfig } from "../../ingest/accounts/config.ts";
import { IngestConfig } from "../../ingest/config.ts";
import { SequencerConfig } from "../../ingest/log/config.ts";
import { RelayConfig } from "../../ingest/relay/config.ts";
import { ScrubConfig } from "../../ingest/scrub/config.ts";
import { TrendsConfig } from "../../ingest/trend/config.ts";
import { QueryConfig } from "../../query/config.ts";
import { ViewerConfig } from "../../viewer/config.ts";
import { isSecretField } from "../service/parse_config.ts";
import { logReference } from "./log_reference.ts";

const USAGE = `Usage: deno task config [--write | --check]

Prints the variables of every service: type, default, meaning.

  --write   writes them to core/deployment/configuration.md, and the fields of the log to log.md and
            log_schema.json beside it
  --check   fails when that file is not current

Exit codes: 0 fine, 1 the file is not current, 2 usage.
`;

/** Where the page lies. */
export const REFERENCE = new URL("../deployment/configuration.md", import.meta.url);

const SCHEMAS: Readonly<Record<string, z.ZodObject>> = {
  ingest: IngestConfig,
  query: QueryConfig,
  viewer: ViewerConfig,
  accounts: AccountsConfig,
  sequence: SequencerConfig,
  trends: TrendsConfig,
  scrub: ScrubConfig,
  relay: RelayConfig,
};

/** What JSON Schema says of a value, as far as it is shown. */
interface Shape {
  readonly type?: string;
  readonly enum?: readonly string[];
  readonly items?: Shape;
  readonly format?: string;
  readonly minimum?: number;
  readonly maximum?: number;
  readonly exclusiveMinimum?: number;
  readonly pattern?: string;
}

/** The page. */
export function configReference(): string {
  const parts = Object.entries(SCHEMAS).map(([name, schema]) =>
    `## ${name}\n\n${
      table(
        ["Variable", "Type", "Default", "Meaning"],
        Object.entries(schema.shape).map(([variable, field]) => {
          const type = field as z.ZodType;
          return [`\`${variable}\``, typeOf(type), defaultOf(type), type.description ?? ""];
        }),
      )
    }\n`
  );
  return `# Configuration

Made by \`deno task config --write\` out of the schemas that the services read; a test fails when it is not current. A service reads its own variables and no other, refuses to start when one does not fit, and prints them with \`--help\`. An empty variable counts as not set. A secret text may lie in a file instead: \`DATABASE_URL_FILE\` names the one that holds what \`DATABASE_URL\` would, in a folder of \`SECRETS_DIR\` (\`/run/secrets\`). A service that others can reach does not start with a secret that stands in examples, that is the name of its role, that is shorter than 12 characters, or whose file everybody on the computer can read. What \`migrate\`, \`erase\`, \`reassign\` and Docker Compose read besides is in \`.env.example\`.

${parts.join("\n")}`;
}

function typeOf(field: z.ZodType): string {
  if (isSecretField(field)) return "secret text";
  const shape = z.toJSONSchema(field, { unrepresentable: "any" }) as Shape;
  if (shape.type === "array") return `list of ${typeText(shape.items ?? {})}, commas between`;
  return typeText(shape);
}

function typeText({ type = "text", ...shape }: Shape): string {
  if (shape.enum !== undefined) return shape.enum.map((value) => `\`${value}\``).join(", ");
  if (shape.format === "uri") return "URL";
  if (type === "integer" || type === "number") return `${type}${range(shape)}`;
  return shape.pattern === undefined ? "text" : `text that fits \`${shape.pattern}\``;
}

function range({ minimum, maximum, exclusiveMinimum }: Shape): string {
  const isBounded = maximum !== undefined && maximum < Number.MAX_SAFE_INTEGER;
  const lower = minimum ?? exclusiveMinimum;
  if (lower === undefined || lower <= Number.MIN_SAFE_INTEGER) {
    return isBounded ? `, ${maximum} at most` : "";
  }
  if (isBounded) return `, ${lower} to ${maximum}`;
  return minimum === undefined ? `, above ${lower}` : `, ${lower} or more`;
}

function defaultOf(field: z.ZodType): string {
  const absent = field.safeParse(undefined);
  if (!absent.success) return "required";
  if (absent.data === undefined) return "none";
  const text = Array.isArray(absent.data) ? absent.data.join(",") : String(absent.data);
  return text === "" ? "empty" : `\`${text}\``;
}

/** A table as the formatter would write it. */
function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const cells = [head, ...rows].map((row) => row.map((text) => text.replaceAll("|", "\\|")));
  const widths = head.map((_, index) => Math.max(...cells.map((row) => row[index]!.length)));
  const line = (row: readonly string[]) =>
    `| ${row.map((text, index) => text.padEnd(widths[index]!)).join(" | ")} |`;
  const [first, ...others] = cells;
  return [line(first!), line(widths.map((width) => "-".repeat(width))), ...others.map(line)]
    .join("\n");
}

async function main(args: readonly string[]): Promise<number> {
  const print = (text: string) => Deno.stdout.write(new TextEncoder().encode(text));
  if (args.includes("--help") || args.includes("-h")) {
    await print(USAGE);
    return 0;
  }
  const [flag] = args;
  if (args.length > 1 || flag !== undefined && !["--write", "--check"].includes(flag)) {
    await Deno.stderr.write(new TextEncoder().encode(USAGE));
    return 2;
  }
  const text = configReference();
  if (flag === "--write") {
    await Deno.writeTextFile(REFERENCE, text);
    for (const [url, log] of logReference()) await Deno.writeTextFile(url, log);
  } else if (flag === undefined) await print(text);
  else if (await Deno.readTextFile(REFERENCE) !== text) {
    await Deno.stderr.write(
      new TextEncoder().encode("Not current; run deno task config --write\n"),
    );
    return 1;
  }
  return 0;
}

if (import.meta.main) Deno.exit(await main(Deno.args));
