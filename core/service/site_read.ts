/**
 * Layer 6. Reads of one site in one flush: the site is set, several statements are asked, all of it in one
 * transaction and one round trip.
 *
 * Sole owner of that transaction. It is the one that PostgreSQL itself opens: statements of the extended
 * protocol without a Sync between them are one transaction, which ends at the Sync. `set_config(…, true)`
 * comes first and holds until there, so row-level security is what it is behind `withSite`, and nothing is
 * left on the connection. Read-only by what the reader's role may do, as everywhere.
 *
 * Hazards: statements are prepared on first use and stay, so only fixed texts may come here; each has a
 * snapshot of its own (READ COMMITTED), in the order asked.
 *
 * @see PostgreSQL, "Pipelining" and "Extended Query" in "Message Flow"
 * @module
 */

import type { Buffer } from "node:buffer";
import pg from "pg";
import { assert } from "../assert.ts";
import { isStoreUnavailable } from "./postgres.ts";
import { type RawFields, RawRowClient, type TakesRawRows } from "./raw_rows.ts";

/** A statement of a fixed text. */
export interface ReadStatement<Row> {
  /** Unique in the service: letters, digits, underscores. */
  readonly name: string;
  /** Parameters carry a cast where their type does not follow: `$1::uuid`. */
  readonly text: string;
  /** Reads one row, field after field. */
  readonly read: (fields: RawFields) => Row;
}

/** A statement with its values. */
export interface Asked<Row> {
  readonly statement: ReadStatement<Row>;
  /** ASCII: numbers, ids, codes. */
  readonly values: readonly (string | number | null)[];
}

/** The rows of each statement. */
export type Answers<T extends readonly Asked<unknown>[]> = {
  [K in keyof T]: T[K] extends Asked<infer Row> ? Row[] : never;
};

/** A statement with its values; for the types. */
export function ask<Row>(
  statement: ReadStatement<Row>,
  values: readonly (string | number | null)[],
): Asked<Row> {
  return { statement, values };
}

/**
 * One plan for all values, too: it prunes partitions when it starts, while a plan for each value would be
 * made anew each time as soon as there are two partitions (160 µs a window).
 */
const SET_SITE: ReadStatement<void> = {
  name: "wavekeep_set_site",
  text: `select set_config('app.site', $1, true),
    set_config('plan_cache_mode', 'force_generic_plan', true)`,
  read: () => {},
};

/** Which statements a connection knows. */
const known = new WeakMap<pg.ClientBase, Set<string>>();

/**
 * Asks statements about one site, all in one transaction and one flush.
 *
 * @param pool Opened with `rawRows`.
 * @returns The rows of each, in order.
 * @throws What the database says of the first statement that failed; the others were not run.
 */
export async function readSite<const T extends readonly Asked<unknown>[]>(
  pool: pg.Pool,
  siteId: number,
  asked: T,
): Promise<Answers<T>> {
  assert(Number.isInteger(siteId) && siteId > 0, "site id is a positive integer");
  const client = await pool.connect();
  let broken: Error | undefined;
  try {
    const all = [ask(SET_SITE, [siteId]), ...asked];
    await prepareMissing(client, all);
    const [, ...answers] = await flush(client, all);
    return answers as Answers<T>;
  } catch (error) {
    // A server that goes away says so before it hangs up: until then the connection looks well.
    if (error instanceof Error && isStoreUnavailable(error)) broken = error;
    throw error;
  } finally {
    client.release(broken);
  }
}

/** By a statement of its own, once a connection: what fails later then never leaves half of it behind. */
async function prepareMissing(
  client: pg.ClientBase,
  asked: readonly Asked<unknown>[],
): Promise<void> {
  const names = known.get(client) ?? new Set();
  known.set(client, names);
  for (const { statement: { name, text } } of asked) {
    if (names.has(name)) continue;
    assert(/^\w+$/.test(name), "a statement's name is a word");
    await client.query(`prepare ${name} as ${text}`);
    names.add(name);
  }
}

function flush(client: pg.ClientBase, asked: readonly Asked<unknown>[]): Promise<unknown[][]> {
  assert(client instanceof RawRowClient, "the pool was opened with rawRows");
  // What cannot be written is found before the driver has it.
  const message = encodeFlush(asked);
  return new Promise((resolve, reject) => {
    client.query(
      new Flush(message, asked, (error, answers) => error ? reject(error) : resolve(answers!)),
    );
  });
}

type Done = (error: Error | null | undefined, answers?: unknown[][]) => void;

/**
 * The statements of one flush, as the driver runs a query. A `pg.Query` by name only: in pipeline mode the
 * driver refuses other classes, because they might keep a portal open; this one never does.
 */
class Flush extends pg.Query implements TakesRawRows {
  /** The driver wraps it with its time limit. */
  callback: Done;
  readonly #message: Buffer;
  readonly #asked: readonly Asked<unknown>[];
  readonly #answers: unknown[][];
  #at = 0;
  #failure: Error | undefined;

  constructor(message: Buffer, asked: readonly Asked<unknown>[], done: Done) {
    super({ text: "" });
    this.#message = message;
    this.#asked = asked;
    this.#answers = asked.map(() => []);
    this.callback = done;
  }

  override submit = (connection: pg.Connection) => {
    connection.stream.write(this.#message);
    return null;
  };

  takeRow(fields: RawFields): void {
    if (this.#failure !== undefined) return;
    try {
      this.#answers[this.#at]!.push(this.#asked[this.#at]!.statement.read(fields));
    } catch (error) {
      this.#failure = error as Error;
    }
  }

  handleCommandComplete(): void {
    this.#at++;
  }

  handleError(error: Error): void {
    this.callback(error);
  }

  handleReadyForQuery(): void {
    this.callback(this.#failure, this.#answers);
  }
}

/** Bind and Execute of each statement, binary results, then one Sync. */
function encodeFlush(asked: readonly Asked<unknown>[]): Buffer {
  const message = new MessageWriter();
  for (const { statement: { name }, values } of asked) {
    message.start("B");
    message.text("", name);
    message.int16(0, values.length);
    for (const value of values) message.value(value);
    message.int16(1, 1);
    message.end();
    message.start("E");
    message.text("");
    message.int32(0);
    message.end();
  }
  message.start("S");
  message.end();
  return message.bytes();
}

/** Writes messages of the protocol into one buffer. */
class MessageWriter {
  #buffer = globalThis.Buffer.allocUnsafe(1024);
  #length = 0;
  #start = 0;

  start(type: string): void {
    this.#room(5);
    this.#buffer[this.#length] = type.charCodeAt(0);
    this.#start = this.#length + 1;
    this.#length += 5;
  }

  end(): void {
    this.#buffer.writeInt32BE(this.#length - this.#start, this.#start);
  }

  int16(...values: readonly number[]): void {
    this.#room(2 * values.length);
    for (const value of values) this.#length = this.#buffer.writeInt16BE(value, this.#length);
  }

  int32(value: number): void {
    this.#room(4);
    this.#length = this.#buffer.writeInt32BE(value, this.#length);
  }

  /** Strings, each with a zero behind it. */
  text(...texts: readonly string[]): void {
    for (const text of texts) {
      this.#ascii(text);
      this.#room(1);
      this.#buffer[this.#length++] = 0;
    }
  }

  /** A parameter in text format. */
  value(value: string | number | null): void {
    if (value === null) return this.int32(-1);
    const text = String(value);
    this.int32(text.length);
    this.#ascii(text);
  }

  bytes(): Buffer {
    return this.#buffer.subarray(0, this.#length);
  }

  #ascii(text: string): void {
    this.#room(text.length);
    for (let at = 0; at < text.length; at++) {
      const code = text.charCodeAt(at);
      assert(code > 0 && code < 128, "values of a read are ASCII");
      this.#buffer[this.#length++] = code;
    }
  }

  #room(byteLength: number): void {
    if (this.#length + byteLength <= this.#buffer.length) return;
    const longer = globalThis.Buffer.allocUnsafe(2 * (this.#length + byteLength));
    this.#buffer.copy(longer, 0, 0, this.#length);
    this.#buffer = longer;
  }
}
