/**
 * Resets over HTTP, against a real database; invitations are in people_test.ts.
 *
 * @module
 */

import { deepStrictEqual, ok, strictEqual } from "node:assert/strict";
import { Secret, TOTP } from "otpauth";
import { invite } from "./invite.ts";
import { startSession } from "./sessions.ts";
import { findPerson } from "./store/people.ts";
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
  // Links of one moment have no order.
  stage.pass(1);
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

Deno.test("links: of the sessions by a person's links the newest goes on, and none of them resets twice", async (t) => {
  await using stage = await openStage("links-again");
  if (stage === undefined) return;
  const { deps, database: { siteId } } = stage;
  const link = async (kind: "invitation" | "reset") => {
    // Links of one moment have no order.
    stage.pass(1);
    return (await invite(deps, siteId, { login: "ada", role: "clinician", kind }))!.text;
  };
  const redeem = async (token: string) => (await stage.post("/links/redeem", { token })).json;
  const checkOver = async (tokens: { access_token: string; refresh_token: string }) => {
    await stage.hear();
    const token = tokens.access_token;
    strictEqual((await stage.ask("GET", "/me", { token })).status, 401);
    strictEqual((await stage.post("/me/passkeys/options", {}, token)).status, 401);
    const refreshed = await stage.post("/tokens/refresh", { refresh_token: tokens.refresh_token });
    deepStrictEqual([refreshed.slug, refreshed.json.reason], ["session-ended", "link-replaced"]);
  };
  const ada = new SoftwareAuthenticator(ORIGIN);

  await t.step("a second invitation ends the session of the first", async () => {
    const first = await redeem(await link("invitation"));
    const second = await link("invitation");
    await checkOver(first);
    // One that its link's successor did not find: it began while that one was being made.
    const caller = { siteId, actor: "link", role: "none", requestId: "test" };
    const client = {
      label: "test",
      from: undefined,
      clientDigest: new Uint8Array(32),
      addressDigest: new Uint8Array(32),
    };
    const late = await deps.store.inSite(caller, async (tx) => {
      const person = (await findPerson(tx, first.person.person_id))!;
      return await startSession(deps, tx, person, { method: "invitation", client });
    });
    const tokens = await redeem(second);
    const refreshed = await stage.post("/tokens/refresh", { refresh_token: late.refreshToken });
    strictEqual(refreshed.slug, "session-ended");
    strictEqual((await enrol(stage, ada, tokens)).status, 201);
  });

  await t.step("a reset that was finished takes nothing away that came after it", async () => {
    const abandoned = await redeem(await link("reset"));
    const other = await link("reset");
    await checkOver(abandoned);
    const reset = await redeem(other);
    const fresh = new SoftwareAuthenticator(ORIGIN);
    strictEqual((await enrol(stage, fresh, reset)).status, 201);
    const elsewhere = new SoftwareAuthenticator(ORIGIN);
    const { json } = await stage.signIn(fresh);
    strictEqual((await enrol(stage, elsewhere, json)).status, 201);
    const { json: again } = await stage.post("/tokens/refresh", {
      refresh_token: reset.refresh_token,
    });
    strictEqual((await enrol(stage, new SoftwareAuthenticator(ORIGIN), again)).status, 201);
    strictEqual((await stage.signIn(elsewhere)).status, 200);
    strictEqual((await stage.signIn(ada)).status, 401);
  });
});
