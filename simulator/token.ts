/**
 * `deno task token`: prints a bearer token of a data folder, and nothing else.
 *
 * @module
 */

import { print } from "@wavekeep/core/service/print";
import { ROLES } from "@wavekeep/core/service";
import { numberFlag, type ParsedFlags, runCommand, textFlag, UsageError } from "./command.ts";
import {
  type DataFolder,
  dataFolder,
  initialiseDataFolder,
  readCredentials,
  writeCredentials,
} from "./data_folder.ts";
import { rotateTokenKey, TOKEN_HOURS_MAX } from "./rotate_token_key.ts";
import { mintToken } from "./tokens.ts";

const USAGE = `Usage: deno task token --role ROLE [--data DIR] [--hours N]
       deno task token --init [--data DIR] [--site CODE] [--site-id N]
       deno task token --rotate [--data DIR] [--former-hours N]

Prints a bearer token for the site of a data folder, and nothing else.

  --role ROLE      device writes, relay sends what devices gave it, technologist and clinician read and annotate, clinician
                   and custodian export, custodian with names where files had them, researcher sees what names nobody,
                   auditor reads who did what, admin sees to people and devices, monitor reads /metrics
  --data DIR       data folder with the credentials (default .wavekeep)
  --hours N        how long the token is valid (default 12)
  --init           makes keys and credentials where there are none, for services that run apart
  --site CODE      code of the site that --init makes (default home)
  --site-id N      number that the database gave the site, noted by --init (default 1)
  --rotate         makes a new key that signs tokens; services that run take it from its files by themselves, and what
                   the former key signed stays good until it ends
  --former-hours N how long the former key is good at most (default 8784, as long as any token may live); 0 when it was
                   copied: everybody signs in, or refreshes, at once
  --help           this text

Exit codes: 0 fine, 1 refused or failed, 2 usage.
`;

async function run(flags: ParsedFlags): Promise<number> {
  const folder = dataFolder(textFlag(flags, "data") ?? ".wavekeep");
  const hours = numberFlag(flags, "hours", { min: 0, max: TOKEN_HOURS_MAX, minExclusive: true }) ??
    12;
  const role = ROLES.find((each) => each === textFlag(flags, "role"));
  if (flags.positionals.length > 0) {
    throw new UsageError(`Unexpected argument "${flags.positionals[0]}"`);
  }
  const isAlone = flags.values["init"] || flags.values["rotate"];
  if (role === undefined && (textFlag(flags, "role") !== undefined || !isAlone)) {
    throw new UsageError(`--role must be one of ${ROLES.join(", ")}`);
  }
  const formerHours = numberFlag(flags, "former-hours", { min: 0, max: TOKEN_HOURS_MAX });
  if (formerHours !== undefined && !flags.values["rotate"]) {
    throw new UsageError("--former-hours belongs to --rotate");
  }
  if (flags.values["init"]) await initialise(flags);
  if (flags.values["rotate"]) await rotate(folder, formerHours);
  if (role === undefined) return 0;
  if (await readCredentials(folder) === undefined) {
    throw new Error(`Cannot issue a token: ${folder.root} has no credentials; run start first`);
  }
  print("stdout", await mintToken(folder, { role, subject: role, lifeSeconds: hours * 3600 | 0 }));
  return 0;
}

async function rotate(folder: DataFolder, formerHours: number | undefined): Promise<void> {
  const { token, formerTokens } = await rotateTokenKey(folder, { formerHours });
  const [former] = formerTokens ?? [];
  const until = former === undefined
    ? "nothing that was signed before is good any more"
    : `${former.kid} is good until ${new Date(former.exp * 1000).toISOString()}`;
  // Whoever asks for a token as well gets that alone on standard output.
  print("stderr", `tokens are signed with ${token["kid"]}; ${until}\n`);
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
    "rotate": { type: "boolean" },
    "former-hours": { type: "string" },
    "site": { type: "string" },
    "site-id": { type: "string" },
  },
  run,
});
