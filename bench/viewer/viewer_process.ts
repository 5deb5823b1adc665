/**
 * Bench, viewer. The viewer as people run it, in front of a stage, signed in by itself.
 *
 * @module
 */

import { join } from "node:path";
import { freePort } from "@wavekeep/core/service";
import { taskCommand } from "../../simulator/service_tasks.ts";
import { type ServiceProcess, startServiceProcess } from "../service_process.ts";
import type { Stage } from "../stage.ts";

/** Starts it; stop it before the stage. */
export async function startViewer(stage: Stage, signal: AbortSignal): Promise<ServiceProcess> {
  const tokenFile = join(stage.folder, "viewer.token");
  await Deno.writeTextFile(tokenFile, stage.tokens.clinician);
  const port = freePort();
  const files = {
    TOKEN_PUBLIC_KEY_FILE: join(stage.folder, "token_public.jwk"),
    DEMO_TOKEN_FILE: tokenFile,
  };
  const task = await taskCommand("viewer", files);
  return await startServiceProcess({
    name: "viewer",
    args: task.args.slice(1),
    env: {
      ...task.env,
      ...files,
      HOST: "127.0.0.1",
      PORT: String(port),
      INGEST_URL: stage.ingestUrl,
      QUERY_URL: stage.queryUrl,
    },
    port,
    logFile: join(stage.folder, "viewer.log"),
  }, signal);
}
