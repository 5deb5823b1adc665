/**
 * Layer 6. Statements that a connection parses once.
 *
 * Sole owner of statement names. A window costs half a dozen small statements, and parsing and planning
 * them anew took most of the server's time. Hazard: only fixed texts may come here, or every connection
 * collects statements for ever; and a pooler in transaction mode in between must support them.
 *
 * @module
 */
import type pg from "pg";

/** Fixed texts in the whole of a service; more means that a text is being built from values. */
const NAMES_MAX = 500;

const nameOf = statementNames(NAMES_MAX);

/** Runs a statement of a fixed text, parsed and planned once per connection. */
export function prepared<Row extends pg.QueryResultRow>(
  client: pg.ClientBase | pg.Pool,
  text: string,
  values: readonly unknown[] = [],
): Promise<pg.QueryResult<Row>> {
  return client.query<Row>({ name: nameOf(text), text, values: [...values] });
}

/**
 * Names for texts: each has its own, whenever it is asked for.
 *
 * @returns Gives the name of a text; throws a RangeError once `countMax` others have one.
 */
export function statementNames(countMax: number): (text: string) => string {
  const names = new Map<string, string>();
  return (text) => {
    let name = names.get(text);
    if (name === undefined) {
      if (names.size >= countMax) {
        throw new RangeError(`Cannot name a statement: ${countMax} texts have names already`);
      }
      name = `wavekeep_${names.size + 1}`;
      names.set(text, name);
    }
    return name;
  };
}
