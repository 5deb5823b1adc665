import { createLogger, openPool } from "@wavekeep/core/service";
import { STORE_CASES, type StoreUnderTest } from "../../../core/testing/store_conformance.ts";
import {
  createTestDatabase,
  inDatabase,
  type TestDatabase,
} from "../../../core/testing/test_database.ts";
import { postgresStore } from "./store.ts";

const database = await createTestDatabase("ingest_store");
const logger = createLogger({ service: "test", write: () => {} });

async function withStore(
  { writerUrl, ownerUrl, siteId, otherSiteId }: TestDatabase,
  check: (under: StoreUnderTest) => Promise<void>,
): Promise<void> {
  const pool = openPool(writerUrl, { role: "wavekeep_writer", max: 16, logger });
  try {
    await check({
      store: postgresStore(pool),
      siteId,
      otherSiteId,
      countEvents: (kind) =>
        inDatabase(ownerUrl, async (client) => {
          const { rows: [row] } = await client.query<{ count: string }>(
            "select count(*) from wavekeep.event where kind = $1",
            [kind],
          );
          return Number(row!.count);
        }),
    });
  } finally {
    await pool.end();
  }
}

if (database !== undefined) {
  for (const [name, check] of Object.entries(STORE_CASES)) {
    Deno.test(`postgresStore: ${name}`, () => withStore(database, check));
  }

  Deno.test("postgresStore: its database is removed", () => database.drop());
}
