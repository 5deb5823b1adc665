/**
 * Resets over HTTP, against a real database; invitations are in people_test.ts.
 *
 * @module
 */

import { deepStrictEqual, ok, strictEqual } from "node:assert/strict";
import { Secret, TOTP } from "otpauth";
import { invite } from "./invite.ts";
import { enrol, openStage, ORIGIN } from "./testing/accounts_stage.ts";
import { SoftwareAuthenticator } from "./testing/software_authenticator.ts";

Deno.test("links: a reset ends every session at once, and the old credentials with the first new one", async () => {
  await using stage = await openStage("reset");
  if (stage === undefined) return;
  const admin = await stage.enrolled("root", "admin");
  const { tokens, authenticator } = await stage.enrolled("ada", "clinician");
  const path = `/people/${tokens.person.person_id}/links`;
  const reset = async () =>
    (await stage.post(path, { kind: "reset" }, admin.tokens.access_token)).json.url_token;

  const tooOld = await reset();
  stage.pass(3_600_000);
  strictEqual((await stage.post("/links/redeem", { token: tooOld })).slug, "link-invalid");

  const before = (await stage.signIn(authenticator)).json;
  const { json } = await stage.signIn(admin.authenticator);
  const link = (await stage.post(path, { kind: "reset" }, json.access_token)).json.url_token;
  const enrolling = (await stage.post("/links/redeem", { token: link })).json;
  strictEqual(enrolling.must_enrol, true);
  await stage.hear();
  strictEqual((await stage.ask("GET", "/me", { token: before.access_token })).status, 401);
  strictEqual((await stage.signIn(authenticator)).status, 200, "nothing was taken away yet");

  const asked = await stage.post("/me/passkeys/options", {}, enrolling.access_token);
  deepStrictEqual(asked.json.options.excludeCredentials, [], "the device may be the old one");
  const fresh = new SoftwareAuthenticator(ORIGIN);
  strictEqual((await enrol(stage, fresh, enrolling)).status, 201);
  strictEqual((await stage.signIn(authenticator)).status, 401);
  const { status, json: after } = await stage.signIn(fresh);
  strictEqual(status, 200);
  const { sessions } = (await stage.ask("GET", "/me/sessions", { token: after.access_token })).json;
  ok(sessions.some(({ method }: { method: string }) => method === "reset"));
  const kinds = (await stage.events()).map(({ kind }) => kind);
  ok(kinds.includes("security.link-used") && kinds.includes("security.credential-removed"));
});

Deno.test("links: a reset with a password ends the old credentials once it has its second factor", async () => {
  await using stage = await openStage("reset-totp");
  if (stage === undefined) return;
  const { authenticator } = await stage.enrolled("ada", "clinician");
  const person = { login: "ada", role: undefined };
  const link = await invite(stage.deps, stage.database.siteId, { ...person, kind: "reset" });
  const enrolling = (await stage.post("/links/redeem", { token: link!.text })).json;
  const token = enrolling.access_token;
  const password = "a horse, a battery and a staple";
  strictEqual((await stage.post("/me/password", { password }, token)).status, 201);
  strictEqual((await stage.signIn(authenticator)).status, 200, "half of it takes nothing away");
  const { secret } = (await stage.post("/me/totp", {}, token)).json;
  const code = new TOTP({ secret: Secret.fromBase32(secret) }).generate({
    timestamp: stage.deps.nowMs(),
  });
  strictEqual((await stage.post("/me/totp/confirm", { code }, token)).status, 201);
  strictEqual((await stage.signIn(authenticator)).status, 401);
  const { json } = await stage.post("/tokens/refresh", { refresh_token: enrolling.refresh_token });
  const own = await stage.ask("GET", "/me/credentials", { token: json.access_token });
  deepStrictEqual([own.json.passkeys, own.json.has_password, own.json.has_totp], [[], true, true]);
});
