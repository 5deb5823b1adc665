/**
 * What the database grants to each login of the services, read from its catalogue as text that people review:
 * every relation with its verbs and columns, every function and sequence of the schema.
 *
 * @module
 */

import { SERVICE_ROLES } from "@wavekeep/core/service";
import type pg from "pg";

/** Everybody's rights are nobody's. */
const ROLES = [...SERVICE_ROLES, "public"];

const VERBS = ["select", "insert", "update", "delete", "truncate", "references", "trigger"];
const COLUMN_VERBS = ["select", "insert", "update", "references"];

interface Relation {
  readonly name: string;
  readonly columns: readonly string[];
}

/** One line for each role and thing, sorted; a thing that a role has no right to has no line. */
export async function grantedLines(client: pg.ClientBase): Promise<string[]> {
  const { rows: relations } = await client.query<Relation>(
    `select relname as name, array_agg(attname::text order by attnum) as columns
      from pg_class join pg_attribute on attrelid = pg_class.oid and attnum > 0 and not attisdropped
      where relnamespace = 'wavekeep'::regnamespace and relkind in ('r', 'p', 'v', 'm') and not relispartition
      group by relname order by relname`,
  );
  const lines: string[] = [];
  for (const role of ROLES) {
    const { rows } = await client.query<Record<string, string | null>>(
      `select relation, ${
        VERBS.map((verb) =>
          `case when has_table_privilege($1, oid, '${verb}') then '' end as ${verb}_all`
        )
      }, ${
        COLUMN_VERBS.map((verb) =>
          `(select string_agg(attname, ', ' order by attnum) from pg_attribute
            where attrelid = oid and attnum > 0 and not attisdropped
              and has_column_privilege($1, oid, attnum, '${verb}')) as ${verb}_columns`
        )
      }
      from unnest($2::text[]) as relation
        cross join lateral (select ('wavekeep.' || quote_ident(relation))::regclass::oid as oid) o`,
      [role, relations.map(({ name }) => name)],
    );
    for (const row of rows) {
      const verbs = VERBS.flatMap((verb) => {
        if (row[`${verb}_all`] === "") return [verb];
        const columns = row[`${verb}_columns`];
        return columns ? [`${verb} (${columns})`] : [];
      });
      if (verbs.length > 0) lines.push(`${role} | ${row["relation"]} | ${verbs.join(", ")}`);
    }
    lines.push(...await routineLines(client, role));
  }
  return lines;
}

async function routineLines(client: pg.ClientBase, role: string): Promise<string[]> {
  const { rows } = await client.query<{ line: string }>(
    `select p.oid::regprocedure::text || ' | execute'
        || case when prosecdef then ' as its owner' else '' end as line
      from pg_proc p where pronamespace = 'wavekeep'::regnamespace
        and has_function_privilege($1, p.oid, 'execute')
     union all
     select relname || ' | ' || verb from pg_class, unnest(array['usage', 'select', 'update']) verb
      where relnamespace = 'wavekeep'::regnamespace and relkind = 'S'
        and has_sequence_privilege($1, oid, verb)
     union all
     select 'schema ' || nspname || ' | create' from pg_namespace
      where has_schema_privilege($1, oid, 'create')
     union all
     select 'database | ' || verb from unnest(array['create', 'temporary']) verb
      where has_database_privilege($1, current_database(), verb)
     order by 1`,
    [role],
  );
  return rows.map(({ line }) => `${role} | ${line}`);
}
