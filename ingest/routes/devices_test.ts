/** Keys of devices on the wire, page by page: each once, the newest first, whatever was asked for. */
import { deepStrictEqual, match, strictEqual } from "node:assert/strict";
import { DeviceKeysResponse } from "@wavekeep/core/wire";
import { send, slugOf, startTestApp } from "../testing/test_app.ts";
import { enrol, testKey } from "../testing/signed_device.ts";

Deno.test("GET /devices/keys lists page by page, of a device, or one key", async () => {
  const test = startTestApp();
  const keys = [1, 2, 3, 4, 5].map(testKey);
  for (const [index, key] of keys.entries()) await enrol(test, key, index < 3 ? "amp-1" : "amp-2");
  const list = async (search: string) => {
    const { status, json } = await send(test.app, "GET", `/devices/keys${search}`, {
      token: "admin",
    });
    strictEqual(status, 200, JSON.stringify(json));
    const page = DeviceKeysResponse.parse(json);
    return { ids: page.keys.map(({ key_id: id }) => id), next: page.next };
  };
  const all = await list("");
  deepStrictEqual(
    [all.next, all.ids.toSorted()],
    [null, keys.map(({ keyId }) => keyId.toHex()).toSorted()],
  );
  const found: string[] = [];
  let search = "?limit=2";
  for (const count of [2, 2, 1]) {
    const page = await list(search);
    strictEqual(page.ids.length, count);
    found.push(...page.ids);
    search = `?limit=2&after=${page.next}`;
  }
  strictEqual(search, "?limit=2&after=null", "the last page says so");
  deepStrictEqual(found, all.ids);
  strictEqual((await list("?limit=5")).next, null, "a page that is just full is the last, too");
  const [, second] = all.ids as [string, string];
  deepStrictEqual((await list(`?key_id=${second}`)).ids, [second]);
  deepStrictEqual((await list(`?key_id=${"00".repeat(32)}`)).ids, []);
  const ofDevice = keys.slice(3).map(({ keyId }) => keyId.toHex());
  deepStrictEqual((await list("?device_id=amp-2")).ids.toSorted(), ofDevice.toSorted());
});

Deno.test("GET /devices/keys refuses a question that is none, and says where", async () => {
  const test = startTestApp();
  for (
    const search of [
      "limit=0",
      "limit=1001",
      "limit=x",
      "after=null",
      "after=1",
      `after=-1_${"00".repeat(32)}`,
      `after=${"9".repeat(18)}_${"00".repeat(32)}`,
      "device_id=a%20b",
      "key_id=12",
      "page=2",
    ]
  ) {
    const { status, json } = await send(test.app, "GET", `/devices/keys?${search}`, {
      token: "admin",
    });
    deepStrictEqual([status, slugOf(json)], [422, "validation"], search);
    match(JSON.stringify(json), /\/query/, search);
  }
});
