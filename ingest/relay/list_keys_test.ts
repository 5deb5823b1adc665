/** A relay knows every key of the site, however many pages they fill, or goes on with those that it knows. */
import { deepStrictEqual, strictEqual } from "node:assert/strict";
import { listKeys } from "./list_keys.ts";

const keyJson = (number: number) => ({
  "site_id": 1,
  "device_id": `amp-${number}`,
  "key_id": String(number).padStart(64, "0"),
  "public_key": "AAAA",
  "enrolled_at": "2026-11-22T00:00:00Z",
  "revoked_at": null,
});

/** Ingest with pages of two, five keys, and maybe a page that it does not answer. */
function ingest(brokenPage?: number) {
  const asked: string[] = [];
  const ask = (path: string): Promise<Response> => {
    asked.push(path);
    const first = Number(new URL(path, "http://ingest").searchParams.get("after") ?? 0);
    if (asked.length - 1 === brokenPage) {
      return Promise.resolve(Response.json({ title: "later" }, { status: 503 }));
    }
    const keys = [1, 2, 3, 4, 5].slice(first, first + 2).map(keyJson);
    return Promise.resolve(Response.json({ keys, next: first + 2 < 5 ? String(first + 2) : null }));
  };
  return { asked, ask };
}

Deno.test("listKeys() reads all pages, in their order", async () => {
  const { asked, ask } = ingest();
  const list = await listKeys(ask);
  deepStrictEqual(
    list?.keys.map(({ device_id: id }) => id),
    ["amp-1", "amp-2", "amp-3", "amp-4", "amp-5"],
  );
  deepStrictEqual(asked, ["/devices/keys", "/devices/keys?after=2", "/devices/keys?after=4"]);
});

Deno.test("listKeys() gives no half of a list", async () => {
  for (const broken of [0, 1, 2]) strictEqual(await listKeys(ingest(broken).ask), undefined);
});

Deno.test("listKeys() takes the one page of an ingest that has none", async () => {
  const list = await listKeys(() => Promise.resolve(Response.json({ keys: [keyJson(1)] })));
  deepStrictEqual([list?.keys.length, list?.next], [1, null]);
});
