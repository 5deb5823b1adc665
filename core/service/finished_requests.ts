/**
 * Layer 6. Requests that are over are let go of by the young generation's collector, too.
 *
 * Sole owner of a repair of the runtime. `node:http` of Deno keeps what is under way in a Map, by socket, each in
 * a record that names its request. A Map that grows and shrinks gets a new table now and then; the old table is
 * dead, and once it has been promoted it goes on holding, for the young generation's collector, the records that
 * it held: so every request that was under way when a table was left was promoted with all that hangs on it (its
 * answer, closures, the body), two in three with a hundred at a time, and stayed until the whole heap had
 * been marked (core/decisions/0058). The record forgets its request when the request is over.
 *
 * Hazard: it stands on members that are not documented; where they are others, nothing is changed, and a test
 * fails.
 *
 * @module
 */

import type { Server } from "node:http";

/** What the runtime keeps of connections and of what is under way on them. */
interface ConnectionsList {
  readonly _active: ReadonlyMap<unknown, { req: unknown }>;
  popActiveIfReq(socket: unknown, request: unknown): void;
}

const DESCRIPTION = "http.server.connections";

/** @returns Whether the runtime is as it was when this was written. Call it when the server listens. */
export function letGoOfFinishedRequests(server: Server): boolean {
  const key = Object.getOwnPropertySymbols(server).find(({ description }) =>
    description === DESCRIPTION
  );
  const list = key && (server as unknown as Record<symbol, ConnectionsList | undefined>)[key];
  if (typeof list?._active?.get !== "function") return false;
  if (typeof list.popActiveIfReq !== "function") return false;
  const pop = list.popActiveIfReq;
  list.popActiveIfReq = (socket, request) => {
    const record = list._active.get(socket);
    pop.call(list, socket, request);
    if (record !== undefined && record.req === request) record.req = null;
  };
  return true;
}
