/**
 * A test of the whole pipeline on real recordings: simulator, ingest, PostgreSQL, query.
 *
 * @module
 */

import { strictEqual } from "node:assert/strict";
import { sharedDataDir } from "../../../core/testing/shared_data.ts";
import { type Pipeline, startPipeline } from "../../testing/pipeline.ts";

export interface Truth extends Pipeline {
  /** Folder of the real recordings. */
  readonly data: string;
}

/** Registers a test on a database of its own; where files or server are missing, it says so. */
export function truthTest(name: string, test: (truth: Truth) => Promise<void>): void {
  Deno.test(name, async () => {
    const data = sharedDataDir();
    if (data === undefined) {
      const line = `skipped: ${name}: no real recordings at ../shared/data\n`;
      await Deno.stdout.write(new TextEncoder().encode(line));
      return;
    }
    const pipeline = await startPipeline("truth");
    if (pipeline === undefined) return;
    try {
      await test({ ...pipeline, data });
    } finally {
      await pipeline.close();
    }
  });
}

/** The body of an answer that must be 200. */
export async function okJson<T>(response: Response): Promise<T> {
  const text = await response.text();
  strictEqual(response.status, 200, text.slice(0, 500));
  return JSON.parse(text);
}
