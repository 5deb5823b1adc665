/**
 * What every store of devices' keys must do, memory and PostgreSQL alike.
 *
 * @module
 */

import { deepStrictEqual, ok, strictEqual } from "node:assert/strict";
import type {
  DeviceStore,
  NewDeviceKey,
  StoredDeviceKey,
} from "../../ingest/store/device_store.ts";
import type { Sender } from "../../ingest/store/ingest_store.ts";

/** A store to be tried, and two sites it knows. */
export interface DeviceStoreUnderTest {
  readonly store: DeviceStore;
  readonly siteId: number;
  readonly otherSiteId: number;
  /** How many event rows of a kind there are for a key. */
  countEvents(kind: string, keyId: string): Promise<number>;
}

/** Odd microseconds: a store that rounds to milliseconds loses them. */
const NOW = 1_795_262_400_000_123n;
const bytes = (byteLength: number) => crypto.getRandomValues(new Uint8Array(byteLength));

function senderOf(siteId: number): Sender {
  return { siteId, actor: "admin-1", role: "admin", requestId: crypto.randomUUID() };
}

async function madeCode(
  { store, siteId }: Pick<DeviceStoreUnderTest, "store" | "siteId">,
  deviceId = "amp-1",
): Promise<Uint8Array> {
  const codeDigest = bytes(32);
  await store.putEnrolmentCode(senderOf(siteId), {
    codeDigest,
    deviceId,
    madeAtMicros: NOW,
    expiresAtMicros: NOW + 60_000_000n,
  });
  return codeDigest;
}

function keyOf(codeDigest: Uint8Array, changes: Partial<NewDeviceKey> = {}): NewDeviceKey {
  return {
    codeDigest,
    keyId: bytes(32),
    publicKey: bytes(32),
    proof: bytes(64),
    enrolledAtMicros: NOW + 1n,
    leafSalt: bytes(32),
    deviceLeafSalt: bytes(32),
    ...changes,
  };
}

type Case = (under: DeviceStoreUnderTest) => Promise<void>;

/** Every case by name. A store's own test file runs each. */
export const DEVICE_STORE_CASES: Readonly<Record<string, Case>> = {
  "enrolDeviceKey() takes a key once, and the same again as a repeat": async (under) => {
    const { store, siteId } = under;
    const key = keyOf(await madeCode(under, "amp-7"));
    const first = await store.enrolDeviceKey(senderOf(siteId), key);
    const again = await store.enrolDeviceKey(senderOf(siteId), { ...key, leafSalt: bytes(32) });
    ok(first.outcome === "stored" && again.outcome === "repeated");
    const expected = {
      siteId,
      deviceId: "amp-7",
      keyId: key.keyId,
      publicKey: key.publicKey,
      enrolledAtMicros: NOW + 1n,
      revokedAtMicros: null,
    };
    for (const found of [first.key, again.key, await store.findDeviceKey(siteId, key.keyId)]) {
      const { siteId: _, ...fields } = expected;
      for (const [name, value] of Object.entries(fields)) {
        deepStrictEqual(found?.[name as keyof typeof found], value, name);
      }
    }
    strictEqual(await under.countEvents("key.enrolled", key.keyId.toHex()), 1);
  },

  "enrolDeviceKey() gives a code to one of many keys": async (under) => {
    const { store, siteId } = under;
    const codeDigest = await madeCode(under);
    const keys = Array.from({ length: 8 }, () => keyOf(codeDigest));
    const results = await Promise.all(
      keys.map((key) => store.enrolDeviceKey(senderOf(siteId), key)),
    );
    strictEqual(results.filter(({ outcome }) => outcome === "stored").length, 1);
    strictEqual(results.filter(({ outcome }) => outcome === "refused").length, 7);
  },

  "enrolDeviceKey() refuses codes that are unknown, expired, or of another site": async (under) => {
    const { store, siteId, otherSiteId } = under;
    const refused = { outcome: "refused" };
    const enrol = (site: number, key: NewDeviceKey) => store.enrolDeviceKey(senderOf(site), key);
    deepStrictEqual(await enrol(siteId, keyOf(bytes(32))), refused);
    const code = await madeCode(under);
    const late = keyOf(code, { enrolledAtMicros: NOW + 60_000_000n });
    deepStrictEqual(await enrol(siteId, late), refused);
    deepStrictEqual(await enrol(otherSiteId, keyOf(code)), refused);
    // None of that used it up.
    strictEqual((await enrol(siteId, keyOf(code))).outcome, "stored");
  },

  "enrolDeviceKey() takes a key under one code only": async (under) => {
    const { store, siteId } = under;
    const key = keyOf(await madeCode(under));
    strictEqual((await store.enrolDeviceKey(senderOf(siteId), key)).outcome, "stored");
    const again = { ...key, codeDigest: await madeCode(under) };
    deepStrictEqual(await store.enrolDeviceKey(senderOf(siteId), again), { outcome: "key-taken" });
  },

  "a repeat is a repeat after its code has expired": async (under) => {
    const { store, siteId } = under;
    const key = keyOf(await madeCode(under));
    await store.enrolDeviceKey(senderOf(siteId), key);
    const late = { ...key, enrolledAtMicros: NOW + 90_000_000n };
    strictEqual((await store.enrolDeviceKey(senderOf(siteId), late)).outcome, "repeated");
  },

  "revokeDeviceKey() is for good, and told to its site alone": async (under) => {
    const { store, siteId, otherSiteId } = under;
    const key = keyOf(await madeCode(under));
    await store.enrolDeviceKey(senderOf(siteId), key);
    const revoke = (site: number) =>
      store.revokeDeviceKey(senderOf(site), {
        keyId: key.keyId,
        reason: "lost",
        revokedAtMicros: NOW + 5n,
        leafSalt: bytes(32),
      });
    strictEqual(await store.devicesMustSign(siteId), false, "unless somebody says so");
    strictEqual(await revoke(otherSiteId), "unknown");
    strictEqual(await revoke(siteId), "stored");
    strictEqual(await revoke(siteId), "repeated");
    const isRevoked = async (site: number) =>
      (await store.revokedKeyIds(site)).some((id) => id.toHex() === key.keyId.toHex());
    deepStrictEqual([await isRevoked(siteId), await isRevoked(otherSiteId)], [true, false]);
    strictEqual((await store.findDeviceKey(siteId, key.keyId))?.revokedAtMicros, NOW + 5n);
    strictEqual(await store.findDeviceKey(otherSiteId, key.keyId), undefined);
    const [listed] = await store.listDeviceKeys(siteId, { limit: 2, keyId: key.keyId });
    strictEqual(listed?.revokedAtMicros, NOW + 5n);
    deepStrictEqual(await store.listDeviceKeys(otherSiteId, { limit: 2, keyId: key.keyId }), []);
    strictEqual(await under.countEvents("key.revoked", key.keyId.toHex()), 1);
  },

  "listDeviceKeys() goes through all keys page by page, the newest first, each once": async (
    under,
  ) => {
    const { store, siteId } = under;
    const deviceId = `paged-${bytes(4).toHex()}`;
    const made: { keyId: string; at: bigint }[] = [];
    // Two at each moment: the order among them is by id.
    for (let index = 0; index < 7; index++) {
      const at = NOW + BigInt(index >> 1);
      const key = keyOf(await madeCode(under, deviceId), { enrolledAtMicros: at });
      strictEqual((await store.enrolDeviceKey(senderOf(siteId), key)).outcome, "stored");
      made.push({ keyId: key.keyId.toHex(), at });
    }
    const expected = made.toSorted((a, b) => Number(b.at - a.at) || (a.keyId < b.keyId ? 1 : -1))
      .map(({ keyId }) => keyId);
    for (const limit of [1, 2, 3, 7, 100]) {
      const found: string[] = [];
      let after: StoredDeviceKey | undefined;
      for (;;) {
        const page = await store.listDeviceKeys(siteId, { limit, after, deviceId });
        ok(page.length <= limit);
        found.push(...page.map(({ keyId }) => keyId.toHex()));
        after = page.at(-1);
        if (page.length < limit || after === undefined) break;
      }
      deepStrictEqual(found, expected, `${limit} at a time`);
    }
  },
};
