/**
 * Gives a recording to another patient, or swaps two: `deno task reassign`.
 *
 * @module
 */

import { print } from "@wavekeep/core/service/print";
import { fileKeyStore } from "@wavekeep/core/crypto";
import {
  checkSchemaVersion,
  ConfigError,
  createLogger,
  openPool,
  parseConfig,
  secretText,
} from "@wavekeep/core/service";
import { randomBytes } from "node:crypto";
import { parseArgs } from "node:util";
import * as z from "zod";
import { actorOf, isCode, siteOf } from "../operator_flags.ts";
import { systemClock } from "../system_clock.ts";
import { fileKeptLinks } from "./kept_links.ts";
import { postgresReassignStore } from "./postgres_store.ts";
import {
  finish,
  reassign,
  type ReassignDeps,
  type Reassignment,
  ReassignRefusedError,
  type RecordingCodes,
} from "./reassign.ts";

const USAGE =
  `Usage: deno task reassign --site ID --recording PATIENT/RECORDING --to PATIENT[/RECORDING]
                          --reason CODE [--swap] [--new-patient] [--actor NAME] [--dry-run] [--yes]
       deno task reassign --site ID --finish

Corrects whose recording it is. Samples and marks stay as they are; a version is added that says who it belongs
to from now on, who said so and why, and goes into the log. The patient who loses the recording gets another
key, and the old one is destroyed: erasing either patient then erases its own recordings and no others.
Safe to run again: it goes on where it was stopped.

  --site ID        number of the site, as its tokens have it
  --recording P/R  the recording, by the codes that it has now
  --to P[/R]       whose it is, and the code it gets (default: the one it has)
  --swap           there is a recording at --to, and it takes the place of the first one
  --reason CODE    why, as the site's own code: an incident's number. Never a name; it stays in the clear
  --new-patient    --to may be a patient that the site has nothing of yet
  --actor NAME     who says so, for the log (default: operator)
  --dry-run        says what would be done, and does nothing
  --yes            does not ask for "yes"
  --finish         only what an earlier run has left to do: destroys keys that were replaced; after a restore from
                   a backup of before, stores again what was reassigned since (run it before the services)
  --help           this text

Environment:
  REGISTRAR_DATABASE_URL  PostgreSQL as wavekeep_registrar (required)
  KEY_DIR                 folder with master.key and the patients' keys (required)

Services see it within five seconds. Backups of the key folder keep the old key: they have to be destroyed as
well before an erasure of the patient reaches the recording in a backup of the database.

Exit codes: 0 done, 1 refused or failed, 2 usage.
`;

export const ReassignConfig = z.object({
  REGISTRAR_DATABASE_URL: secretText().describe("PostgreSQL as wavekeep_registrar"),
  KEY_DIR: z.string().min(1).describe("Folder with master.key and the patients' keys"),
});

/** What the command line asks for. */
export interface ReassignFlags {
  readonly siteId: number;
  /** Undefined: only to finish what an earlier run began. */
  readonly move: {
    readonly from: RecordingCodes;
    readonly to: RecordingCodes;
    readonly isSwap: boolean;
    readonly reason: string;
    readonly mayAddPatient: boolean;
    readonly isDryRun: boolean;
  } | undefined;
  readonly actor: string;
  readonly isConfirmed: boolean;
}

/** @throws {Error} The command line does not make sense. */
export function parseFlags(args: readonly string[]): ReassignFlags | "help" {
  const { values } = parseArgs({
    args: [...args],
    options: {
      site: { type: "string" },
      recording: { type: "string" },
      to: { type: "string" },
      swap: { type: "boolean" },
      reason: { type: "string" },
      "new-patient": { type: "boolean" },
      actor: { type: "string" },
      "dry-run": { type: "boolean" },
      yes: { type: "boolean" },
      finish: { type: "boolean" },
      help: { type: "boolean", short: "h" },
    },
  });
  if (values.help) return "help";
  const common = {
    siteId: siteOf(values.site),
    actor: actorOf(values.actor),
    isConfirmed: values.yes ?? false,
  };
  if (values.finish) {
    if (values.recording !== undefined || values.to !== undefined || values.swap) {
      throw new Error("--finish goes without --recording, --to and --swap");
    }
    return { ...common, move: undefined };
  }
  const from = codesOf(values.recording ?? "");
  if (from === undefined) throw new Error("--recording must be PATIENT/RECORDING");
  const to = codesOf(values.to ?? "", from.recordingCode);
  if (to === undefined) throw new Error("--to must be PATIENT or PATIENT/RECORDING");
  const reason = values.reason ?? "";
  if (!isCode(reason)) throw new Error("--reason must be 1 to 64 of A-Z a-z 0-9 . _ -");
  return {
    ...common,
    move: {
      from,
      to,
      isSwap: values.swap ?? false,
      reason,
      mayAddPatient: values["new-patient"] ?? false,
      isDryRun: values["dry-run"] ?? false,
    },
  };
}

function codesOf(text: string, recordingCode?: string): RecordingCodes | undefined {
  const [patientCode, code = recordingCode, ...rest] = text.split("/");
  if (!isCode(patientCode) || !isCode(code) || rest.length > 0) return undefined;
  return { patientCode, recordingCode: code };
}

/** What was, or would be, done, as lines. */
export function describe(done: Reassignment, isDryRun: boolean): string {
  const lines = done.moves.map(({ from, to }) =>
    `recording ${from.recordingCode} of patient ${from.patientCode} ${
      isDryRun ? "would become" : "is now"
    } recording ${to.recordingCode} of patient ${to.patientCode}`
  );
  const count = (n: number, noun: string) => `${n} ${noun}${n === 1 ? "" : "s"}`;
  if (isDryRun) {
    return [
      ...lines,
      `${
        count(done.rewrappedCount, "recording")
      } beside would be wrapped by a new key; nothing was done`,
    ].join("\n");
  }
  return [
    ...lines,
    `${count(done.rewrappedCount, "recording")} beside wrapped by a new key, ${
      count(done.destroyedKeyCount, "old key")
    } destroyed`,
  ].join("\n");
}

async function main(args: readonly string[]): Promise<number> {
  let flags;
  let config;
  try {
    flags = parseFlags(args);
    if (flags === "help") return print("stdout", USAGE), 0;
    config = parseConfig(ReassignConfig);
  } catch (error) {
    if (!(error instanceof ConfigError) && !(error instanceof Error)) throw error;
    print("stderr", `${error.message}\n\n${USAGE}`);
    return 2;
  }
  const logger = createLogger({
    service: "reassign",
    level: "warn",
    write: (line) => print("stderr", `${line}\n`),
  });
  const pool = openPool(config.REGISTRAR_DATABASE_URL.reveal(), {
    role: "wavekeep_registrar",
    max: 1,
    logger,
    applicationName: "wavekeep reassign",
  });
  try {
    await checkSchemaVersion(pool);
    return await run({
      store: postgresReassignStore(pool),
      keyStore: await fileKeyStore(config.KEY_DIR),
      kept: fileKeptLinks(config.KEY_DIR),
      randomBytes: (byteLength) => new Uint8Array(randomBytes(byteLength)),
      nowMicros: systemClock.nowMicros,
    }, flags);
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    const again = error instanceof ReassignRefusedError ? "; nothing was done" : "; run it again";
    print("stderr", `reassign: ${message}${again}\n`);
    return 1;
  } finally {
    await pool.end();
  }
}

async function run(deps: ReassignDeps, flags: ReassignFlags): Promise<number> {
  const { siteId, move, actor, isConfirmed } = flags;
  if (move === undefined) {
    const { restoredCount, destroyedKeyCount: count } = await finish(deps, siteId);
    print(
      "stdout",
      `${count} old ${count === 1 ? "key" : "keys"} destroyed, ${restoredCount} reassigned again\n`,
    );
    return 0;
  }
  const request = { siteId, actor, ...move };
  if (!move.isDryRun && !isConfirmed) {
    const planned = await reassign(deps, { ...request, isDryRun: true });
    print("stdout", `${describe(planned, true)}\n`);
    if (!Deno.stdin.isTerminal() || prompt('Type "yes" to do it:') !== "yes") {
      print("stderr", "reassign: not confirmed, nothing was done\n");
      return 1;
    }
  }
  print("stdout", `${describe(await reassign(deps, request), move.isDryRun)}\n`);
  return 0;
}

if (import.meta.main) Deno.exit(await main(Deno.args));
