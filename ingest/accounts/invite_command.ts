/**
 * `deno task accounts --invite LOGIN --role ROLE`: prints a link, once.
 *
 * @module
 */

import { checkSchemaVersion, createLogger, openPool, parseConfig } from "@wavekeep/core/service";
import { print } from "@wavekeep/core/service/print";
import { DisplayName, Login, PERSON_ROLES, type PersonRole } from "@wavekeep/core/wire";
import { parseArgs } from "node:util";
import { AccountsConfig } from "./config.ts";
import { siteOf } from "../operator_flags.ts";
import { invite } from "./invite.ts";
import { relyingPartyOf } from "./passkeys/relying_party.ts";
import { linkAddress, type LinkKind } from "./sign_in_link.ts";
import { postgresAccountsStore } from "./store/accounts_store.ts";

const USAGE = `Usage: deno task accounts --invite LOGIN --role ROLE [--name NAME] [--site ID]
       deno task accounts --reset LOGIN [--site ID]

Prints a link, once, that a person comes in with to make a passkey, or a password with a second factor. For the
first administrator, and for one who lost what they sign in with; everybody else gets theirs from an
administrator. Without arguments the service runs.

  --invite LOGIN  somebody who cannot sign in yet: [a-z0-9._@-], 64 at most; made when there is nobody of this name
  --role ROLE     ${PERSON_ROLES.join(", ")}
  --name NAME     what colleagues read (default: the sign-in name)
  --reset LOGIN   somebody who can no longer; ends all their sessions once the link is used
  --site ID       number of the site, as its tokens have it (default 1, the first one)
  --help          this text

Environment: DATABASE_URL as wavekeep_accounts, PUBLIC_ORIGIN; --help of the service has the rest.

Exit codes: 0 done, 1 refused or failed, 2 usage.
`;

const InviteConfig = AccountsConfig.pick({ DATABASE_URL: true, PUBLIC_ORIGIN: true });

/** What the command line asks for. */
export interface InviteFlags {
  readonly kind: LinkKind;
  readonly login: string;
  /** Of somebody who has to be made. */
  readonly role: PersonRole | undefined;
  readonly name: string | undefined;
  readonly siteId: number;
}

/** Whether the arguments ask for a link; otherwise they are the service's to judge. */
export function asksForLink(args: readonly string[]): boolean {
  return args.some((arg) => /^--(invite|reset)(=|$)/.test(arg));
}

/** @throws {Error} The command line does not make sense. */
export function parseFlags(args: readonly string[]): InviteFlags | "help" {
  const { values } = parseArgs({
    args: [...args],
    options: {
      invite: { type: "string" },
      reset: { type: "string" },
      role: { type: "string" },
      name: { type: "string" },
      site: { type: "string" },
      help: { type: "boolean", short: "h" },
    },
  });
  if (values.help) return "help";
  if ((values.invite === undefined) === (values.reset === undefined)) {
    throw new Error("Either --invite or --reset is wanted");
  }
  const login = Login.safeParse(values.invite ?? values.reset);
  if (!login.success) throw new Error("A sign-in name is 1 to 64 of a-z 0-9 . _ @ -");
  const role = PERSON_ROLES.find((each) => each === values.role);
  if (values.invite !== undefined && role === undefined) {
    throw new Error(`--role must be one of ${PERSON_ROLES.join(", ")}`);
  }
  if (values.reset !== undefined && (values.role ?? values.name) !== undefined) {
    throw new Error("--reset changes neither --role nor --name");
  }
  const name = DisplayName.optional().safeParse(values.name);
  if (!name.success) throw new Error("--name must be 1 to 100 characters that can be seen");
  return {
    kind: values.invite === undefined ? "reset" : "invitation",
    login: login.data,
    role,
    name: name.data,
    siteId: siteOf(values.site ?? "1"),
  };
}

/** Makes the link and prints it. @returns The exit code. */
export async function runInvite(args: readonly string[]): Promise<number> {
  let flags;
  let config;
  try {
    flags = parseFlags(args);
    if (flags === "help") {
      print("stdout", USAGE);
      return 0;
    }
    config = parseConfig(InviteConfig);
    relyingPartyOf(config.PUBLIC_ORIGIN);
  } catch (error) {
    print("stderr", `${(error as Error).message}\n\n${USAGE}`);
    return 2;
  }
  const pool = openPool(config.DATABASE_URL.reveal(), {
    role: "wavekeep_accounts",
    max: 1,
    logger: createLogger({ service: "accounts", level: "warn" }),
    applicationName: "wavekeep accounts --invite",
  });
  try {
    await checkSchemaVersion(pool);
    const { kind, login, role, name, siteId } = flags;
    const deps = { store: postgresAccountsStore(pool), nowMs: Date.now };
    const person = { login, role, displayName: name };
    const link = await invite(deps, siteId, { ...person, kind });
    if (link === undefined) {
      throw new Error(`${login} can sign in already; --reset is for who no longer can`);
    }
    print("stdout", linkAddress(config.PUBLIC_ORIGIN, link.text));
    const until = new Date(link.expiresAtMs).toISOString();
    print("stderr", `Good once, until ${until}. It is shown this once.`);
    return 0;
  } catch (error) {
    print("stderr", (error as Error).message);
    return 1;
  } finally {
    await pool.end();
  }
}
