import { deepStrictEqual, ok, rejects, strictEqual } from "node:assert/strict";
import { concatBytes } from "@wavekeep/core/bytes";
import { bytesByteSource } from "@wavekeep/core/edf";
import { openTar, TAR_END_BYTES, tarEntryBytes, tarHeader, tarPadding } from "@wavekeep/core/proof";

function tarOf(files: Record<string, Uint8Array>): Uint8Array<ArrayBuffer> {
  const parts = Object.entries(files).flatMap(([path, bytes]) => [
    tarHeader({ path, byteLength: bytes.byteLength }),
    bytes,
    new Uint8Array(tarPadding(bytes.byteLength)),
  ]);
  return concatBytes(...parts, new Uint8Array(TAR_END_BYTES));
}

const FILES = {
  "manifest.json": new TextEncoder().encode("{}"),
  "data/segment_0.edf": new Uint8Array(1025).fill(3),
  "empty": new Uint8Array(0),
};

Deno.test("openTar() reads what tarHeader() began", async () => {
  const bytes = tarOf(FILES);
  const expected = Object.values(FILES).reduce(
    (sum, file) => sum + tarEntryBytes(file.byteLength),
    0,
  );
  strictEqual(bytes.byteLength, expected + TAR_END_BYTES);
  const tar = await openTar(bytesByteSource(bytes));
  deepStrictEqual(tar.paths, Object.keys(FILES));
  for (const [path, content] of Object.entries(FILES)) {
    const file = tar.open(path)!;
    deepStrictEqual(await file.read(0, file.byteLength), content);
  }
  strictEqual(tar.open("other"), undefined);
});

Deno.test("openTar() reads sizes above eight gigabytes", async () => {
  const byteLength = 2 ** 34 + 5;
  const header = tarHeader({ path: "large", byteLength });
  const end = 512 + byteLength + tarPadding(byteLength);
  const tar = await openTar({
    byteLength: end + TAR_END_BYTES,
    read: (offset, count) =>
      Promise.resolve(offset === 0 ? header : new Uint8Array(count).fill(offset < end ? 1 : 0)),
  });
  strictEqual(tar.open("large")?.byteLength, byteLength);
});

Deno.test("openTar() unpacks by the system's tar, and reads what that packs", async () => {
  const folder = await Deno.makeTempDir();
  try {
    await Deno.writeFile(`${folder}/a.tar`, tarOf(FILES));
    const run = async (...args: string[]) => {
      const { success, stderr } = await new Deno.Command("tar", { args, cwd: folder }).output();
      ok(success, new TextDecoder().decode(stderr));
    };
    await run("xf", "a.tar");
    for (const [path, content] of Object.entries(FILES)) {
      deepStrictEqual(await Deno.readFile(`${folder}/${path}`), new Uint8Array(content));
    }
    await run("--format=ustar", "-cf", "b.tar", "./data", "manifest.json");
    const tar = await openTar(bytesByteSource(await Deno.readFile(`${folder}/b.tar`)));
    deepStrictEqual([...tar.paths].sort(), ["data/segment_0.edf", "manifest.json"]);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

Deno.test("openTar() refuses names that lead out, links, and names that come twice", async () => {
  const refused = async (bytes: Uint8Array, reason: RegExp) =>
    await rejects(openTar(bytesByteSource(bytes)), reason);
  const empty = new Uint8Array(0);
  for (const path of ["../out", "/etc/passwd", "a/../b", "a\nb", ".hidden/..", "a//b"]) {
    await refused(tarOf({ [path]: empty }), /no plain path/);
  }
  await refused(concatBytes(tarHeader({ path: "a", byteLength: 0 }), tarOf({ a: empty })), /twice/);
  const link = tarOf({ a: empty });
  link[156] = "2".charCodeAt(0);
  await refused(link, /checksum/);
  const sum = link.subarray(0, 512).reduce(
    (all, byte, at) => all + (148 <= at && at < 156 ? 32 : byte),
    0,
  );
  link.set(new TextEncoder().encode(sum.toString(8).padStart(6, "0")), 148);
  await refused(link, /no plain file/);
});

Deno.test("openTar() refuses every header with another bit, and every archive that ends early", async () => {
  const bytes = tarOf({ "a": new Uint8Array(7) });
  for (let bit = 0; bit < 512 * 8; bit += 3) {
    // A number has several spellings: a blank in place of the checksum's leading zero says the same.
    if (148 <= bit >> 3 && bit >> 3 < 156) continue;
    const changed = bytes.slice();
    changed[bit >> 3]! ^= 1 << (bit & 7);
    await rejects(openTar(bytesByteSource(changed)));
  }
  for (const length of [0, 511, 512, 519, 1023, 1024, 1535]) {
    await rejects(openTar(bytesByteSource(bytes.subarray(0, length))));
  }
});

Deno.test("tarHeader() splits a path of more than 100 bytes at a slash", async () => {
  const path = `${"a".repeat(60)}/${"b".repeat(60)}.tsv`;
  const bytes = concatBytes(tarHeader({ path, byteLength: 0 }), new Uint8Array(1024));
  deepStrictEqual((await openTar(bytesByteSource(bytes))).paths, [path]);
});
