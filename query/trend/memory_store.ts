/**
 * Trends in memory, for tests: rows in plain sight.
 *
 * @module
 */

import { MemoryEnvelopeStore } from "../envelope/memory_store.ts";
import type { TrendStore } from "./trend_store.ts";

/** Rows of all recordings; tests may add, damage and remove some. */
export class MemoryTrendStore extends MemoryEnvelopeStore implements TrendStore {}
