/** The embedded bytes are what the sources give, and both sides agree on where things lie. @module */

import { deepStrictEqual, ok, strictEqual } from "node:assert/strict";
import { compileKernel, kernelModule } from "./build.ts";
import { KERNEL_BASE64 } from "./kernel_wasm.ts";
import * as layout from "./layout.ts";

const here = (name: string) => new URL(name, import.meta.url);

Deno.test("kernel_wasm.ts is what the AssemblyScript sources give", async () => {
  const bytes = await compileKernel();
  strictEqual(bytes.toBase64(), KERNEL_BASE64, "run `deno task kernel`");
  strictEqual(await Deno.readTextFile(here("./kernel_wasm.ts")), kernelModule(bytes));
});

Deno.test("the kernel is small, for it goes into the viewer's bundle", () => {
  ok(KERNEL_BASE64.length < 24_000, `${KERNEL_BASE64.length} letters`);
});

Deno.test("layout.ts and assembly/layout.ts give the same addresses", async () => {
  const text = await Deno.readTextFile(here("./assembly/layout.ts"));
  const assembly = new Map<string, number>();
  for (const [, name, value] of text.matchAll(/export const (\w+): \w+ = (\d+);/g)) {
    assembly.set(name!, Number(value));
  }
  const { ARGUMENT, ARENA: _arena, ...fixed } = layout;
  const ours = { ...fixed, ...ARGUMENT } as Record<string, number>;
  for (const [name, value] of Object.entries(ours)) {
    strictEqual(value, assembly.get(name), name);
  }
});

Deno.test("no two arguments share a place", () => {
  const places = Object.values(layout.ARGUMENT);
  deepStrictEqual(new Set(places).size, places.length);
});
