import { deepStrictEqual, strictEqual, throws } from "node:assert/strict";
import type pg from "pg";
import { prepared, statementNames } from "./prepared.ts";

function recorder(): { client: pg.ClientBase; asked: pg.QueryConfig[] } {
  const asked: pg.QueryConfig[] = [];
  const query = (config: pg.QueryConfig) => {
    asked.push(config);
    return Promise.resolve({ rows: [] });
  };
  return { client: { query } as unknown as pg.ClientBase, asked };
}

Deno.test("prepared() names a text once and keeps its values apart", async () => {
  const { client, asked } = recorder();
  await prepared(client, "select $1::int", [1]);
  await prepared(client, "select $1::int", [2]);
  await prepared(client, "select 'other'");
  strictEqual(asked[0]!.name, asked[1]!.name);
  strictEqual(asked[2]!.name === asked[0]!.name, false);
  deepStrictEqual(asked.map(({ values }) => values), [[1], [2], []]);
});

Deno.test("statementNames() refuses texts without end, and names those it has", () => {
  // Names of its own: those of the process are for statements of others, too.
  const nameOf = statementNames(3);
  const given = ["select 1", "select 2", "select 3"].map(nameOf);
  strictEqual(new Set(given).size, 3);
  throws(() => nameOf("select 4"), /3 texts/);
  strictEqual(nameOf("select 2"), given[1]);
});
