/**
 * `deno task start`: everything, in one command.
 *
 * @module
 */

import { print } from "@wavekeep/core/service/print";
import { type ParsedFlags, runCommand } from "./command.ts";
import { launch } from "./launch.ts";
import { START_OPTIONS, START_USAGE, startConfig } from "./start_config.ts";
import { stopSignal } from "./stop_signal.ts";
import { invitePeople } from "../ingest/accounts/invite_people.ts";
import { migrate } from "../ingest/migrate.ts";

async function run(flags: ParsedFlags): Promise<number> {
  const config = startConfig(flags);
  const { signal } = stopSignal();
  return await launch(config, {
    stop: signal,
    print: (line) => print("stdout", line),
    isTerminal: Deno.stdout.isTerminal(),
    databaseUrl: Deno.env.get("DATABASE_URL"),
    migrate,
    invite: invitePeople,
  });
}

if (import.meta.main) {
  await runCommand({ name: "start", usage: START_USAGE, options: START_OPTIONS, run });
}
