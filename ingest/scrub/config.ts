/**
 * The environment of the scrub process, as one schema.
 *
 * @module
 */

import { secretText } from "@wavekeep/core/service";
import * as z from "zod";

export const ScrubConfig = z.object({
  SCRUBBER_DATABASE_URL: secretText().describe("PostgreSQL as wavekeep_scrubber"),
  KEY_DIR: z.string().min(1).describe("Folder with master.key and the patients' keys"),
  SCRUB_RATE: z.coerce.number().positive().default(500).describe("Chunks a second at most"),
  SCRUB_AGAIN_DAYS: z.coerce.number().positive().default(7).describe(
    "What was checked is left alone for so many days",
  ),
  LOG_LEVEL: z.enum(["debug", "info", "warn", "error"]).default("info").describe(
    "Lowest level that is logged",
  ),
});
export type ScrubConfig = z.infer<typeof ScrubConfig>;
