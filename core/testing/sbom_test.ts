import { deepStrictEqual, match, ok, strictEqual } from "node:assert/strict";
import { licenceList, licenceText, readSbom } from "./sbom.ts";

/** Terms under which we take packages; another one is somebody's decision. */
const TAKEN = ["MIT", "Apache-2.0", "ISC", "MPL-2.0", "BSD-2-Clause", "BSD-3-Clause", "0BSD"];

Deno.test("readSbom() has every package of deno.lock, with digest, licence and edges that lead somewhere", async () => {
  const sbom = await readSbom();
  deepStrictEqual([sbom.bomFormat, sbom.specVersion, sbom.version], ["CycloneDX", "1.6", 1]);
  match(
    sbom.serialNumber,
    /^urn:uuid:[0-9a-f]{8}-[0-9a-f]{4}-8[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/,
  );
  const refs = new Set(sbom.components.map((component) => component["bom-ref"]));
  strictEqual(refs.size, sbom.components.length, "references differ");
  const { npm } = JSON.parse(
    await Deno.readTextFile(new URL("../../deno.lock", import.meta.url)),
  ) as { npm: Record<string, { integrity: string }> };
  for (const [key, { integrity }] of Object.entries(npm)) {
    const [, name, version] = /^(@?[^@]+)@([^_]+)/.exec(key)!;
    const component = sbom.components.find(({ purl }) =>
      purl === `pkg:npm/${name!.replace("@", "%40")}@${version}`
    );
    const [{ alg, content }] = component!.hashes;
    strictEqual(alg, "SHA-512");
    strictEqual(`sha512-${Uint8Array.fromHex(content).toBase64()}`, integrity, key);
  }
  const named = [...refs, sbom.metadata.component["bom-ref"]];
  deepStrictEqual(sbom.dependencies.map(({ ref }) => ref).sort(), named.sort());
  for (const { ref, dependsOn } of sbom.dependencies) {
    for (const other of dependsOn) ok(refs.has(other), `${ref} depends on ${other}`);
  }
  const { imports } = JSON.parse(
    await Deno.readTextFile(new URL("../../deno.json", import.meta.url)),
  ) as { imports: Record<string, string> };
  const direct = sbom.dependencies.find(({ ref }) => ref === "pkg:generic/wavekeep")!.dependsOn;
  strictEqual(direct.length, new Set(Object.values(imports)).size);
});

Deno.test("every installed package names a licence that we take", async () => {
  const sbom = await readSbom();
  const installed = sbom.components.filter(({ properties }) => properties[0]!.value === "true");
  ok(installed.length > 100);
  const others = installed.filter((component) => !TAKEN.includes(licenceText(component)));
  deepStrictEqual(others.map((component) => [component.purl, licenceText(component)]), []);
  match(licenceList(sbom), /^MIT \(\d+\)\n(?: {2}.*\n)* {2}@hono\/node-server@/m);
});
