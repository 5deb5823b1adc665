/**
 * The dependency direction of the whole workspace, as one table, checked against `deno info --json`.
 *
 * @module
 */

import { deepStrictEqual, ok } from "node:assert/strict";
import { fileURLToPath } from "node:url";

const ROOT = new URL("../../", import.meta.url);

/** Layer of each part of core; a file may import its own layer or a lower one. */
const CORE_LAYERS: Readonly<Record<string, number>> = {
  "assert.ts": 0,
  "brand.ts": 0,
  "error.ts": 0,
  "bytes": 1,
  "time": 1,
  "checksum": 1,
  "log": 2,
  "recording": 2,
  "calibration": 2,
  "signal": 2,
  "codec": 3,
  "chunk": 4,
  "summary": 4,
  "trend": 4,
  "edf": 4,
  "chbmit": 4,
  "wire": 5,
  "problem": 5,
  "proof": 5,
  "crypto": 6,
  "service": 6,
  "spool": 6,
  "bundle": 6,
  "mod.ts": 7,
  "testing": 8,
};

/** Parts of core that may touch Deno, Node, the network, the clock or randomness. */
const CORE_IMPURE = new Set(["bundle", "crypto", "service", "spool", "testing"]);

/** Build tools inside the pure parts of core: run by hand, shipped with nothing, imported by tests only. */
const TOOLS = new Set(["core/codec/kernel/build.ts"]);

/** Which members a member may import, besides itself. */
const MEMBERS: Readonly<Record<string, readonly string[]>> = {
  core: [],
  ingest: ["core"],
  query: ["core"],
  viewer: ["core"],
  simulator: ["core"],
  bench: ["core", "ingest", "query", "viewer", "simulator"],
};

/** Edges that break the table and are admitted, each with its reason. Empty is the goal. */
const DEBT: readonly { from: string; to: string; why: string }[] = [
  {
    from: "simulator/start.ts",
    to: "ingest/migrate.ts",
    why: "start owns the embedded database and migrates it before any service runs",
  },
  {
    from: "simulator/start.ts",
    to: "ingest/accounts/invite_people.ts",
    why: "start makes the people of a fresh site, as deno task accounts --invite would one by one",
  },
];

interface Edge {
  readonly from: string;
  readonly to: string;
}

async function sourceFiles(): Promise<string[]> {
  const files: string[] = [];
  async function walk(folder: string): Promise<void> {
    for await (const entry of Deno.readDir(new URL(folder, ROOT))) {
      if (entry.name.startsWith(".") || entry.name === "node_modules" || entry.name === "dist") {
        continue;
      }
      const path = folder + entry.name;
      if (entry.isDirectory) await walk(path + "/");
      else if (/\.tsx?$/.test(entry.name)) files.push(path);
    }
  }
  for (const member of Object.keys(MEMBERS)) await walk(member + "/");
  return files.sort();
}

async function importEdges(files: readonly string[]): Promise<{ edges: Edge[]; packages: Edge[] }> {
  const folder = await Deno.makeTempDir();
  try {
    const entry = `${folder}/all.ts`;
    const lines = files.map((file) => `import ${JSON.stringify(new URL(file, ROOT).href)};`);
    await Deno.writeTextFile(entry, lines.join("\n"));
    const { stdout, stderr, success } = await new Deno.Command(Deno.execPath(), {
      args: ["info", "--config", fileURLToPath(new URL("deno.json", ROOT)), "--json", entry],
      env: { NO_COLOR: "1" },
    }).output();
    ok(success, new TextDecoder().decode(stderr));
    interface Graph {
      modules: { specifier: string; error?: string; dependencies?: Dependency[] }[];
    }
    interface Dependency {
      specifier: string;
      code?: { specifier?: string };
      type?: { specifier?: string };
    }
    const graph: Graph = JSON.parse(new TextDecoder().decode(stdout));
    const edges: Edge[] = [];
    const packages: Edge[] = [];
    for (const module of graph.modules) {
      if (!module.specifier.startsWith(ROOT.href)) continue;
      const from = module.specifier.slice(ROOT.href.length);
      for (const dependency of module.dependencies ?? []) {
        const target = dependency.code?.specifier ?? dependency.type?.specifier;
        if (target?.startsWith(ROOT.href)) edges.push({ from, to: target.slice(ROOT.href.length) });
        else packages.push({ from, to: dependency.specifier });
      }
    }
    return { edges, packages };
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

const isTest = (file: string) =>
  /_(test|bench)\.tsx?$/.test(file) || file.includes("/testing/") || TOOLS.has(file);
const memberOf = (file: string) => file.slice(0, file.indexOf("/"));
const corePart = (file: string) => file.split("/")[1] ?? "";

const files = await sourceFiles();
const { edges, packages } = await importEdges(files);

Deno.test("imports: every part of core has a layer", () => {
  const sources = files.filter((file) => memberOf(file) === "core" && !isTest(file));
  const parts = new Set(sources.map(corePart));
  deepStrictEqual([...parts].filter((part) => !(part in CORE_LAYERS)), []);
});

Deno.test("imports: core imports only downwards", () => {
  const wrong = edges.filter(({ from, to }) => {
    if (isTest(from) || memberOf(from) !== "core" || memberOf(to) !== "core") return false;
    return (CORE_LAYERS[corePart(from)] ?? 99) < (CORE_LAYERS[corePart(to)] ?? 99);
  });
  deepStrictEqual(wrong, []);
});

Deno.test("imports: members import only what the table allows", () => {
  const wrong = edges.filter(({ from, to }) => {
    const source = memberOf(from);
    const target = memberOf(to);
    if (isTest(from) || source === target) return false;
    if (DEBT.some((debt) => debt.from === from && debt.to === to)) return false;
    return !(MEMBERS[source] ?? []).includes(target);
  });
  deepStrictEqual(wrong, []);
});

Deno.test("imports: every admitted debt still exists", () => {
  const paid = DEBT.filter((debt) =>
    !edges.some(({ from, to }) => from === debt.from && to === debt.to)
  );
  deepStrictEqual(paid, []);
});

Deno.test("imports: build tools are there, and only tests import them", () => {
  deepStrictEqual([...TOOLS].filter((tool) => !files.includes(tool)), []);
  deepStrictEqual(edges.filter(({ from, to }) => TOOLS.has(to) && !isTest(from)), []);
});

Deno.test("imports: core/testing reaches tests, benches and the fault laboratory only", () => {
  const wrong = edges.filter(({ from, to }) =>
    to.startsWith("core/testing/") && !isTest(from) && memberOf(from) !== "bench" &&
    !from.startsWith("simulator/faults/")
  );
  deepStrictEqual(wrong, []);
});

Deno.test("imports: the pure parts of core name no runtime, only zod from layer 2 up", () => {
  const wrong = packages.filter(({ from, to }) => {
    if (isTest(from) || memberOf(from) !== "core" || CORE_IMPURE.has(corePart(from))) return false;
    return !(to === "zod" && (CORE_LAYERS[corePart(from)] ?? 0) >= 2);
  });
  deepStrictEqual(wrong, []);
});

Deno.test("imports: viewer/signal stays below layer 5 and away from Preact", () => {
  const wrong = [
    ...edges.filter(({ from, to }) =>
      from.startsWith("viewer/signal/") && !isTest(from) &&
      (to.startsWith("core/")
        ? (CORE_LAYERS[corePart(to)] ?? 99) >= 5
        : !to.startsWith("viewer/signal/"))
    ),
    ...packages.filter(({ from, to }) =>
      from.startsWith("viewer/signal/") && !isTest(from) && to !== "zod"
    ),
  ];
  deepStrictEqual(wrong, []);
});

Deno.test("imports: the pure parts of core use no ambient runtime, clock or randomness", async () => {
  const wrong: string[] = [];
  for (const file of files) {
    if (memberOf(file) !== "core" || isTest(file) || CORE_IMPURE.has(corePart(file))) continue;
    const text = (await Deno.readTextFile(new URL(file, ROOT)))
      .replaceAll(/\/\*[\s\S]*?\*\//g, "").replaceAll(/\/\/.*$/gm, "");
    for (const name of ["Deno.", "Date.now", "new Date", "Math.random", "performance.", "fetch("]) {
      if (text.includes(name)) wrong.push(`${file}: ${name}`);
    }
  }
  deepStrictEqual(wrong, []);
});
