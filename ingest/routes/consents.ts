/**
 * What a patient allows: `GET` and `POST /patients/:patient_id/consent`.
 *
 * @module
 */

import { Code } from "@wavekeep/core/recording";
import { mayDo } from "@wavekeep/core/service";
import { ConsentRequest } from "@wavekeep/core/wire";
import { Hono } from "hono";
import * as z from "zod";
import type { IngestDeps } from "../deps.ts";
import { readConsent, recordConsent } from "../record_consent.ts";
import { readJson, readPath, senderOf } from "./request.ts";

/** Path parameters that name a patient. */
export const PatientPath = z.object({ "patient_id": Code });

/** A few words and a sentence. */
const CONSENT_BYTES_MAX = 4_096;

export function consentRoutes(deps: IngestDeps): Hono {
  const app = new Hono();
  const small = { limits: { ...deps.limits, bodyBytesMax: CONSENT_BYTES_MAX } };
  app.get("/patients/:patient_id/consent", async (c) => {
    const { patient_id: code } = readPath(c, PatientPath);
    const withReasons = mayDo(c.get("principal").role, "consents:write");
    return c.json(await readConsent(deps, senderOf(c), code, { withReasons }), 200, NO_STORE);
  });
  app.post("/patients/:patient_id/consent", async (c) => {
    const { patient_id: code } = readPath(c, PatientPath);
    const request = await readJson(c, small, ConsentRequest);
    return c.json(await recordConsent(deps, senderOf(c), code, request), 201, NO_STORE);
  });
  return app;
}

const NO_STORE = { "Cache-Control": "private, no-store" };
