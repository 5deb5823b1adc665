// deno-lint-ignore-file camelcase -- JSON member names of the wire are snake_case
/**
 * Locked seats over HTTP, against a real database.
 *
 * @module
 */

import { deepStrictEqual, ok, strictEqual } from "node:assert/strict";
import { openStage } from "./testing/accounts_stage.ts";
import type { SoftwareAuthenticator } from "./testing/software_authenticator.ts";

Deno.test("a locked seat answers nothing until its own person is back", async (t) => {
  await using stage = await openStage("seat");
  if (stage === undefined) return;
  const ada = await stage.enrolled("ada", "clinician");
  const bob = await stage.enrolled("bob", "clinician");
  let { tokens } = ada;
  const unlock = async (who: SoftwareAuthenticator) => {
    const body = { refresh_token: tokens.refresh_token };
    const { ticket, options } = (await stage.post("/me/unlock/options", body)).json;
    return await stage.post("/me/unlock", { ...body, ticket, response: who.sign(options) });
  };

  await t.step("its tokens are refused, and it gets no other", async () => {
    strictEqual((await stage.post("/me/lock", {}, tokens.access_token)).status, 200);
    await stage.hear();
    strictEqual((await stage.ask("GET", "/me", { token: tokens.access_token })).status, 401);
    for (const _ of [1, 2]) {
      const refreshed = await stage.post("/tokens/refresh", {
        refresh_token: tokens.refresh_token,
      });
      deepStrictEqual([refreshed.status, refreshed.slug], [403, "session-locked"]);
      strictEqual(refreshed.json.login, "ada");
    }
  });

  await t.step("nobody else unlocks it", async () => {
    strictEqual((await unlock(bob.authenticator)).slug, "sign-in-refused");
    // A ticket that is bob's own, and his answer to it, for her session.
    const his = { refresh_token: bob.tokens.refresh_token };
    const { ticket, options } = (await stage.post("/me/unlock/options", his)).json;
    const answer = { ticket, response: bob.authenticator.sign(options) };
    const hers = { refresh_token: tokens.refresh_token, ...answer };
    strictEqual((await stage.post("/me/unlock", hers)).slug, "sign-in-refused");
    const wrong = { refresh_token: tokens.refresh_token, password: "not her password" };
    strictEqual((await stage.post("/me/unlock", wrong)).slug, "sign-in-refused");
    const none = { refresh_token: "1." + "A".repeat(43), password: "x" };
    strictEqual((await stage.post("/me/unlock", none)).slug, "unauthenticated");
  });

  await t.step(
    "its person does, in the very second of the lock, and goes on in the same session",
    async () => {
      const { status, json } = await unlock(ada.authenticator);
      strictEqual(status, 200, JSON.stringify(json));
      strictEqual(json.session_id, tokens.session_id);
      tokens = json;
      await stage.hear();
      strictEqual((await stage.ask("GET", "/me", { token: tokens.access_token })).status, 200);
      const kinds = (await stage.events()).map(({ kind }) => kind);
      ok(kinds.includes("security.session-locked") && kinds.includes("security.session-unlocked"));
    },
  );

  await t.step(
    "it waits for its person longer than an idle session lasts, and ends with the shift",
    async () => {
      strictEqual((await stage.post("/me/lock", {}, tokens.access_token)).status, 200);
      stage.pass(2 * 3_600_000);
      const body = { refresh_token: tokens.refresh_token };
      strictEqual((await stage.post("/tokens/refresh", body)).slug, "session-locked");
      const { status, json } = await unlock(ada.authenticator);
      strictEqual(status, 200, JSON.stringify(json));
      tokens = json;
      const other = (await stage.signIn(bob.authenticator)).json;
      strictEqual((await stage.post("/me/lock", {}, other.access_token)).status, 200);
      stage.pass(12 * 3_600_000);
      const late = { refresh_token: other.refresh_token };
      strictEqual((await stage.post("/tokens/refresh", late)).slug, "session-ended");
      tokens = (await stage.signIn(ada.authenticator)).json;
    },
  );

  await t.step("the password unlocks as well, and a wrong one is counted", async () => {
    const password = "a horse, a battery and a staple";
    const made = await stage.post("/me/password", { password }, tokens.access_token);
    strictEqual(made.status, 201, JSON.stringify(made.json));
    strictEqual((await stage.post("/me/lock", {}, tokens.access_token)).status, 200);
    const wrong = { refresh_token: tokens.refresh_token, password: "another horse and staple" };
    strictEqual((await stage.post("/me/unlock", wrong)).slug, "sign-in-refused");
    const failed = (await stage.events("security.sign-in-failed")).at(-1);
    strictEqual(failed?.detail["method"], "unlock");
    const right = await stage.post("/me/unlock", { ...wrong, password });
    strictEqual(right.status, 200, JSON.stringify(right.json));
    tokens = right.json;
  });

  await t.step("the password alone is no fresh sign-in, a passkey is one", async () => {
    stage.pass(10 * 60_000 + 1);
    const password = "a horse, a battery and a staple";
    const body = { refresh_token: tokens.refresh_token, password };
    const right = await stage.post("/me/unlock", body);
    strictEqual(right.status, 200, JSON.stringify(right.json));
    tokens = right.json;
    const change = (path: string) => stage.post(path, {}, tokens.access_token);
    const paths = ["/me/passkeys/options", "/me/totp", "/me/recovery-codes"];
    for (const path of paths) strictEqual((await change(path)).slug, "sign-in-too-old", path);
    const remove = `/me/passkeys/${ada.passkeyId}/remove`;
    strictEqual((await change(remove)).slug, "sign-in-too-old");
    tokens = (await unlock(ada.authenticator)).json;
    strictEqual((await change("/me/passkeys/options")).status, 200);
  });

  await t.step("a refresh token locks its session and ends it, also a locked one", async () => {
    const { refresh_token } = tokens;
    for (const _ of [1, 2]) {
      const locked = await stage.post("/sessions/lock", { refresh_token });
      strictEqual(locked.status, 200, JSON.stringify(locked.json));
    }
    await stage.hear();
    strictEqual((await stage.ask("GET", "/me", { token: tokens.access_token })).status, 401);
    strictEqual((await stage.post("/tokens/refresh", { refresh_token })).slug, "session-locked");
    const ends = [await stage.post("/sessions/end", { refresh_token })];
    ends.push(await stage.post("/sessions/end", { refresh_token }));
    deepStrictEqual(ends.map(({ status }) => status), [201, 200]);
    strictEqual((await unlock(ada.authenticator)).slug, "session-ended");
    strictEqual((await stage.post("/sessions/lock", { refresh_token })).slug, "session-ended");
    const [last] = (await stage.events("security.sign-out")).slice(-1);
    deepStrictEqual([last?.actor, last?.detail["session"]], [
      tokens.person.person_id,
      tokens.session_id,
    ]);
    for (const path of ["/sessions/end", "/sessions/lock"]) {
      const none = await stage.post(path, { refresh_token: "1." + "A".repeat(43) });
      deepStrictEqual([none.status, none.slug], [401, "unauthenticated"]);
    }
    tokens = (await stage.signIn(ada.authenticator)).json;
  });

  await t.step("locking twice is locking once", async () => {
    const first = await stage.post("/me/lock", {}, tokens.access_token);
    const again = await stage.post("/me/lock", {}, tokens.access_token);
    deepStrictEqual([first.status, again.slug], [200, "session-locked"]);
    strictEqual((await unlock(ada.authenticator)).status, 200);
  });
});
