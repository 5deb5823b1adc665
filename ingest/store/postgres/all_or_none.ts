/**
 * Several small rows in one transaction, of which none stays when one is refused.
 *
 * @module
 */

import type pg from "pg";
import type { Sender } from "../ingest_store.ts";
import { inTransaction } from "./transaction.ts";

/** What to store, and how. */
export interface AllOrNone<Item, Outcome> {
  readonly items: readonly Item[];
  /** Rows are inserted in the order of this text, so that two writers never wait for each other. */
  idOf(item: Item): string;
  /** Runs first, inside the transaction. */
  prepare?(client: pg.PoolClient): Promise<void>;
  put(client: pg.PoolClient, item: Item): Promise<Outcome>;
  isRefusal(outcome: Outcome): boolean;
  /** Writes what belongs to the whole, such as its event row. */
  finish?(client: pg.PoolClient, outcomes: readonly Outcome[]): Promise<void>;
}

/** Carries the outcomes out of a transaction that must roll back. */
class RefusedError<Outcome> extends Error {
  readonly outcomes: readonly Outcome[];
  constructor(outcomes: readonly Outcome[]) {
    super("refused");
    this.outcomes = outcomes;
  }
}

/** @returns One outcome per item, in the order of `items`; any refusal means that nothing was stored. */
export async function allOrNone<Item, Outcome>(
  pool: pg.Pool,
  sender: Sender,
  { items, idOf, prepare, put, isRefusal, finish }: AllOrNone<Item, Outcome>,
): Promise<Outcome[]> {
  const order = items.map((item, index) => ({ item, index, id: idOf(item) }))
    .sort((a, b) => a.id < b.id ? -1 : a.id > b.id ? 1 : a.index - b.index);
  try {
    return await inTransaction(pool, sender.siteId, async (client) => {
      await prepare?.(client);
      const outcomes: Outcome[] = [];
      for (const { item, index } of order) outcomes[index] = await put(client, item);
      if (outcomes.some(isRefusal)) throw new RefusedError(outcomes);
      await finish?.(client, outcomes);
      return outcomes;
    });
  } catch (error) {
    if (error instanceof RefusedError) return [...error.outcomes];
    throw error;
  }
}
