/**
 * `deno task codec`: how small files become, and files of chunks.
 *
 * @module
 */

import { print } from "@wavekeep/core/service/print";
import { type ParsedFlags, runCommand } from "../command.ts";
import { stopSignal } from "../stop_signal.ts";
import { decodeFile } from "./decode_file.ts";
import { encodeFile } from "./encode_file.ts";
import { CODEC_OPTIONS, CODEC_USAGE, codecCommand } from "./options.ts";
import { stat } from "./stat.ts";

async function run(flags: ParsedFlags): Promise<number> {
  const asked = codecCommand(flags);
  const { signal, dispose } = stopSignal();
  const common = {
    stdout: (text: string) => print("stdout", text),
    stderr: (text: string) => print("stderr", text),
    isTerminal: Deno.stderr.isTerminal(),
    signal,
  };
  try {
    switch (asked.command) {
      case "stat":
        return await stat({ ...asked, ...common });
      case "encode":
        await encodeFile({ ...asked, ...common });
        return 0;
      case "decode":
        await decodeFile({ ...asked, ...common });
        return 0;
    }
  } catch (error) {
    if (signal.aborted) {
      const rest = asked.command === "stat" ? "" : ": nothing was written";
      throw new Error(`Stopped before the end${rest}`);
    }
    throw error;
  } finally {
    dispose();
  }
}

if (import.meta.main) {
  await runCommand({ name: "codec", usage: CODEC_USAGE, options: CODEC_OPTIONS, run });
}
