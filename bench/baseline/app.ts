/**
 * Bench, baseline. The plan's API over the plan's tables, so that both designs pay for HTTP and JSON.
 *
 * Beyond the plan: `POST /ingest` also takes an array of chunks and stores it with one COPY, because a
 * file is loaded much faster that way.
 *
 * @module
 */

import { createHash } from "node:crypto";
import { Hono } from "hono";
import type { Pool } from "pg";
import * as z from "zod";
import { listRecordings, readWindow, writeChunks } from "./store.ts";

const Chunk = z.object({
  patient_id: z.string(),
  recording_id: z.string(),
  channels: z.array(z.string()).min(1),
  start: z.number(),
  sample_rate: z.number().positive(),
  samples: z.array(z.array(z.number())).min(1),
}).refine((chunk) => chunk.samples.length === chunk.channels.length, {
  error: "must have one list of samples for each channel",
});

const IngestRequest = z.union([Chunk, z.array(Chunk).min(1)]);

const Window = z.object({
  patient_id: z.string(),
  recording_id: z.string(),
  start: z.coerce.number(),
  end: z.coerce.number(),
  channels: z.string().optional(),
});

/** The baseline's routes over a pool whose database has its tables. */
export function createBaselineApp(pool: Pool): Hono {
  const app = new Hono();

  app.post("/ingest", async (c) => {
    const body = new Uint8Array(await c.req.arrayBuffer());
    const checksum = createHash("sha256").update(body).digest("hex");
    const request = IngestRequest.safeParse(JSON.parse(new TextDecoder().decode(body)));
    if (!request.success) return c.json({ errors: request.error.issues }, 422);
    const chunks = Array.isArray(request.data) ? request.data : [request.data];
    await writeChunks(
      pool,
      chunks.map((chunk) => ({
        patientId: chunk.patient_id,
        recordingId: chunk.recording_id,
        channels: chunk.channels,
        start: chunk.start,
        sampleRateHz: chunk.sample_rate,
        samples: chunk.samples,
      })),
      checksum,
    );
    return c.json({ status: "stored", checksum }, 201);
  });

  app.get("/eeg", async (c) => {
    const query = Window.safeParse(c.req.query());
    if (!query.success) return c.json({ errors: query.error.issues }, 422);
    const { patient_id, recording_id, start, end, channels } = query.data;
    const text = await readWindow(pool, {
      patientId: patient_id,
      recordingId: recording_id,
      start,
      end,
      ...(channels === undefined ? {} : { channels: channels.split(",") }),
    });
    return c.body(text, 200, { "Content-Type": "application/json" });
  });

  app.get(
    "/recordings",
    async (c) =>
      c.json({ recordings: await listRecordings(pool, c.req.query("patient_id") ?? "") }),
  );

  app.get("/readyz", async (c) => {
    await pool.query("select 1");
    return c.json({ status: "ready" });
  });

  return app;
}
