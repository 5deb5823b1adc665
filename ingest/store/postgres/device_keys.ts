/**
 * One-time codes, devices' keys and revocations.
 *
 * Each write is one transaction with its event row, whose leaf goes into the log.
 *
 * @module
 */

import { formatHex } from "@wavekeep/core/bytes";
import { prepared } from "@wavekeep/core/service";
import type pg from "pg";
import { formatInstant } from "../../instant.ts";
import { deviceLeaf, enrolmentLeaf, revocationLeaf } from "../../key_leaf.ts";
import type {
  DeviceStore,
  EnrolmentResult,
  NewDeviceKey,
  NewRevocation,
  StoredDeviceKey,
} from "../device_store.ts";
import type { Sender } from "../ingest_store.ts";
import { insertEvent } from "./events.ts";
import { bytes, microsOf } from "./rows.ts";
import { inTransaction } from "./transaction.ts";

interface KeyRow extends Omit<StoredDeviceKey, "enrolledAtMicros" | "revokedAtMicros"> {
  readonly codeDigest: Uint8Array;
  readonly enrolledAtMicros: string;
  readonly revokedAtMicros: string | null;
}

const SELECT_KEYS = `
  select k.site_id as "siteId", k.device_id as "deviceId", k.key_id as "keyId",
      k.public_key as "publicKey", k.code_digest as "codeDigest",
      ${microsOf("k.enrolled_at")} as "enrolledAtMicros",
      ${microsOf("r.revoked_at")} as "revokedAtMicros"
    from wavekeep.device_key k left join wavekeep.device_key_revocation r using (site_id, key_id)`;

/** @param pool Connections of role `wavekeep_writer`. */
export function postgresDeviceStore(pool: pg.Pool): DeviceStore {
  const read = async (siteId: number, where: string, values: unknown[]) => {
    const { rows } = await inTransaction(
      pool,
      siteId,
      (client) => prepared<KeyRow>(client, `${SELECT_KEYS} ${where}`, values),
    );
    return rows.map(toKey);
  };
  return {
    putEnrolmentCode: (sender, code) =>
      inTransaction(pool, sender.siteId, async (client) => {
        await client.query(
          `insert into wavekeep.enrolment_code
             (code_digest, site_id, device_id, actor, made_at, expires_at)
           values ($1, $2, $3, $4, $5, $6)`,
          [
            code.codeDigest,
            sender.siteId,
            code.deviceId,
            sender.actor,
            formatInstant(code.madeAtMicros),
            formatInstant(code.expiresAtMicros),
          ],
        );
        const detail = { "device_id": code.deviceId };
        await insertEvent(client, sender, { kind: "enrolment-code.made", detail });
      }),
    enrolDeviceKey: (sender, key) =>
      inTransaction(pool, sender.siteId, (client) => enrol(client, sender, key)),
    findDeviceKey: async (siteId, keyId) =>
      (await read(siteId, "where k.site_id = $1 and k.key_id = $2", [siteId, keyId]))[0],
    listDeviceKeys: (siteId, { limit, after, deviceId, keyId }) =>
      // The keys of a site are some thousands, found by their primary key and sorted in memory.
      read(
        siteId,
        `where k.site_id = $1 and ($2::timestamptz is null or (k.enrolled_at, k.key_id) < ($2, $3))
            and ($4::text is null or k.device_id = $4) and ($5::bytea is null or k.key_id = $5)
          order by k.enrolled_at desc, k.key_id desc limit $6`,
        [
          siteId,
          after === undefined ? null : formatInstant(after.enrolledAtMicros),
          after?.keyId ?? null,
          deviceId ?? null,
          keyId ?? null,
          limit,
        ],
      ),
    devicesMustSign: (siteId) =>
      inTransaction(pool, siteId, async (client) => {
        const { rows: [rule] } = await prepared<{ devicesMustSign: boolean }>(
          client,
          `select devices_must_sign as "devicesMustSign" from wavekeep.site_rule
            where site_id = $1 order by version desc limit 1`,
          [siteId],
        );
        return rule?.devicesMustSign ?? false;
      }),
    revokedKeyIds: (siteId) =>
      inTransaction(pool, siteId, async (client) => {
        const { rows } = await prepared<{ keyId: Uint8Array }>(
          client,
          `select key_id as "keyId" from wavekeep.device_key_revocation where site_id = $1`,
          [siteId],
        );
        return rows.map(({ keyId }) => bytes(keyId));
      }),
    revokeDeviceKey: (sender, revocation) =>
      inTransaction(pool, sender.siteId, (client) => revoke(client, sender, revocation)),
  };
}

async function enrol(
  client: pg.PoolClient,
  sender: Sender,
  key: NewDeviceKey,
): Promise<EnrolmentResult> {
  const { siteId } = sender;
  const { rows: [code] } = await client.query<{ deviceId: string; isGood: boolean }>(
    `select device_id as "deviceId", expires_at > $3 as "isGood"
      from wavekeep.enrolment_code where code_digest = $1 and site_id = $2`,
    [key.codeDigest, siteId, formatInstant(key.enrolledAtMicros)],
  );
  if (code === undefined) return { outcome: "refused" };
  // Two unique constraints, and a repeat may meet either: what is there says which.
  const { rowCount } = await client.query(
    `insert into wavekeep.device_key
       (site_id, key_id, device_id, public_key, code_digest, proof, enrolled_at)
     select $1, $2, $3, $4, $5, $6, $7 where $8 on conflict do nothing`,
    [
      siteId,
      key.keyId,
      code.deviceId,
      key.publicKey,
      key.codeDigest,
      key.proof,
      formatInstant(key.enrolledAtMicros),
      code.isGood,
    ],
  );
  const { rows } = await client.query<KeyRow>(
    `${SELECT_KEYS} where k.site_id = $1 and (k.key_id = $2 or k.code_digest = $3)`,
    [siteId, key.keyId, key.codeDigest],
  );
  const same = rows.find((row) =>
    formatHex(bytes(row.keyId)) === formatHex(key.keyId) &&
    formatHex(bytes(row.codeDigest)) === formatHex(key.codeDigest)
  );
  if (same === undefined) {
    const isTaken = code.isGood &&
      rows.every((row) => formatHex(bytes(row.codeDigest)) !== formatHex(key.codeDigest));
    return { outcome: isTaken ? "key-taken" : "refused" };
  }
  if (rowCount !== 1) return { outcome: "repeated", key: toKey(same) };
  const { deviceId } = code;
  const detail = { "device_id": deviceId, "key_id": formatHex(key.keyId) };
  const named = { ...sender, actor: deviceId };
  const leaf = enrolmentLeaf(siteId, key);
  await insertEvent(client, named, { kind: "key.enrolled", detail, leaf });
  await insertEvent(client, named, {
    kind: "key.named",
    detail,
    leaf: deviceLeaf(siteId, key, { deviceId, leafSalt: key.deviceLeafSalt }),
  });
  return { outcome: "stored", key: toKey(same) };
}

async function revoke(
  client: pg.PoolClient,
  sender: Sender,
  revocation: NewRevocation,
): Promise<"stored" | "repeated" | "unknown"> {
  const { siteId, actor } = sender;
  const { keyId, reason, revokedAtMicros } = revocation;
  const { rows: [key] } = await client.query<{ deviceId: string }>(
    `select device_id as "deviceId" from wavekeep.device_key where site_id = $1 and key_id = $2`,
    [siteId, keyId],
  );
  if (key === undefined) return "unknown";
  const { rowCount } = await client.query(
    `insert into wavekeep.device_key_revocation (site_id, key_id, reason, actor, revoked_at)
     values ($1, $2, $3, $4, $5) on conflict do nothing`,
    [siteId, keyId, reason, actor, formatInstant(revokedAtMicros)],
  );
  if (rowCount !== 1) return "repeated";
  await insertEvent(client, sender, {
    kind: "key.revoked",
    detail: { "device_id": key.deviceId, "key_id": formatHex(keyId) },
    leaf: revocationLeaf(siteId, revocation),
  });
  return "stored";
}

function toKey(row: KeyRow): StoredDeviceKey {
  return {
    siteId: row.siteId,
    deviceId: row.deviceId,
    keyId: bytes(row.keyId),
    publicKey: bytes(row.publicKey),
    enrolledAtMicros: BigInt(row.enrolledAtMicros),
    revokedAtMicros: row.revokedAtMicros === null ? null : BigInt(row.revokedAtMicros),
  };
}
