/**
 * `deno task sbom`: what the workspace is made of, as CycloneDX 1.6 JSON; `deno task licences`: under which terms.
 *
 * Names, versions, integrity and edges are deno.lock's, licences what each installed package says of itself.
 * The same lock file gives the same document: there is no time in it, and its serial number is a digest.
 *
 * Exit codes: 0 fine, 1 an installed package names no licence, 2 usage.
 *
 * @see https://cyclonedx.org/docs/1.6/json/
 * @module
 */

import { nodeSha256 } from "../crypto/mod.ts";

const USAGE = `Usage: deno task sbom [FILE]
       deno task licences

sbom prints what the workspace is made of, as CycloneDX 1.6 JSON, or writes it to FILE; licences prints the
licence of each package. Neither asks the network.

Exit codes: 0 fine, 1 an installed package names no licence, 2 usage.
`;

const ROOT = new URL("../../", import.meta.url);

/** An entry of deno.lock. */
interface LockedPackage {
  readonly integrity: string;
  readonly dependencies?: readonly string[];
  readonly optionalDependencies?: readonly string[];
}

interface LockFile {
  readonly specifiers: Readonly<Record<string, string>>;
  readonly npm: Readonly<Record<string, LockedPackage>>;
}

/** A package of the document. */
export interface SbomComponent {
  readonly type: "library";
  readonly "bom-ref": string;
  readonly group?: string;
  readonly name: string;
  readonly version: string;
  readonly purl: string;
  readonly hashes: readonly [{ readonly alg: "SHA-512"; readonly content: string }];
  /** Empty: not installed here (it is of another platform), or it names none. */
  readonly licenses: readonly (
    | { readonly license: { readonly id: string } | { readonly name: string } }
    | { readonly expression: string }
  )[];
  readonly properties: readonly { readonly name: string; readonly value: string }[];
}

/** The document, as far as we fill it. */
export interface Sbom {
  readonly bomFormat: "CycloneDX";
  readonly specVersion: "1.6";
  readonly serialNumber: string;
  readonly version: 1;
  readonly metadata: { readonly component: Readonly<Record<string, unknown>> };
  readonly components: readonly SbomComponent[];
  readonly dependencies: readonly { readonly ref: string; readonly dependsOn: readonly string[] }[];
}

/** Reads the lock file and the installed packages. */
export async function readSbom(): Promise<Sbom> {
  const lockText = await Deno.readTextFile(new URL("deno.lock", ROOT));
  const { npm, specifiers } = JSON.parse(lockText) as LockFile;
  const refs = new Map(Object.keys(npm).map((key) => [key, purlOf(key)]));
  // One package may stand there more than once, with other peers each time.
  const components = new Map<string, SbomComponent>();
  const edges = new Map<string, Set<string>>();
  for (const [key, locked] of Object.entries(npm)) {
    const ref = refs.get(key)!;
    if (!components.has(ref)) components.set(ref, await componentOf(key, locked));
    const own = edges.get(ref) ?? new Set();
    edges.set(ref, own);
    const { dependencies = [], optionalDependencies = [] } = locked;
    for (const name of [...dependencies, ...optionalDependencies]) own.add(findRef(name, refs));
  }
  const root = "pkg:generic/wavekeep";
  edges.set(
    root,
    new Set(
      Object.entries(specifiers).map(([specifier, version]) => {
        const { name } = partsOf(specifier.slice("npm:".length));
        return refs.get(`${name}@${version}`)!;
      }),
    ),
  );
  return {
    bomFormat: "CycloneDX",
    specVersion: "1.6",
    serialNumber: serialOf(lockText),
    version: 1,
    metadata: {
      component: {
        type: "application",
        "bom-ref": root,
        name: "wavekeep",
        licenses: [{ license: { id: "MIT" } }],
      },
    },
    components: [...components.values()],
    dependencies: [...edges].map(([ref, on]) => ({ ref, dependsOn: [...on].sort() })),
  };
}

/** Name and version of `@scope/name@1.2.3_peer@4.5.6`. */
function partsOf(key: string): { name: string; version: string } {
  const at = key.indexOf("@", 1);
  return { name: key.slice(0, at), version: key.slice(at + 1).split("_")[0]! };
}

function purlOf(key: string): string {
  const { name, version } = partsOf(key);
  return `pkg:npm/${name.replace("@", "%40")}@${version}`;
}

/** @param name `name`, or `name@version` where there are several. */
function findRef(name: string, refs: ReadonlyMap<string, string>): string {
  const exact = refs.get(name);
  if (exact !== undefined) return exact;
  for (const [key, ref] of refs) if (partsOf(key).name === name) return ref;
  throw new Error(`Cannot find ${name} in deno.lock`);
}

async function componentOf(key: string, { integrity }: LockedPackage): Promise<SbomComponent> {
  const { name, version } = partsOf(key);
  const [algorithm, digest] = integrity.split("-");
  if (algorithm !== "sha512") throw new Error(`Cannot read the integrity of ${key}`);
  const manifest = await readManifest(name, version);
  const slash = name.indexOf("/");
  return {
    type: "library",
    "bom-ref": purlOf(key),
    ...slash < 0 ? {} : { group: name.slice(0, slash) },
    name: name.slice(slash + 1),
    version,
    purl: purlOf(key),
    hashes: [{ alg: "SHA-512", content: Uint8Array.fromBase64(digest!).toHex() }],
    licenses: manifest === undefined ? [] : licensesOf(manifest),
    properties: [{ name: "wavekeep:installed", value: String(manifest !== undefined) }],
  };
}

interface Manifest {
  readonly license?: string | { readonly type?: string };
}

/** Undefined when the package is not installed: of another system or processor. */
async function readManifest(name: string, version: string): Promise<Manifest | undefined> {
  const folder = `node_modules/.deno/${name.replace("/", "+")}@${version}`;
  try {
    return JSON.parse(
      await Deno.readTextFile(new URL(`${folder}/node_modules/${name}/package.json`, ROOT)),
    );
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return undefined;
    throw error;
  }
}

/** Identifiers of the SPDX list that occur; any other text is given as a name. */
const SPDX = new Set([
  ...["0BSD", "Apache-2.0", "BSD-2-Clause", "BSD-3-Clause", "BlueOak-1.0.0", "CC0-1.0", "ISC"],
  ...["MIT", "MPL-2.0", "PostgreSQL", "Python-2.0", "Unlicense", "Zlib"],
]);

function licensesOf({ license }: Manifest): SbomComponent["licenses"] {
  const text = typeof license === "string" ? license : license?.type;
  if (text === undefined) return [];
  if (SPDX.has(text)) return [{ license: { id: text } }];
  return / (OR|AND|WITH) /.test(text) ? [{ expression: text }] : [{ license: { name: text } }];
}

/** A UUID of version 8: a digest of the lock file. */
function serialOf(lockText: string): string {
  const bytes = nodeSha256(new TextEncoder().encode(lockText)).slice(0, 16);
  bytes[6] = bytes[6]! & 0x0f | 0x80;
  bytes[8] = bytes[8]! & 0x3f | 0x80;
  return `urn:uuid:${bytes.toHex().replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, "$1-$2-$3-$4-$5")}`;
}

/** A package's licence in one word. */
export function licenceText({ licenses: [first], properties }: SbomComponent): string {
  if (first === undefined) return properties[0]?.value === "true" ? "NONE NAMED" : "not installed";
  if ("expression" in first) return first.expression;
  return "id" in first.license ? first.license.id : first.license.name;
}

/** How many packages stand under each licence, and which. */
export function licenceList({ components }: Sbom): string {
  const byLicence = Map.groupBy(components, licenceText);
  return [...byLicence].sort((a, b) => b[1].length - a[1].length).map(([licence, packages]) =>
    `${licence} (${packages.length})\n${
      packages.map(({ purl }) => `  ${decodeURIComponent(purl.slice("pkg:npm/".length))}\n`).join(
        "",
      )
    }`
  ).join("\n");
}

async function main(args: readonly string[]): Promise<number> {
  const write = (stream: typeof Deno.stdout, text: string) =>
    new Blob([text]).stream().pipeTo(
      stream.writable,
      { preventClose: true },
    );
  if (args.includes("--help") || args.includes("-h")) {
    await write(Deno.stdout, USAGE);
    return 0;
  }
  const [first] = args;
  const isList = first === "--licences";
  if (args.length > 1 || !isList && first?.startsWith("-")) {
    await write(Deno.stderr, USAGE);
    return 2;
  }
  const sbom = await readSbom();
  const json = JSON.stringify(sbom, null, 2) + "\n";
  if (first === undefined || isList) {
    await write(Deno.stdout, isList ? licenceList(sbom) : json);
  } else await Deno.writeTextFile(first, json);
  return sbom.components.some((each) => licenceText(each) === "NONE NAMED") ? 1 : 0;
}

if (import.meta.main) Deno.exit(await main(Deno.args));
