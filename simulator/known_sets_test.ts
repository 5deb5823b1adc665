import { deepStrictEqual, strictEqual } from "node:assert/strict";
import { KnownSets, type SetRecord, type Upload } from "./known_sets.ts";

const set = (digest: string, byte: number): SetRecord => ({ digest, record: Uint8Array.of(byte) });
const A = set("a", 101);
const B = set("b", 102);
const upload = (index: number, of: SetRecord | null): Upload => ({
  chunk: Uint8Array.of(index),
  set: of,
});
const body = (known: KnownSets, ...uploads: Upload[]) => [...known.bodyOf(uploads)];

Deno.test("KnownSets puts a set once before the first chunk that names it", () => {
  const known = new KnownSets();
  deepStrictEqual(
    body(known, upload(1, null), upload(2, A), upload(3, B), upload(4, A)),
    [1, 101, 2, 102, 3, 4],
  );
});

Deno.test("KnownSets sends a set until a chunk that names it was stored", () => {
  const known = new KnownSets();
  deepStrictEqual(body(known, upload(1, A)), [101, 1]);
  deepStrictEqual(body(known, upload(2, A)), [101, 2], "nothing was stored yet");
  known.stored(upload(1, A), 1);
  deepStrictEqual(body(known, upload(3, A), upload(4, B)), [3, 102, 4]);
  strictEqual(known.count, 1);
});

Deno.test("KnownSets sends a set again that the server asks for", () => {
  const known = new KnownSets();
  known.stored(upload(1, A), 1);
  known.missing(upload(2, A));
  known.missing(upload(3, null));
  deepStrictEqual(body(known, upload(2, A)), [101, 2]);
});

Deno.test("KnownSets forgets what was known before a restore", () => {
  const known = new KnownSets();
  known.stored(upload(1, A), 1);
  known.stored(upload(2, null), 2);
  deepStrictEqual(body(known, upload(3, A)), [101, 3]);
  // An answer that was under way when the server was restored.
  known.stored(upload(4, A), 1);
  deepStrictEqual(body(known, upload(5, A)), [101, 5]);
  known.stored(upload(3, A), 2);
  deepStrictEqual(body(known, upload(6, A)), [6]);
  strictEqual(known.count, 1, "the same set, told twice");
});

Deno.test("KnownSets sends chunks without a set that was refused, and tries it again later", () => {
  const known = new KnownSets();
  const both = (index: number): Upload => ({
    ...upload(index, A),
    withoutSet: () => Uint8Array.of(200 + index),
  });
  deepStrictEqual(known.refused(both(1)), { chunk: Uint8Array.of(201), set: null });
  strictEqual(known.refused(upload(1, A)), undefined, "there is no other coding");
  const left = Array.from({ length: 59 }, () => known.choose(both(2)));
  deepStrictEqual(new Set(left.map(({ chunk, set }) => `${chunk} ${set}`)), new Set(["202 null"]));
  deepStrictEqual(known.choose(upload(3, B)).set, B, "another set is another matter");
  known.choose(both(4));
  deepStrictEqual(known.choose(both(5)).set, A);
});
