import { deepStrictEqual, notStrictEqual, strictEqual } from "node:assert/strict";
import { contentIdentity } from "./content_identity.ts";

const PLACE = { siteId: 1, patientId: "P", recordingId: "R", key: `${"ab".repeat(32)}/0` };

Deno.test("contentIdentity() is the same for the same stretch of the same file", () => {
  deepStrictEqual(contentIdentity(PLACE), contentIdentity({ ...PLACE }));
  strictEqual(contentIdentity(PLACE).id.length, 32);
  strictEqual(contentIdentity(PLACE).salt.length, 64);
});

Deno.test("contentIdentity() differs between sites, patients, recordings and stretches", () => {
  const { id, salt } = contentIdentity(PLACE);
  const others = [
    { ...PLACE, siteId: 2 },
    { ...PLACE, patientId: "Q" },
    { ...PLACE, recordingId: "S" },
    { ...PLACE, patientId: "PR", recordingId: "" },
    { ...PLACE, key: `${"ab".repeat(32)}/10` },
  ];
  for (const other of others) {
    notStrictEqual(contentIdentity(other).id, id);
    notStrictEqual(contentIdentity(other).salt, salt);
  }
});
