/**
 * The services of a `start` as ground of the matrix: for a sample against processes that a test has running anyway.
 *
 * There is no relay. Two sites are added beside the demo's; who sequences the log is `start`, too.
 *
 * @module
 */

import { readJwk } from "@wavekeep/core/crypto";
import type { Started } from "../../../simulator/testing/started.ts";
import { inDatabase, TEST_SITE_CODES, withLogin } from "../test_database.ts";
import type { Ground, ServiceName } from "./ground.ts";

/** Of a start that is ready; nothing has to be ended. */
export async function startedGround({ dataDir, ports }: Started): Promise<Ground> {
  const { database } = JSON.parse(await Deno.readTextFile(`${dataDir}/credentials.json`));
  const ownerUrl =
    `postgresql://postgres:${database.superuser}@127.0.0.1:${database.port}/postgres`;
  const siteIds = await inDatabase(ownerUrl, async (client) => {
    const { rows } = await client.query<{ siteId: number }>(
      `insert into wavekeep.site (code) select unnest($1::text[]) returning site_id as "siteId"`,
      [TEST_SITE_CODES],
    );
    return { own: rows[0]!.siteId, other: rows[1]!.siteId };
  });
  const originOf = (service: ServiceName) => {
    if (service === "relay" || service === "relay page") throw new Error("Cannot ask a relay here");
    return `http://127.0.0.1:${ports[service]}`;
  };
  return {
    siteIds,
    issuer: {
      privateJwk: await readJwk(`${dataDir}/token_private.jwk`),
      publicJwk: await readJwk(`${dataDir}/token_public.jwk`),
    },
    ownerUrl,
    accountsUrl: withLogin(ownerUrl, "wavekeep_accounts", database.accounts),
    pagePassword: "",
    hasSeats: false,
    // deno-lint-ignore require-await -- a service that is not there is a rejection
    send: async (service, path, init) =>
      fetch(originOf(service) + path, { ...init, redirect: "manual" }),
    // deno-lint-ignore require-await -- the same
    originOf: async (service) => originOf(service),
    sequence: async (isSequenced) => {
      while (!await isSequenced()) await new Promise((resolve) => setTimeout(resolve, 50));
    },
    close: () => Promise.resolve(),
  };
}
