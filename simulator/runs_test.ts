import { deepStrictEqual } from "node:assert/strict";
import type { Upload } from "./known_sets.ts";
import { closeRuns, RUN_CHUNKS_MAX } from "./runs.ts";

/** A chunk that says where it stands, and "+" once it is signed. */
function upload(stream: string, sequence: number): Upload {
  const encoder = new TextEncoder();
  const name = `${stream}${sequence}`;
  const sign = () => encoder.encode(`${name}+`);
  return { chunk: encoder.encode(name), set: null, run: { stream, sequence, sign } };
}

function closed(uploads: readonly Upload[]): string[] {
  return closeRuns(uploads).map(({ chunk }) => new TextDecoder().decode(chunk));
}

Deno.test("closeRuns() signs the last of each stream, and whatever has no next beside it", () => {
  deepStrictEqual(closed([upload("a", 4)]), ["a4+"]);
  deepStrictEqual(
    closed([upload("a", 4), upload("b", 0), upload("a", 5), upload("b", 1), upload("a", 7)]),
    ["a4", "b0", "a5+", "b1+", "a7+"],
  );
  const plain = { chunk: new TextEncoder().encode("plain"), set: null };
  deepStrictEqual(closed([plain, upload("a", 1)]), ["plain", "a1+"]);
});

Deno.test("closeRuns() ends a run where a proof of its first chunk would grow too long", () => {
  const run = Array.from({ length: 100 }, (_, sequence) => upload("a", sequence));
  const signed = closed(run).flatMap((name, sequence) => name.endsWith("+") ? [sequence] : []);
  deepStrictEqual(signed, [31, 63, 95, 99]);
  deepStrictEqual(RUN_CHUNKS_MAX, 32);
});
