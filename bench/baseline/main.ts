/**
 * Bench, baseline. The plan's service as a process of its own: DATABASE_URL and PORT from the
 * environment,
 * ended by SIGTERM. The tables are there before it starts.
 *
 * @module
 */

import process from "node:process";
import { serve } from "@hono/node-server";
import pg from "pg";
import { createBaselineApp } from "./app.ts";

const port = Number(Deno.env.get("PORT"));
const pool = new pg.Pool({ connectionString: Deno.env.get("DATABASE_URL") ?? "", max: 10 });
pool.on("connect", (client) => {
  client.on("error", () => {});
});
pool.on("error", () => {});

const server = serve({
  fetch: createBaselineApp(pool).fetch,
  hostname: "127.0.0.1",
  port,
});
process.on("SIGTERM", () => {
  server.close(async () => {
    await pool.end();
    process.exit(0);
  });
});
