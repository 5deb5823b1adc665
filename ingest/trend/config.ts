/**
 * The environment of the trends process, as one schema.
 *
 * @module
 */

import { secretText } from "@wavekeep/core/service";
import * as z from "zod";

export const TrendsConfig = z.object({
  DERIVER_DATABASE_URL: secretText().describe("PostgreSQL as wavekeep_deriver"),
  KEY_DIR: z.string().min(1).describe("Folder with master.key and the patients' keys"),
  LOG_LEVEL: z.enum(["debug", "info", "warn", "error"]).default("info").describe(
    "Lowest level that is logged",
  ),
});
export type TrendsConfig = z.infer<typeof TrendsConfig>;
