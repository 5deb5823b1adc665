/** Enrolment statements and one-time codes: set in stone. @module */

import { deepStrictEqual, strictEqual } from "node:assert/strict";
import { createHash } from "node:crypto";
import { sha256 } from "../testing/golden_chunks.ts";
import {
  encodeEnrolment,
  enrolmentCode,
  enrolmentCodeDigest,
  enrolmentSignatureMessage,
  normalEnrolmentCode,
} from "./device_key.ts";

const CODE = "7-00000-12345-ABCDE-ZZZZZ";

Deno.test("enrolmentSignatureMessage() is what FORMAT.md says, by an independent calculation", () => {
  const codeDigest = enrolmentCodeDigest(CODE, sha256);
  deepStrictEqual(
    codeDigest.toHex(),
    createHash("sha256").update(`wavekeep/enrolment-code/v1\0${CODE}`).digest("hex"),
  );
  const publicKey = new Uint8Array(32).fill(3);
  const enrolment = { siteId: 7, codeDigest, publicKey };
  strictEqual(
    encodeEnrolment(enrolment).toHex(),
    `07000000${codeDigest.toHex()}${publicKey.toHex()}`,
  );
  const digest = createHash("sha256").update("wavekeep/enrolment/v1\0")
    .update(encodeEnrolment(enrolment)).digest();
  strictEqual(
    enrolmentSignatureMessage(enrolment, sha256).toHex(),
    `${new TextEncoder().encode("wavekeep/enrolment-sig/v1\0").toHex()}${digest.toString("hex")}`,
  );
});

Deno.test("normalEnrolmentCode() forgives how a code is typed, and nothing else", () => {
  const good = { siteId: 7, code: CODE };
  deepStrictEqual(normalEnrolmentCode(CODE), good);
  deepStrictEqual(normalEnrolmentCode(" 7-ooooo-i2345-abcde-zzzzz\n"), good);
  deepStrictEqual(normalEnrolmentCode("7-0000012345ABCDEZZZZZ"), good);
  for (
    const typed of [
      "",
      "7",
      "0-00000-12345-ABCDE-ZZZZZ",
      "7-00000-12345-ABCDE-ZZZZ",
      CODE + "Z",
      "7-00000-12345-ABCDE-UUUUU",
      "99999999999-00000-12345-ABCDE-ZZZZZ",
      "4294967295-00000-12345-ABCDE-ZZZZZ",
    ]
  ) {
    strictEqual(normalEnrolmentCode(typed), undefined, typed);
  }
  const random = Uint8Array.from({ length: 20 }, (_, i) => 13 * i);
  const made = enrolmentCode(12, random);
  deepStrictEqual(normalEnrolmentCode(made), { siteId: 12, code: made });
});
