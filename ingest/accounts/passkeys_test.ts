/**
 * Passkeys over HTTP, against a real database and an authenticator that lies.
 *
 * @module
 */

import { deepStrictEqual, ok, strictEqual } from "node:assert/strict";
import { enrol, openStage, ORIGIN } from "./testing/accounts_stage.ts";
import { type Lies, SoftwareAuthenticator } from "./testing/software_authenticator.ts";

Deno.test("passkeys: a person signs in without a name, and every lie is refused alike", async (t) => {
  await using stage = await openStage("passkeys");
  if (stage === undefined) return;
  const ada = await stage.enrolled("ada", "clinician");
  const bob = await stage.enrolled("bob", "technologist");
  const begin = async () => (await stage.post("/sign-in/passkey/options", {})).json;

  await t.step("signs in, and the session is of that person", async () => {
    const { status, json } = await stage.signIn(ada.authenticator);
    strictEqual(status, 200, JSON.stringify(json));
    strictEqual(json.person.login, "ada");
    strictEqual(json.must_enrol, false);
    const me = await stage.ask("GET", "/me", { token: json.access_token });
    strictEqual(me.json.session_id, json.session_id);
    const [last] = (await stage.events("security.sign-in")).slice(-1);
    strictEqual(last!.detail["method"], "passkey");
  });

  const lies: [string, Lies, string][] = [
    ["another page", { origin: "https://evil.test" }, "passkey-origin"],
    ["another relying party", { rpId: "evil.test" }, "passkey-relying-party"],
    ["another challenge", { challenge: "A".repeat(43) }, "passkey-challenge"],
    ["no verified user", { isVerified: false }, "passkey-user-verification"],
    ["a changed signature", { isTampered: true }, "passkey-signature"],
    ["a framed page", { crossOrigin: true }, "passkey-framed"],
  ];
  let refused: unknown;
  for (const [what, lie, reason] of lies) {
    await t.step(`refuses ${what}, and says the same as ever`, async () => {
      const { ticket, options } = await begin();
      const response = ada.authenticator.sign(options, lie);
      const answer = await stage.post("/sign-in/passkey", { ticket, response });
      deepStrictEqual([answer.status, answer.slug], [401, "sign-in-refused"]);
      const { instance: _, ...document } = answer.json;
      refused ??= document;
      deepStrictEqual(document, refused);
      const [event] = (await stage.events("security.sign-in-failed")).slice(-1);
      strictEqual(event!.detail["reason"], reason);
      strictEqual(event!.detail["person"], ada.tokens.person.person_id);
    });
  }

  await t.step("refuses a challenge that was answered, right or wrong", async () => {
    for (const first of [{}, { isTampered: true }]) {
      const { ticket, options } = await begin();
      await stage.post("/sign-in/passkey", {
        ticket,
        response: ada.authenticator.sign(options, first),
      });
      const response = ada.authenticator.sign(options);
      const again = await stage.post("/sign-in/passkey", { ticket, response });
      strictEqual(again.slug, "sign-in-refused");
      const [event] = (await stage.events("security.sign-in-failed")).slice(-1);
      strictEqual(event!.detail["reason"], "passkey-challenge");
    }
  });

  await t.step("refuses the very bytes of an answer that was taken", async () => {
    const { ticket, options } = await begin();
    const body = { ticket, response: ada.authenticator.sign(options) };
    const answers = await Promise.all([
      stage.post("/sign-in/passkey", body),
      stage.post("/sign-in/passkey", body),
    ]);
    deepStrictEqual(answers.map(({ status }) => status).sort(), [200, 401]);
  });

  await t.step("refuses a ticket that is too old, or of another kind", async () => {
    const { ticket, options } = await begin();
    stage.pass(300_000);
    const response = ada.authenticator.sign(options);
    strictEqual((await stage.post("/sign-in/passkey", { ticket, response })).status, 401);
    const fresh = await stage.signIn(ada.authenticator);
    const token = fresh.json.access_token;
    const registration = (await stage.post("/me/passkeys/options", {}, token)).json;
    const signed = ada.authenticator.sign({
      ...registration.options,
      rpId: "eeg.hospital.example",
    });
    const other = { ticket: registration.ticket, response: signed };
    strictEqual((await stage.post("/sign-in/passkey", other)).status, 401);
  });

  await t.step("refuses another person's credential, and a person who is not there", async () => {
    const handle = (options: { user: { id: string } }) => options.user.id;
    const fresh = await stage.signIn(bob.authenticator);
    const asked = (await stage.post("/me/passkeys/options", {}, fresh.json.access_token)).json;
    for (const userHandle of [handle(asked.options), "AAAA", "A".repeat(27)]) {
      const { ticket, options } = await begin();
      const response = ada.authenticator.sign(options, { userHandle });
      strictEqual(
        (await stage.post("/sign-in/passkey", { ticket, response })).slug,
        "sign-in-refused",
      );
    }
  });

  await t.step("refuses a counter that does not grow, and tells of it", async () => {
    strictEqual((await stage.signIn(bob.authenticator)).status, 200);
    for (const counter of [1, 2]) {
      const { ticket, options } = await begin();
      const response = bob.authenticator.sign(options, { counter });
      strictEqual((await stage.post("/sign-in/passkey", { ticket, response })).status, 401);
    }
    const failed = (await stage.events("security.sign-in-failed"))
      .filter(({ detail }) => detail["reason"] === "passkey-counter");
    strictEqual(failed.length, 2);
    // The one that was not copied goes on.
    strictEqual((await stage.signIn(bob.authenticator)).status, 200);
  });

  await t.step("a key that does not count signs in again and again", async () => {
    const { json: session } = await stage.signIn(ada.authenticator);
    const synced = new SoftwareAuthenticator(ORIGIN, { counts: false, algorithm: "ed25519" });
    strictEqual((await enrol(stage, synced, session)).status, 201);
    strictEqual((await stage.signIn(synced)).status, 200);
    strictEqual((await stage.signIn(synced)).status, 200);
  });

  await t.step("nothing that was signed or sealed is in the log", () => {
    const text = stage.log.join("\n");
    ok(text.includes("passkey refused"));
    for (const secret of [ada.authenticator.credentialId, "evil.test", ada.tokens.refresh_token]) {
      ok(!text.includes(secret));
    }
  });
});

Deno.test("passkeys: several of a person, registered by their owner alone, and taken away", async (t) => {
  await using stage = await openStage("passkeys-own");
  if (stage === undefined) return;
  const ada = await stage.enrolled("ada", "clinician");
  const bob = await stage.enrolled("bob", "technologist");
  const { json: session } = await stage.signIn(ada.authenticator);
  const token: string = session.access_token;
  const second = new SoftwareAuthenticator(ORIGIN);
  let secondId: string;

  await t.step("a ticket is of one session, and good once", async () => {
    const { ticket, options } = (await stage.post("/me/passkeys/options", {}, token)).json;
    deepStrictEqual(
      options.excludeCredentials.map(({ id }: { id: string }) => id),
      [ada.authenticator.credentialId],
    );
    const body = { ticket, response: second.register(options), name: "phone" };
    const bobs = await stage.post("/me/passkeys", body, bob.tokens.access_token);
    deepStrictEqual([bobs.slug, bobs.json.reason], ["credential-refused", "ticket"]);
    const made = await stage.post("/me/passkeys", body, token);
    deepStrictEqual([made.status, made.json.name], [201, "phone"]);
    secondId = made.json.passkey_id;
    const again = await stage.post("/me/passkeys", body, token);
    deepStrictEqual([again.slug, again.json.reason], ["credential-refused", "challenge"]);
  });

  await t.step("lies are refused in a registration, too", async () => {
    const lies: Lies[] = [{ origin: "https://evil.test" }, { rpId: "evil.test" }, {
      isVerified: false,
    }];
    for (const lie of lies) {
      const { ticket, options } = (await stage.post("/me/passkeys/options", {}, token)).json;
      const response = new SoftwareAuthenticator(ORIGIN).register(options, lie);
      const answer = await stage.post("/me/passkeys", { ticket, response, name: "x" }, token);
      strictEqual(answer.slug, "credential-refused");
    }
  });

  await t.step("a credential that is somebody's is nobody else's", async () => {
    const { ticket, options } =
      (await stage.post("/me/passkeys/options", {}, bob.tokens.access_token))
        .json;
    const response = second.registerAgain(options);
    const answer = await stage.post(
      "/me/passkeys",
      { ticket, response, name: "x" },
      bob.tokens.access_token,
    );
    deepStrictEqual([answer.slug, answer.json.reason], ["credential-refused", "credential"]);
  });

  await t.step(
    "taking one away ends the sessions that began with it, and not this one",
    async () => {
      const lost = await stage.signIn(second);
      const path = `/me/passkeys/${secondId}/remove`;
      strictEqual((await stage.post(path, {}, bob.tokens.access_token)).status, 404);
      strictEqual((await stage.post(path, {}, token)).status, 201);
      await stage.hear();
      strictEqual((await stage.ask("GET", "/me", { token: lost.json.access_token })).status, 401);
      strictEqual((await stage.ask("GET", "/me", { token })).status, 200);
      strictEqual((await stage.signIn(second)).status, 401);
    },
  );

  await t.step("the last one stays, and an old sign-in takes none away", async () => {
    const path = `/me/passkeys/${ada.passkeyId}/remove`;
    strictEqual((await stage.post(path, {}, token)).slug, "last-credential");
    stage.pass(10 * 60_000 + 1);
    const { json } = await stage.post("/tokens/refresh", { refresh_token: session.refresh_token });
    strictEqual((await stage.post(path, {}, json.access_token)).slug, "sign-in-too-old");
    const options = await stage.post("/me/passkeys/options", {}, json.access_token);
    strictEqual(options.slug, "sign-in-too-old");
  });
});
