/**
 * Testing. What a results file says of the machine and of the checkout it was made with.
 *
 * @module
 */

import * as z from "zod";
import os from "node:os";
import { fileURLToPath } from "node:url";

/** The head of every results file: when it was made, on what, and of which checkout. */
export const ResultsHead = z.strictObject({
  /** RFC 3339, UTC: when the run began. */
  date: z.string().regex(/^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}Z$/),
  /** Short name for file names: no host name, which may be somebody's. */
  machine: z.string().regex(/^[a-z0-9-]+$/),
  cpu: z.string(),
  cores: z.int().positive(),
  memory_gib: z.number().positive(),
  os: z.string(),
  deno: z.string(),
  postgres: z.string(),
  /** Twelve digits, with "-dirty" when the checkout differed from it; "unknown" outside of one. */
  commit: z.string(),
});

export type ResultsHead = z.infer<typeof ResultsHead>;

/** What the machine and git say. */
export type MachineFacts = Omit<ResultsHead, "date" | "postgres">;

/** A head for tests of what is made of results. */
export const TEST_HEAD: ResultsHead = {
  date: "2026-11-21T01:02:03Z",
  machine: "test-2-core",
  cpu: "Test",
  cores: 2,
  "memory_gib": 7.8,
  os: "Linux",
  deno: "2.9.6",
  postgres: "18.4",
  commit: "0123456789ab",
};

/**
 * The head as it stands above a table.
 *
 * @param head Without `postgres` where no database took part.
 *
 * @example
 * ```ts
 * import { strictEqual } from "node:assert/strict";
 * import { headText, TEST_HEAD } from "./machine.ts";
 *
 * strictEqual(
 *   headText(TEST_HEAD),
 *   "Test, 2 cores, 8 GiB, Linux; Deno 2.9.6, PostgreSQL 18.4; 2026-11-21, commit `0123456789ab`",
 * );
 * ```
 */
export function headText(
  { postgres, ...head }: Omit<ResultsHead, "postgres"> & { readonly postgres?: string | undefined },
): string {
  const machine = `${head.cpu}, ${head.cores} cores, ${
    Math.round(head.memory_gib)
  } GiB, ${head.os}`;
  const programs = `Deno ${head.deno}${postgres === undefined ? "" : `, PostgreSQL ${postgres}`}`;
  return `${machine}; ${programs}; ${head.date.slice(0, 10)}, commit \`${head.commit}\``;
}

/** A time as results files say it: whole seconds, UTC. */
export function resultsDate(at: Date): string {
  return at.toISOString().replace(/\.\d+Z$/, "Z");
}

/** Asks the machine and git. */
export async function machineFacts(): Promise<MachineFacts> {
  const cpu = os.cpus()[0]?.model.trim() || "unknown processor";
  const cores = os.availableParallelism();
  return {
    machine: `${slug(cpu)}-${cores}-core`,
    cpu,
    cores,
    "memory_gib": Number((os.totalmem() / 2 ** 30).toPrecision(3)),
    os: `${os.type()} ${os.release()} ${os.arch()}`,
    deno: Deno.version.deno,
    commit: await currentCommit(),
  };
}

function slug(text: string): string {
  return text.toLowerCase().replaceAll(/\((r|tm)\)|processor|cpu|@.*$/g, "")
    .replaceAll(/[^a-z0-9]+/g, "-").replaceAll(/^-|-$/g, "") || "unknown";
}

async function currentCommit(): Promise<string> {
  const git = async (...args: string[]): Promise<string> => {
    const { success, stdout } = await new Deno.Command("git", {
      args: ["-C", fileURLToPath(new URL("../..", import.meta.url)), ...args],
      stderr: "null",
    }).output();
    if (!success) throw new Error(`Cannot run git ${args[0]}: it failed`);
    return new TextDecoder().decode(stdout).trim();
  };
  try {
    const commit = await git("rev-parse", "--short=12", "HEAD");
    // A new results file or README table beside the code does not change what was measured.
    const changes = await git("status", "--porcelain", "--", ":!bench/results", ":!*.md");
    return changes === "" ? commit : `${commit}-dirty`;
  } catch {
    return "unknown";
  }
}
