/**
 * Faults. Requests that nobody in their right mind sends, for every route that a service says it has.
 *
 * Made from the service's own OpenAPI document: paths, parameters and bodies, mostly as they should be, with
 * one value or another that is not. A route that is added is tried from then on. What is made depends on the
 * seed and on the document.
 *
 * @module
 */

import type { Prng } from "../../core/testing/prng.ts";

/** One request, ready to be sent. */
export interface StrangeRequest {
  readonly method: string;
  /** With its query. */
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string | undefined;
}

/** What of an OpenAPI document is looked at. */
export interface ApiDocument {
  readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>;
  readonly components?: { readonly schemas?: Readonly<Record<string, Schema>> };
}

interface Operation {
  readonly parameters?: readonly { readonly name: string; readonly in: string }[];
  readonly requestBody?: {
    readonly content: Readonly<Record<string, { readonly schema?: Schema }>>;
  };
}

interface Schema {
  readonly $ref?: string;
  readonly type?: string | readonly string[];
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly items?: Schema;
  readonly anyOf?: readonly Schema[];
  readonly oneOf?: readonly Schema[];
  readonly enum?: readonly unknown[];
  readonly const?: unknown;
}

const STRANGE_TEXTS: readonly string[] = [
  ..."0 1 -1 -0 +1 00 1.5 1e3 1e400 0x1 1,5 NaN Infinity null true 65536 4294967296 9007199254740993"
    .split(" "),
  "",
  " ",
  "..",
  "../..",
  "%00",
  "%",
  "%ff",
  "a\0b",
  "a\r\nx-injected: 1",
  "'; drop table wavekeep.chunk; --",
  "<script>alert(1)</script>",
  "=cmd|'/c calc'!A1",
  "__proto__",
  "constructor",
  "toString",
  "${7*7}",
  "\u0661",
  "\u202eabc",
  "\ud800",
  "µ".repeat(40),
  "9".repeat(400),
  "a".repeat(3_000),
  "0".repeat(32),
  "f".repeat(64),
  "2003-02-31T04:05:06",
  "9999-12-31T23:59:59.999999999",
];

const STRANGE_VALUES: readonly unknown[] = [
  null,
  true,
  0,
  -1,
  0.1,
  1e308,
  2 ** 53,
  -(2 ** 63),
  [],
  {},
  [[]],
  { "__proto__": { polluted: true } },
  { constructor: { prototype: { polluted: true } } },
  Array.from({ length: 200 }, () => null),
];

const STRANGE_TYPES = [
  "application/json",
  "application/json; charset=utf-16",
  "text/plain",
  "application/vnd.wavekeep.chunks",
  "multipart/form-data; boundary=a",
  "application/x-www-form-urlencoded",
];

const ACCEPTS = [
  "application/json",
  "text/csv",
  "*/*",
  "application/json;q=0",
  ";;;",
  "application/vnd.wavekeep.chunks",
  "application/vnd.wavekeep.columns",
  "application/edf",
];

/** One in so many values is strange. */
const STRANGE_EVERY = 4;
const DEPTH_MAX = 6;

/** Draws requests for one service. */
export class StrangeRequests {
  readonly #document: ApiDocument;
  readonly #routes: readonly { path: string; method: string; operation: Operation }[];
  readonly #known: Readonly<Record<string, string>>;

  /** @param known What parameters of these names are when nothing is strange. */
  constructor(document: ApiDocument, known: Readonly<Record<string, string>>) {
    this.#document = document;
    this.#known = known;
    this.#routes = Object.entries(document.paths).flatMap(([path, operations]) =>
      Object.entries(operations).map(([method, operation]) => ({ path, method, operation }))
    );
  }

  next(random: Prng): StrangeRequest {
    const { path, method, operation } = random.pick(this.#routes);
    const isStrange = () => random.below(STRANGE_EVERY) === 0;
    const value = (name: string) =>
      isStrange() ? random.pick(STRANGE_TEXTS) : this.#known[name] ?? "1";
    const filled = path.replaceAll(/\{([^}]+)\}/g, (_, name) => encode(value(name)));
    const query: string[] = [];
    for (const { name, in: where } of operation.parameters ?? []) {
      if (where !== "query") continue;
      // Left out now and then, given twice now and then.
      for (let left = [0, 1, 1, 1, 2][random.below(5)]!; left > 0; left--) {
        query.push(`${encode(name)}=${encode(value(name))}`);
      }
    }
    if (random.below(8) === 0) query.push(`${encode(random.pick(STRANGE_TEXTS))}=1`);
    const headers: Record<string, string> = { accept: isStrange() ? random.pick(ACCEPTS) : "*/*" };
    let body: string | undefined;
    if (method !== "get" && method !== "head") {
      const content = operation.requestBody?.content ?? {};
      const [type = "application/json"] = Object.keys(content);
      headers["content-type"] = isStrange() ? random.pick(STRANGE_TYPES) : type;
      body = this.#body(content["application/json"]?.schema, random);
      if (random.below(16) === 0) body = body.slice(0, random.below(body.length + 1));
      if (random.below(32) === 0) headers["content-encoding"] = random.pick(["gzip", "br", "x"]);
    }
    return {
      method: method.toUpperCase(),
      path: filled + (query.length === 0 ? "" : `?${query.join("&")}`),
      headers,
      body,
    };
  }

  #body(schema: Schema | undefined, random: Prng): string {
    // Deep enough for whoever recurses over what was sent.
    if (random.below(64) === 0) return "[".repeat(10_000) + "]".repeat(10_000);
    return JSON.stringify(this.#value(schema ?? {}, "", random, 0));
  }

  #value(schema: Schema, name: string, random: Prng, depth: number): unknown {
    if (random.below(STRANGE_EVERY * 3) === 0) {
      return random.pick(random.below(2) === 0 ? STRANGE_TEXTS : STRANGE_VALUES);
    }
    if (schema.$ref !== undefined) {
      const found = this.#document.components?.schemas?.[schema.$ref.split("/").at(-1)!];
      return depth > DEPTH_MAX ? null : this.#value(found ?? {}, name, random, depth + 1);
    }
    if (schema.const !== undefined) return schema.const;
    if (schema.enum !== undefined) return random.pick(schema.enum);
    const choice = schema.anyOf ?? schema.oneOf;
    if (choice !== undefined) return this.#value(random.pick(choice), name, random, depth + 1);
    const type = typeof schema.type === "string" ? schema.type : schema.type?.[0];
    switch (type) {
      case "object":
        return Object.fromEntries(
          Object.entries(schema.properties ?? {})
            .filter(() => random.below(12) > 0)
            .map(([key, member]) => [key, this.#value(member, key, random, depth + 1)]),
        );
      case "array":
        return Array.from(
          { length: random.below(4) },
          () => this.#value(schema.items ?? {}, name, random, depth + 1),
        );
      case "integer":
      case "number":
        return random.below(5);
      case "boolean":
        return random.below(2) === 0;
      case "null":
        return null;
      default:
        return this.#known[name] ?? "1";
    }
  }
}

/** Percent-encoding that takes lone surrogates too, and leaves what is encoded already. */
function encode(text: string): string {
  return text.startsWith("%") ? text : encodeURIComponent(text.toWellFormed());
}
