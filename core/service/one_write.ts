/**
 * Layer 6. What is asked of a connection in one turn of the event loop leaves in one write.
 *
 * The driver writes each statement when it is asked. Two writes are two calls of the kernel here, and the
 * server, which is woken by the first, reads twice, answers what there is and goes to sleep again; with both
 * processors in use each of these costs more than the statement (core/decisions/0057).
 *
 * Hazard: it stands on a member of `pg` that is not documented, `Client.connection.stream`; a test fails when
 * a version of `pg` moves it.
 *
 * @module
 */

import process from "node:process";
import type { Writable } from "node:stream";
import type pg from "pg";

/** Holds back what is written to a connection until everything has run that is ready to run now. */
export function gatherWrites(client: pg.ClientBase): void {
  const { connection: { stream } } = client as unknown as { connection: { stream: Writable } };
  stream.cork();
  // After every promise that is settled already, and what follows from it.
  process.nextTick(() => stream.uncork());
}
