import { deepStrictEqual, notDeepStrictEqual, strictEqual, throws } from "node:assert/strict";
import { createHmac } from "node:crypto";
import { encodeLeafContent, openLogEntry } from "../log/mod.ts";
import {
  leafSalt,
  leafSalts,
  logPseudonym,
  looseLeaf,
  openLeafContent,
  recordingLeaf,
} from "./leaf.ts";
import { nodeSha256 } from "./sha256.ts";

const KEY = new Uint8Array(32).fill(9);

Deno.test("logPseudonym() is one per key", () => {
  deepStrictEqual(logPseudonym(KEY), logPseudonym(KEY.slice()));
  notDeepStrictEqual(logPseudonym(KEY), logPseudonym(new Uint8Array(32)));
  strictEqual(logPseudonym(KEY).byteLength, 16);
});

Deno.test("leafSalt() is HMAC-SHA-256 under the data key, for contents of any length", () => {
  const salts = leafSalts(KEY);
  for (const length of [99, 97, 0, 99, 1000]) {
    const content = new Uint8Array(length).fill(length & 0xff);
    const hmac = createHmac("sha256", KEY).update("wavekeep/leaf-salt/v1\0").update(content);
    const expected = new Uint8Array(hmac.digest());
    deepStrictEqual(salts(content), expected);
    deepStrictEqual(leafSalt(KEY, content), expected);
  }
});

const CONTENT = {
  type: "key",
  siteId: 3,
  id: new Uint8Array(16).fill(4),
  number: 1,
  contentDigest: new Uint8Array(32).fill(5),
  storedDigest: new Uint8Array(32).fill(6),
  receivedAtMicros: 7n,
} as const;

Deno.test("recordingLeaf() stores no salt and no plain content, and the data key opens it", () => {
  const secrets = { key: KEY, pseudonym: logPseudonym(KEY), saltOf: leafSalts(KEY) };
  const scope = { siteId: 3, recordingId: "r", secrets };
  const { entry, content: stored, salt } = recordingLeaf(scope, CONTENT);
  strictEqual(salt, null);
  deepStrictEqual(entry.subarray(2, 18), secrets.pseudonym);
  const content = openLeafContent(KEY, { ...scope, entry }, stored);
  deepStrictEqual(content, encodeLeafContent(CONTENT));
  const opening = { content, salt: leafSalt(KEY, content) };
  deepStrictEqual(openLogEntry(entry, opening, nodeSha256), CONTENT);
  throws(() => openLeafContent(KEY, { ...scope, entry, siteId: 4 }, stored), /for this place/);
});

Deno.test("looseLeaf() belongs to no recording unless told, and opens with its own salt", () => {
  const salt = new Uint8Array(32).fill(8);
  const leaf = looseLeaf(CONTENT, salt);
  deepStrictEqual(leaf.entry.subarray(2, 18), new Uint8Array(16));
  deepStrictEqual(openLogEntry(leaf.entry, { content: leaf.content, salt }, nodeSha256), CONTENT);
  const told = looseLeaf(CONTENT, salt, logPseudonym(KEY));
  deepStrictEqual(told.entry.subarray(2, 18), logPseudonym(KEY));
});
