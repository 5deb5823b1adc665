import { DEVICE_STORE_CASES } from "../../core/testing/device_store_conformance.ts";
import { memoryDeviceStore, MemoryDeviceTables } from "./memory_device_store.ts";

for (const [name, check] of Object.entries(DEVICE_STORE_CASES)) {
  Deno.test(`memoryDeviceStore: ${name}`, async () => {
    const tables = new MemoryDeviceTables();
    await check({
      store: memoryDeviceStore(tables),
      siteId: 1,
      otherSiteId: 2,
      countEvents: (kind, keyId) =>
        Promise.resolve(
          tables.events.filter((event) => event.kind === kind && event.keyId === keyId).length,
        ),
    });
  });
}
