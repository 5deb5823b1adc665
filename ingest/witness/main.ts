/**
 * A witness of transparency logs: `deno task witness`.
 *
 * Runs on another host than the log, by somebody else: that is its worth. It needs no database and no key of the
 * log, only a folder that it never loses.
 *
 * @module
 */

import { print } from "@wavekeep/core/service/print";
import { nodeSha256 } from "@wavekeep/core/crypto";
import { isKeyName, parseVerifierKey, type VerifierKey } from "@wavekeep/core/log";
import { createLogger, onShutdown, serve } from "@wavekeep/core/service";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { keySeed, noteSigner, verifierText } from "../log/note_key.ts";
import { witnessApp } from "./app.ts";
import { fileWitnessMemory } from "./file_memory.ts";
import { Witness } from "./witness.ts";

const USAGE =
  `Usage: deno task witness --folder FOLDER --name NAME --log KEY [--log KEY]… [--port N] [--host H]
       deno task witness --folder FOLDER --name NAME --key

Signs checkpoints of logs (C2SP tlog-witness, POST /add-checkpoint), and refuses forks and rollbacks.

  --folder FOLDER   where its key (witness.key, made at the first start) and its memory are; never restore it
                    from a backup: a witness that forgot takes a new folder and a new name
  --name NAME       of the witness, a URL without its scheme, such as witness.example.org/eeg
  --key             prints its verifier key, for WITNESS_KEYS and for verifiers, and ends
  --log KEY         verifier key of a log that it signs for (deno task sequence --key); may come again
  --port N          default 8020; 0 picks a free one
  --host H          default 127.0.0.1
  --help            this text

Exit codes: 0 fine, 1 refused or failed, 2 usage.
`;

interface Options {
  readonly folder: string;
  readonly name: string;
  readonly logs: readonly VerifierKey[];
  readonly port: number;
  readonly host: string;
  readonly isKeyAsked: boolean;
}

/** @throws {Error} The command line does not make sense. */
export function parseOptions(args: readonly string[]): Options | "help" {
  const { values } = parseArgs({
    args: [...args],
    options: {
      folder: { type: "string" },
      name: { type: "string" },
      log: { type: "string", multiple: true },
      port: { type: "string", default: "8020" },
      host: { type: "string", default: "127.0.0.1" },
      key: { type: "boolean", default: false },
      help: { type: "boolean", short: "h" },
    },
  });
  if (values.help) return "help";
  const { folder, name = "", log: logTexts = [], port, host, key } = values;
  if (folder === undefined) throw new Error("--folder is missing");
  if (!isKeyName(name)) throw new Error("--name must be a name without spaces and plus signs");
  if (!/^\d{1,5}$/.test(port) || Number(port) > 65535) throw new Error("--port must be a port");
  if (logTexts.length === 0 && !key) throw new Error("--log is missing: there is nothing to sign");
  const logs = logTexts.map((text) => parseVerifierKey(text, nodeSha256));
  const wrong = logs.find(({ type }) => type !== "ed25519");
  if (wrong !== undefined) throw new Error(`--log ${wrong.name} is no log's key`);
  const twice = logs.find(({ name }, i) => logs.findIndex((log) => log.name === name) !== i);
  if (twice !== undefined) {
    throw new Error(
      `--log ${twice.name} comes twice: another key is another log, and has another name`,
    );
  }
  return { folder, name, logs, port: Number(port), host, isKeyAsked: key };
}

async function main(args: readonly string[]): Promise<number | undefined> {
  let options;
  try {
    options = parseOptions(args);
  } catch (error) {
    print("stderr", `${error instanceof Error ? error.message : error}\n\n${USAGE}`);
    return 2;
  }
  if (options === "help") {
    print("stdout", USAGE);
    return 0;
  }
  const logger = createLogger({ service: "witness" });
  try {
    await Deno.mkdir(options.folder, { recursive: true, mode: 0o700 });
    const seed = await keySeed(join(options.folder, "witness.key"));
    const signer = noteSigner(seed, options.name, "cosignature");
    if (options.isKeyAsked) {
      print("stdout", `${verifierText(signer)}\n`);
      return 0;
    }
    const witness = new Witness({
      signer,
      logs: options.logs,
      memory: fileWitnessMemory(options.folder),
      nowSeconds: () => Math.floor(Date.now() / 1000),
    });
    const { port, host } = options;
    const serving = await serve(witnessApp(witness, logger), { host, port, logger });
    logger.info("witnessing", {
      url: serving.url,
      key: verifierText(signer),
      logs: options.logs.map(({ name }) => name),
    });
    onShutdown(logger, [["server", () => serving.close()]]);
    return undefined;
  } catch (error) {
    print("stderr", `witness: ${error instanceof Error ? error.message : error}\n`);
    return 1;
  }
}

if (import.meta.main) {
  const code = await main(Deno.args);
  if (code !== undefined) Deno.exit(code);
}
