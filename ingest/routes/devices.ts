/**
 * Devices' keys: codes, enrolment, revocation.
 *
 * Enrolling is the one write without a token: the one-time code is the credential.
 *
 * @module
 */

import { ProblemError } from "@wavekeep/core/problem";
import {
  DeviceKeysQuery,
  EnrolKeyRequest,
  EnrolmentCodeRequest,
  RevokeKeyRequest,
} from "@wavekeep/core/wire";
import { Hono } from "hono";
import type { IngestDeps } from "../deps.ts";
import { enrolKey, listDeviceKeys, makeEnrolmentCode, revokeKey } from "../enrol_device.ts";
import { KeyPath, readJson, readPath, readQuery, senderOf } from "./request.ts";

/** A code, a key and a proof: some hundred bytes. A larger body is refused before it is read. */
const ENROLMENT_BYTES_MAX = 4_096;
/** Bodies of enrolments that may be under way: a few hundred at a time. */
export const ENROLMENT_LIMITS = {
  bodyBytesMax: ENROLMENT_BYTES_MAX,
  inFlightBytesMax: 256 * ENROLMENT_BYTES_MAX,
};
/** Anybody may ask, so nobody gets at more than a few connections of the pool this way. */
const ENROLMENTS_AT_ONCE = 4;

export function deviceRoutes(deps: IngestDeps): Hono {
  const app = new Hono();
  let enrolling = 0;
  const small = { limits: { ...deps.limits, bodyBytesMax: ENROLMENT_BYTES_MAX } };
  app.post("/devices/codes", async (c) => {
    const request = await readJson(c, small, EnrolmentCodeRequest);
    return c.json(await makeEnrolmentCode(deps, senderOf(c), request), 201);
  });
  app.post("/devices/enrol", async (c) => {
    const request = await readJson(c, small, EnrolKeyRequest);
    if (enrolling >= ENROLMENTS_AT_ONCE) {
      throw new ProblemError("too-many-requests", { retryAfterSeconds: 1 });
    }
    enrolling++;
    try {
      const { isNew, response } = await enrolKey(deps, c.get("requestId"), request);
      return c.json(response, isNew ? 201 : 200);
    } finally {
      enrolling--;
    }
  });
  app.get("/devices/keys", async (c) => {
    return c.json(await listDeviceKeys(deps, senderOf(c), readQuery(c, DeviceKeysQuery)));
  });
  app.post("/devices/keys/:key_id/revoke", async (c) => {
    const { key_id: keyId } = readPath(c, KeyPath);
    const request = await readJson(c, small, RevokeKeyRequest);
    const done = await revokeKey(deps, senderOf(c), keyId, request);
    return c.json(done, done.status === "stored" ? 201 : 200);
  });
  return app;
}
