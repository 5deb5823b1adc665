/** Codes and keys in PostgreSQL: the contract, the leaves, and a signed segment from end to end. @module */

import { deepStrictEqual, ok, strictEqual } from "node:assert/strict";
import { deviceKeyId, encodeEnrolment, recordingReference } from "@wavekeep/core/chunk";
import { nodeSha256 } from "@wavekeep/core/crypto";
import { decodeLeafContent } from "@wavekeep/core/log";
import { createLogger, openPool } from "@wavekeep/core/service";
import type pg from "pg";
import { DEVICE_STORE_CASES } from "../../../core/testing/device_store_conformance.ts";
import {
  createTestDatabase,
  inDatabase,
  type TestDatabase,
} from "../../../core/testing/test_database.ts";
import { concatBytes } from "@wavekeep/core/bytes";
import { PATIENT, RECORDING } from "../../testing/fixtures.ts";
import { signedApp, testKey } from "../../testing/signed_device.ts";
import { send, startTestApp } from "../../testing/test_app.ts";
import { postgresDeviceStore } from "./device_keys.ts";
import { postgresStore } from "./store.ts";

const database = await createTestDatabase("device_keys");
const logger = createLogger({ service: "test", write: () => {} });

async function withPool(
  { writerUrl }: TestDatabase,
  check: (pool: pg.Pool) => Promise<void>,
): Promise<void> {
  const pool = openPool(writerUrl, { role: "wavekeep_writer", max: 8, logger });
  try {
    await check(pool);
  } finally {
    await pool.end();
  }
}

async function rowsOf<Row extends pg.QueryResultRow>(
  { ownerUrl }: TestDatabase,
  sql: string,
  values: unknown[] = [],
): Promise<Row[]> {
  return await inDatabase(ownerUrl, async (client) => (await client.query<Row>(sql, values)).rows);
}

if (database !== undefined) {
  const { siteId, otherSiteId } = database;
  for (const [name, check] of Object.entries(DEVICE_STORE_CASES)) {
    Deno.test(`postgresDeviceStore: ${name}`, () =>
      withPool(database, (pool) =>
        check({
          store: postgresDeviceStore(pool),
          siteId,
          otherSiteId,
          countEvents: async (kind, keyId) => {
            const rows = await rowsOf(
              database,
              "select from wavekeep.event where kind = $1 and detail->>'key_id' = $2",
              [kind, keyId],
            );
            return rows.length;
          },
        })));
  }

  Deno.test("a run under an enrolled key: policy, keys and leaves as the rows have them", () =>
    withPool(database, async (pool) => {
      const key = testKey(40);
      const test = startTestApp({
        store: postgresStore(pool),
        deviceStore: postgresDeviceStore(pool),
        siteId,
      });
      const fixture = await signedApp(test, "run", key);
      const body = concatBytes(...fixture.run(0, 3, [2]));
      const { json } = await send(test.app, "POST", "/ingest", { body });
      deepStrictEqual(
        (json["results"] as { status: number }[]).map(({ status }) => status),
        [201, 201, 201],
      );
      const chunks = await rowsOf<{ sequence: number; keyId: Uint8Array | null }>(
        database,
        `select sequence, key_id as "keyId" from wavekeep.chunk order by sequence`,
      );
      // Of the signed one; the others are covered by it.
      deepStrictEqual(chunks.map(({ keyId }) => keyId && new Uint8Array(keyId).toHex()), [
        null,
        null,
        key.keyId.toHex(),
      ]);
      const [segment] = await rowsOf<{ policy: number; signature: Uint8Array }>(
        database,
        `select signature_policy as "policy", signature from wavekeep.segment`,
      );
      deepStrictEqual([segment!.policy, segment!.signature.byteLength], [2, 64]);
      // A process that knows nothing yet finds the key with the segment.
      const found = await postgresStore(pool).findSegment(siteId, fixture.segmentId);
      deepStrictEqual(found?.segment.signing, {
        policy: "run",
        keyId: key.keyId,
        publicKey: key.publicKey,
      });
      deepStrictEqual(
        found?.recording.reference,
        recordingReference(PATIENT, RECORDING, nodeSha256),
      );
    }));

  Deno.test("the leaf of an enrolment can be recomputed from the key's row", () =>
    withPool(database, async () => {
      const [row] = await rowsOf<Record<string, Uint8Array>>(
        database,
        `select k.key_id, k.public_key, k.code_digest, k.proof, e.leaf_content, e.leaf_salt, e.leaf_entry
          from wavekeep.device_key k
          join wavekeep.event e on e.detail->>'key_id' = encode(k.key_id, 'hex')
            and e.kind = 'key.enrolled'
          where k.public_key = $1`,
        [testKey(40).publicKey],
      );
      const plain = (name: string) => new Uint8Array(row![name]!);
      const content = decodeLeafContent(plain("leaf_content"));
      ok(content.type === "key");
      const publicKey = plain("public_key");
      strictEqual(content.number, 0);
      deepStrictEqual(content.id, plain("key_id").slice(0, 16));
      deepStrictEqual(content.contentDigest, deviceKeyId(publicKey, nodeSha256));
      const statement = encodeEnrolment({ siteId, codeDigest: plain("code_digest"), publicKey });
      deepStrictEqual(
        content.storedDigest,
        nodeSha256(concatBytes(statement, plain("proof"))),
      );
      strictEqual(plain("leaf_salt").byteLength, 32);
      strictEqual(plain("leaf_entry").byteLength, 56);
    }));

  Deno.test("postgresDeviceStore: its database is removed", () => database.drop());
}
