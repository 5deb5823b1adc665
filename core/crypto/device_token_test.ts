import { rejects, strictEqual } from "node:assert/strict";
import { base64url } from "jose";
import type { Principal } from "../service/access.ts";
import { byTokenKind } from "./device_token.ts";

function tokenOf(header: Record<string, string>): string {
  return `${base64url.encode(new TextEncoder().encode(JSON.stringify(header)))}.e30.AA`;
}

const DEVICE = tokenOf({ kid: "a", typ: "wavekeep-device+jwt", alg: "EdDSA" });
const ISSUED = tokenOf({ alg: "EdDSA", typ: "JWT" });

/** Verifiers that say which of them was asked. */
function verifiers() {
  const asked: string[] = [];
  const verifier = (subject: string) => (token: string): Promise<Principal> => {
    asked.push(subject);
    if (token.endsWith("bad")) return Promise.reject(new Error(`refused by ${subject}`));
    return Promise.resolve({ subject, siteId: 1, role: "device", tokenId: "1", expiresAt: 0 });
  };
  return { asked, verify: byTokenKind({ own: verifier("own"), issued: verifier("issued") }) };
}

Deno.test("byTokenKind() asks who verifies tokens of the kind, the first time and later", async () => {
  const { asked, verify } = verifiers();
  for (let time = 0; time < 3; time++) {
    strictEqual((await verify(DEVICE)).subject, "own");
    strictEqual((await verify(ISSUED)).subject, "issued");
  }
  // Asked each time: a key may have been revoked since.
  strictEqual(asked.length, 6);
});

Deno.test("byTokenKind() hands on a refusal, each time", async () => {
  const { verify } = verifiers();
  for (let time = 0; time < 2; time++) {
    await rejects(verify(`${DEVICE}bad`), /refused by own/);
    await rejects(verify(`${ISSUED}bad`), /refused by issued/);
    await rejects(verify("no token at all, bad"), /refused by issued/);
  }
});
