/**
 * Layer 6. A database with several servers: which of them to ask now.
 *
 * The driver knows one host a connection. Sole owner of the list that libpq's syntax gives
 * (`postgres://user:password@host-a:5432,host-b:5432/name?target_session_attrs=read-write`): each new
 * connection goes to the server that served last, and after a failure to the next one.
 *
 * @see PostgreSQL, "Specifying Multiple Hosts" in libpq's "Connection Strings"
 * @module
 */
import pg from "pg";

/** `scheme://login@` ‖ hosts ‖ `/name?options`. */
const PARTS = /^(postgres(?:ql)?:\/\/(?:[^@/]*@)?)([^/?]*)(.*)$/;

/**
 * One url for each host of a url.
 *
 * @example
 * ```ts
 * import { deepStrictEqual } from "node:assert/strict";
 * import { urlsOfHosts } from "@wavekeep/core/service";
 *
 * deepStrictEqual(urlsOfHosts("postgres://me:x@a:5432,b:5433/eeg?target_session_attrs=any"), [
 *   "postgres://me:x@a:5432/eeg",
 *   "postgres://me:x@b:5433/eeg",
 * ]);
 * ```
 */
export function urlsOfHosts(url: string): string[] {
  const [, head, hosts, tail] = PARTS.exec(url) ?? [];
  if (head === undefined || hosts === undefined || tail === undefined) return [url];
  const [path = "", query = ""] = tail.split("?");
  const options = query.split("&").filter((option) =>
    option !== "" && !option.startsWith("target_session_attrs=")
  );
  const end = options.length === 0 ? path : `${path}?${options.join("&")}`;
  return hosts.split(",").map((host) => `${head}${host}${end}`);
}

/** What the pool says to whoever waited in vain. */
const POOL_IS_FULL = "timeout exceeded when trying to connect";

type Connected = (error: Error | null, client?: pg.Client) => void;

type ClientClass = new (config?: string | pg.ClientConfig) => pg.Client;

/** The servers of one url, for one pool. */
export class DatabaseHosts {
  /** The url asks for a server that takes writes. */
  readonly areForWrites: boolean;
  readonly #urls: readonly string[];
  readonly #urlOf = new WeakMap<pg.ClientBase, string>();
  #at = 0;

  constructor(url: string) {
    this.#urls = urlsOfHosts(url);
    this.areForWrites = /[?&]target_session_attrs=(read-write|primary)\b/.test(url);
  }

  /** Where the next connection goes. */
  get url(): string {
    return this.#urls[this.#at]!;
  }

  /** A pool whose callers are given a connection to the first server that will do. */
  createPool(config: pg.PoolConfig): pg.Pool {
    if (this.#urls.length === 1) return new pg.Pool(config);
    const attempts = this.#urls.length;
    return new class extends pg.Pool {
      // deno-lint-ignore no-explicit-any -- two forms, of which the pool itself uses the one with a callback
      override connect(done?: (error: any, client?: any, release?: any) => void): any {
        const connected = this.#connectToOne();
        if (done === undefined) return connected;
        connected.then(
          (client) => done(undefined, client, client.release),
          (error) => done(error, undefined, () => {}),
        );
      }

      async #connectToOne(): Promise<pg.PoolClient> {
        for (let left = attempts;; left--) {
          try {
            return await super.connect();
          } catch (error) {
            // A pool that is full is so whatever the server.
            if (left === 1 || (error as Error).message === POOL_IS_FULL) throw error;
          }
        }
      }
    }(config);
  }

  /** The server of this connection, or the current one, will not do: the next is asked. */
  passOver(client?: pg.ClientBase): void {
    const url = client === undefined ? this.url : this.#urlOf.get(client);
    // Of several connections that failed at once, one moves on.
    if (url === this.url) this.#at = (this.#at + 1) % this.#urls.length;
  }

  /** A class of connections that go where `url` says at that moment. */
  clientClass(base: ClientClass): ClientClass {
    // deno-lint-ignore no-this-alias -- the class has its own
    const hosts = this;
    return class extends base {
      constructor(config?: string | pg.ClientConfig) {
        const { url } = hosts;
        super({ ...config as pg.ClientConfig, connectionString: url });
        hosts.#urlOf.set(this, url);
        // The pool hands in a callback, and learns of a failure by it.
        const connect = this.connect.bind(this) as (done?: Connected) => unknown;
        const watched = (done?: Connected) =>
          connect(
            done && ((error, client) => {
              if (error) hosts.passOver(this);
              done(error, client);
            }),
          );
        Object.assign(this, { connect: watched });
      }
    };
  }
}
