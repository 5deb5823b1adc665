import { STORE_CASES } from "../../core/testing/store_conformance.ts";
import { memoryStore, MemoryTables } from "./memory_store.ts";

for (const [name, check] of Object.entries(STORE_CASES)) {
  Deno.test(`memoryStore: ${name}`, async () => {
    const tables = new MemoryTables();
    await check({
      store: memoryStore({ tables }),
      siteId: 1,
      otherSiteId: 2,
      countEvents: (kind) =>
        Promise.resolve(tables.events.filter((event) => event.kind === kind).length),
    });
  });
}
