/**
 * `deno task device`: one-time codes, enrolment, the site's keys, revocation.
 *
 * @module
 */

import { print } from "@wavekeep/core/service/print";
import {
  numberFlag,
  type ParsedFlags,
  runCommand,
  textFlag,
  urlFlag,
  UsageError,
} from "./command.ts";
import { type DataFolder, dataFolder } from "./data_folder.ts";
import { administrator, type DeviceApi, deviceApi, enrolWithCode } from "./enrol.ts";

const USAGE = `Usage: deno task device code [--device NAME] [--hours N]
       deno task device enrol [--code CODE] [--device NAME]
       deno task device list
       deno task device revoke KEY-ID --reason TEXT

Devices sign what they send, with a key that only they have.

  code             makes a one-time code for a device, and prints it; only its hash is kept
  enrol            makes a key in the data folder and enrols it; without --code with a code of its own,
                   where the data folder may make one. Again: another key, for new segments
  list             keys of the site, the newest first
  revoke KEY-ID    takes nothing more under that key, for good; what it signed before is kept

  --device NAME    the site's name of the device (default: a fresh one); the same for its next key
  --hours N        how long a code is good (default 1, at most 168)
  --code CODE      the code that an administrator gave
  --reason TEXT    why, for the record; no names
  --ingest URL     address of ingest (default http://127.0.0.1:8000)
  --data DIR       data folder (default .wavekeep); an administrator's token in WAVEKEEP_TOKEN is used
                   for code, list and revoke when it is set
  --help           this text

Exit codes: 0 fine, 1 refused or failed, 2 usage.
`;

async function run(flags: ParsedFlags): Promise<number> {
  const [action, keyId, ...rest] = flags.positionals;
  const folder = dataFolder(textFlag(flags, "data") ?? ".wavekeep");
  const url = urlFlag(flags, "ingest", "http://127.0.0.1:8000");
  if (rest.length > 0 || (keyId !== undefined && action !== "revoke")) {
    throw new UsageError(`Unexpected argument "${rest[0] ?? keyId}"`);
  }
  switch (action) {
    case "code":
      return await makeCode(flags, await asAdministrator(folder, url));
    case "enrol":
      return await enrol(flags, folder, url);
    case "list":
      return await list(await asAdministrator(folder, url));
    case "revoke":
      return await revoke(flags, keyId, await asAdministrator(folder, url));
    default:
      throw new UsageError("One of code, enrol, list and revoke is wanted");
  }
}

async function makeCode(flags: ParsedFlags, api: DeviceApi): Promise<number> {
  const hours = numberFlag(flags, "hours", { min: 0.02, max: 168 }) ?? 1;
  const made = await api.makeCode(textFlag(flags, "device"), Math.round(hours * 3600));
  print("stdout", made.code);
  print("stderr", `for ${made.device_id}, once, until ${made.expires_at}`);
  return 0;
}

async function enrol(flags: ParsedFlags, folder: DataFolder, url: string): Promise<number> {
  const given = textFlag(flags, "code");
  const code = given ??
    (await (await asAdministrator(folder, url)).makeCode(textFlag(flags, "device"))).code;
  const key = await enrolWithCode(folder, deviceApi(url), code);
  print("stdout", `${key.device_id} ${key.key_id}`);
  return 0;
}

async function list(api: DeviceApi): Promise<number> {
  for (const key of await api.list()) {
    const state = key.revoked_at === null ? "" : `  revoked ${key.revoked_at}`;
    print("stdout", `${key.key_id}  ${key.device_id}  enrolled ${key.enrolled_at}${state}`);
  }
  return 0;
}

async function revoke(
  flags: ParsedFlags,
  keyId: string | undefined,
  api: DeviceApi,
): Promise<number> {
  const reason = textFlag(flags, "reason");
  if (keyId === undefined || !/^[0-9a-f]{64}$/.test(keyId)) {
    throw new UsageError("revoke wants the key id: 64 hexadecimal digits, as list prints them");
  }
  if (reason === undefined) throw new UsageError("--reason says why, for the record");
  const { status } = await api.revoke(keyId, reason);
  print("stdout", status === "stored" ? "revoked" : "was revoked before");
  return 0;
}

async function asAdministrator(folder: DataFolder, url: string): Promise<DeviceApi> {
  const token = Deno.env.get("WAVEKEEP_TOKEN");
  if (token !== undefined && token !== "") return deviceApi(url, token);
  return await administrator(folder, url);
}

if (import.meta.main) {
  await runCommand({
    name: "device",
    usage: USAGE,
    options: {
      "data": { type: "string" },
      "ingest": { type: "string" },
      "device": { type: "string" },
      "hours": { type: "string" },
      "code": { type: "string" },
      "reason": { type: "string" },
    },
    run,
  });
}
