/**
 * Testing. What a results file says of the machine and of the checkout it was made with.
 *
 * @module
 */

import os from "node:os";
import { fileURLToPath } from "node:url";

/** The head of a results file. */
export interface MachineFacts {
  /** Short name for file names: no host name, which may be somebody's. */
  readonly machine: string;
  readonly cpu: string;
  readonly cores: number;
  readonly "memory_gib": number;
  readonly os: string;
  readonly deno: string;
  /** Twelve digits, with "-dirty" when the checkout differs from it; "unknown" outside of one. */
  readonly commit: string;
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
