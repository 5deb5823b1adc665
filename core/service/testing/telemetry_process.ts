/**
 * Testing. A service with one route, which asks itself once and then ends: what a process with telemetry sends.
 *
 * @module
 */

import { Hono } from "hono";
import * as z from "zod";
import { installEdge } from "../edge.ts";
import { runService } from "../run_service.ts";
import { serve } from "../serve.ts";

await runService({
  name: "telemetry-test",
  summary: "Asks itself once.",
  config: z.object({}),
  async start(_config, logger) {
    const app = new Hono();
    installEdge(app, { logger });
    app.get("/patients/:patient_id", (c) => c.text("ok"));
    const server = await serve(app, { port: 0, logger });
    const answer = await fetch(`${server.url}/patients/CANARY-CODE?name=CANARY-NAME`);
    await answer.text();
    return [["server", () => server.close()]];
  },
});
