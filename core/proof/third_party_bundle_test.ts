/** A bundle, verified from the pages of its formats alone: by a verifier that shares no code with ours. */

import { deepStrictEqual, ok, rejects } from "node:assert/strict";
import { memoryBundle, verifyBundle } from "@wavekeep/core/proof";
import { verifiedBundle } from "../../query/testing/verify_bundle_from_format.ts";
import { madeBundle, withSums } from "./testing/made_bundle.ts";

const { files, options } = await madeBundle();
const { name, publicKey } = options.policy!.logKey;
const LOG = { name, publicKey };

Deno.test("a third party verifies a bundle, and counts what our verifier counts", async () => {
  const { counts, findings } = await verifyBundle(memoryBundle(files), options);
  deepStrictEqual(findings, []);
  const { leaves, chunks, samples, signatures } = await verifiedBundle(files, LOG);
  deepStrictEqual([leaves, chunks, samples], [counts.leaves, counts.chunks, counts.samples]);
  // Ours looks at statements as well.
  ok(signatures > 0 && signatures <= counts.signatures);
});

Deno.test("a third party and our verifier refuse the same changes", async () => {
  const paths = [...files.keys()].filter((path) => path.startsWith("data/"));
  const strides: [string, number, number][] = [
    ...["leaves.bin", "proof.bin", "chunks.bin"].map((
      path,
    ): [string, number, number] => [
      path,
      11,
      397,
    ]),
    ["checkpoint", 3, 29],
    // Behind any header: samples alone.
    ...paths.map((path): [string, number, number] => [path, files.get(path)!.length - 40, 13]),
  ];
  // What witnesses sign stands behind what the log signs: a third party without their keys passes it over.
  const note = files.get("checkpoint")!;
  const witnesses = new TextDecoder("latin1").decode(note).lastIndexOf("\n\u00e2");
  let changes = 0;
  for (const [path, start, stride] of strides) {
    const end = path === "checkpoint" ? witnesses : files.get(path)!.length;
    for (let at = start; at < end; at += stride) {
      const damaged = new Map(files);
      const bytes = files.get(path)!.slice();
      bytes[at]! ^= 0x10;
      damaged.set(path, bytes);
      withSums(damaged);
      const ours = (await verifyBundle(memoryBundle(damaged), options)).findings.length > 0;
      let theirs = false;
      await verifiedBundle(damaged, LOG).catch(() => theirs = true);
      deepStrictEqual([path, at, theirs], [path, at, ours]);
      changes++;
    }
  }
  ok(changes > 20, `${changes}`);
  await rejects(verifiedBundle(files, { ...LOG, publicKey: new Uint8Array(32).fill(1) }));
});
