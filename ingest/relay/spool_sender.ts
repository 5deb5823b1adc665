/**
 * A sender as the spool keeps it.
 *
 * @module
 */

import type { SpoolSender } from "@wavekeep/core/spool";
import type { Sender } from "../store/ingest_store.ts";

export function spoolSender({ siteId, actor, keyId }: Sender): SpoolSender {
  return { siteId, subject: actor, keyId: keyId ?? null };
}
