import { match, strictEqual, throws } from "node:assert/strict";
import { scramVerifier } from "./scram.ts";

Deno.test("scramVerifier() computes what PostgreSQL stores", () => {
  // Computed with Python's hashlib and hmac after RFC 5802: salt 0…15, 4096 rounds.
  const salt = Uint8Array.from({ length: 16 }, (_, index) => index);
  strictEqual(
    scramVerifier("pencil", salt),
    "SCRAM-SHA-256$4096:AAECAwQFBgcICQoLDA0ODw==$" +
      "zHCdol2044/ZyWzPLi7oxApCkamKw9Z+E4U/QApd/5Y=:dd5peBOitVnLNFu7VmwP+HiDaaw4OUCv396eVCWhYiE=",
  );
});

Deno.test("scramVerifier() takes a fresh salt each time", () => {
  match(scramVerifier("pencil"), /^SCRAM-SHA-256\$4096:[\w+/]{22}==\$[\w+/]{43}=:[\w+/]{43}=$/);
  strictEqual(scramVerifier("pencil") === scramVerifier("pencil"), false);
});

Deno.test("scramVerifier() refuses what two SASLprep implementations could disagree about", () => {
  for (const password of ["", "caf\u00e9", "tab\t", "\u2168"]) {
    throws(() => scramVerifier(password), RangeError);
  }
});
