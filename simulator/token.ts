/**
 * `deno task token`: prints a bearer token of a data folder, and nothing else.
 *
 * @module
 */

import { print } from "@wavekeep/core/service/print";
import { ROLES } from "@wavekeep/core/service";
import { numberFlag, type ParsedFlags, runCommand, textFlag, UsageError } from "./command.ts";
import {
  dataFolder,
  initialiseDataFolder,
  readCredentials,
  writeCredentials,
} from "./data_folder.ts";
import { mintToken } from "./tokens.ts";

const USAGE = `Usage: deno task token --role ROLE [--data DIR] [--hours N]
       deno task token --init [--data DIR] [--site CODE] [--site-id N]

Prints a bearer token for the site of a data folder, and nothing else.

  --role ROLE      device writes, relay sends what devices gave it, technologist and clinician read and annotate, clinician
                   and custodian export, custodian with names where files had them, researcher sees what names nobody,
                   auditor reads who did what, admin sees to people and devices, monitor reads /metrics
  --data DIR       data folder with the credentials (default .wavekeep)
  --hours N        how long the token is valid (default 12)
  --init           makes keys and credentials where there are none, for services that run apart
  --site CODE      code of the site that --init makes (default home)
  --site-id N      number that the database gave the site, noted by --init (default 1)
  --help           this text

Exit codes: 0 fine, 1 refused or failed, 2 usage.
`;

async function run(flags: ParsedFlags): Promise<number> {
  const folder = dataFolder(textFlag(flags, "data") ?? ".wavekeep");
  const hours = numberFlag(flags, "hours", { min: 0, max: 24 * 366, minExclusive: true }) ?? 12;
  const role = ROLES.find((each) => each === textFlag(flags, "role"));
  if (flags.positionals.length > 0) {
    throw new UsageError(`Unexpected argument "${flags.positionals[0]}"`);
  }
  if (role === undefined && (textFlag(flags, "role") !== undefined || !flags.values["init"])) {
    throw new UsageError(`--role must be one of ${ROLES.join(", ")}`);
  }
  if (flags.values["init"]) await initialise(flags);
  if (role === undefined) return 0;
  if (await readCredentials(folder) === undefined) {
    throw new Error(`Cannot issue a token: ${folder.root} has no credentials; run start first`);
  }
  print("stdout", await mintToken(folder, { role, subject: role, lifeSeconds: hours * 3600 | 0 }));
  return 0;
}

async function initialise(flags: ParsedFlags): Promise<void> {
  const code = textFlag(flags, "site") ?? "home";
  if (!/^[A-Za-z0-9._-]{1,64}$/.test(code)) {
    throw new UsageError("--site must be 1 to 64 characters of A-Z a-z 0-9 . _ -");
  }
  const id = numberFlag(flags, "site-id", { min: 1, max: 2 ** 31 - 1, integer: true }) ?? 1;
  const folder = dataFolder(textFlag(flags, "data") ?? ".wavekeep");
  const credentials = await initialiseDataFolder(folder, { siteCode: code });
  if (credentials.site.id === null) {
    await writeCredentials(folder, { ...credentials, site: { ...credentials.site, id } });
  }
}

await runCommand({
  name: "token",
  usage: USAGE,
  options: {
    "data": { type: "string" },
    "role": { type: "string" },
    "hours": { type: "string" },
    "init": { type: "boolean" },
    "site": { type: "string" },
    "site-id": { type: "string" },
  },
  run,
});
