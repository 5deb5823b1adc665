/** What people sign in with, changed by themselves, over HTTP on a real database. */
import { deepStrictEqual, match, ok, strictEqual } from "node:assert/strict";
import { Secret, TOTP } from "otpauth";
import { RECENT_MS } from "./own_session.ts";
import { startSession, tokensOf } from "./sessions.ts";
import { findPerson } from "./store/people.ts";
import { accountsSuite, eventsOf, slugOf } from "./testing/test_accounts.ts";

await accountsSuite("own_credentials", (test, { accounts, database }) => {
  const { send, deps } = accounts;
  const digest = new Uint8Array(32);
  const client = { label: "test", from: undefined, clientDigest: digest, addressDigest: digest };

  /** As whoever has just followed a link. */
  const invited = async () => {
    const person = await accounts.addPerson();
    const caller = { siteId: database.siteId, actor: "link", role: "none", requestId: "test" };
    const opened = await deps.store.inSite(caller, async (tx) => {
      const found = (await findPerson(tx, person.personId))!;
      return await startSession(deps, tx, found, { method: "invitation", client });
    });
    return { person, tokens: await tokensOf(deps, opened) };
  };
  const post = (path: string, token: string, body: unknown = {}) =>
    send("POST", path, { token, body });
  const codeOf = (secret: unknown) =>
    new TOTP({ secret: Secret.fromBase32(String(secret)) }).generate({ timestamp: deps.nowMs() });

  test("who came by a link makes a password and an authenticator, and is in", async () => {
    const { tokens: { access_token: token, refresh_token: chain, must_enrol: must } } =
      await invited();
    strictEqual(must, true);
    const password = "seven grey herons wait";
    const misfit = await post("/me/password", token, { password: "short" });
    deepStrictEqual([misfit.status, slugOf(misfit)], [422, "validation"]);
    match(JSON.stringify(misfit.json["errors"]), /12 signs.*\/body\/password/);
    strictEqual((await post("/me/password", token, { password })).status, 201);
    const { json: { secret, uri } } = await post("/me/totp", token);
    match(String(uri), /^otpauth:\/\/totp\/Wavekeep:.*secret=/);
    strictEqual((await post("/me/totp/confirm", token, { code: "000" })).status, 422);
    strictEqual((await send("GET", "/me", { token })).json["must_enrol"], true);
    strictEqual((await post("/me/totp/confirm", token, { code: codeOf(secret) })).status, 201);
    strictEqual((await send("GET", "/me", { token })).json["must_enrol"], false);
    const { json } = await send("POST", "/tokens/refresh", { body: { refresh_token: chain } });
    strictEqual(json["must_enrol"], false);
    const { json: { codes } } = await post("/me/recovery-codes", token);
    strictEqual(new Set(codes as string[]).size, 10);
    for (const code of codes as string[]) {
      match(code, /^([0-9A-HJKMNP-TV-Z]{4}-){5}[0-9A-HJKMNP-TV-Z]{4}$/);
    }
    const { json: has } = await send("GET", "/me/credentials", { token });
    deepStrictEqual(has, {
      passkeys: [],
      has_password: true,
      has_totp: true,
      recovery_codes_left: 10,
    });
  });

  test("a new authenticator takes the place of the one before, new codes that of the old", async () => {
    const person = await accounts.addPerson();
    const { access_token: token } = await accounts.signIn(person);
    const { json: { secret } } = await post("/me/totp", token);
    accounts.advance(30_000);
    strictEqual((await post("/me/totp/confirm", token, { code: codeOf(secret) })).status, 201);
    await post("/me/recovery-codes", token);
    accounts.advance(30_000);
    const step = async (path: string, code: string) => {
      const { login, password } = person;
      const { json: { ticket } } = await send("POST", "/sign-in/password", {
        body: { login, password },
      });
      return (await send("POST", path, { body: { ticket, code } })).status;
    };
    strictEqual(await step("/sign-in/totp", person.code()), 401);
    strictEqual(await step("/sign-in/recovery", person.recoveryCodes[0]!), 401);
    strictEqual(await step("/sign-in/totp", codeOf(secret)), 200);
    const kinds = (await eventsOf(database, person.personId)).map(({ kind, detail }) =>
      `${kind} ${detail["method"]}`
    );
    ok(kinds.includes("security.credential-removed totp"));
    ok(kinds.includes("security.credential-added recovery-codes"));
  });

  test("a password of any length to 128 and any signs is kept as it was typed", async () => {
    const person = await accounts.addPerson();
    const { access_token: token } = await accounts.signIn(person);
    let current = person.password;
    const set = async (password: string) => {
      const { status } = await post("/me/password", token, {
        password,
        "current_password": current,
      });
      if (status === 201) current = password;
      return status;
    };
    const opens = async (password: string) => {
      const body = { login: person.login, password };
      return (await send("POST", "/sign-in/password", { body })).status === 200;
    };
    const long = ` ${"Ein Satz, länger als 72 Bytes: жёлтый дрозд, 黄色い鳥, ".repeat(2)}end `;
    ok(new TextEncoder().encode(long).length > 128);
    strictEqual(await set(long), 201);
    strictEqual(await opens(long), true);
    strictEqual(await opens(long.trim()), false, "nothing is cut off its ends");
    strictEqual(await opens(long.slice(0, -2)), false, "nor off its end alone");
    strictEqual(await opens(long.toLowerCase()), false, "letters stay what they are");
    strictEqual(await set("only small letters and blanks"), 201);
    strictEqual(await set("83729105847362"), 201, "digits alone");
    for (const password of ["password12345678", `${person.login}-2026`, "Somebody Else 1"]) {
      strictEqual(await set(password), 422, password);
    }
  });

  test("a seat that was left is not enough to change anything", async () => {
    const person = await accounts.addPerson();
    const { access_token: token, refresh_token: chain } = await accounts.signIn(person);
    accounts.advance(RECENT_MS + 1);
    const { json: { access_token: fresh } } = await send("POST", "/tokens/refresh", {
      body: { refresh_token: chain },
    });
    strictEqual((await send("GET", "/me", { token })).status, 401, "expired");
    for (
      const [path, body] of [
        ["/me/password", { password: "seven grey herons wait" }],
        ["/me/totp", {}],
        ["/me/totp/confirm", { code: "123456" }],
        ["/me/recovery-codes", {}],
      ] as const
    ) {
      const answer = await post(path, String(fresh), body);
      deepStrictEqual([answer.status, slugOf(answer)], [403, "sign-in-too-old"], path);
    }
    // The current password is enough for a new one, and for nothing else.
    const passwords = { password: "seven grey herons wait", "current_password": person.password };
    strictEqual((await post("/me/password", String(fresh), passwords)).status, 201);
    const answer = await post("/me/recovery-codes", String(fresh));
    deepStrictEqual([answer.status, slugOf(answer)], [403, "sign-in-too-old"]);
  });

  test("whoever has a password changes it with that one, however fresh their sign-in is", async () => {
    const person = await accounts.addPerson();
    const { access_token: token } = await accounts.signIn(person);
    const password = "seven grey herons wait";
    const bare = await post("/me/password", token, { password });
    deepStrictEqual([bare.status, slugOf(bare)], [422, "validation"]);
    match(JSON.stringify(bare.json["errors"]), /\/body\/current_password/);
    const asked = { password, "current_password": "not the one" };
    strictEqual((await post("/me/password", token, asked)).status, 401);
    await accounts.signIn(person);
    const both = { password, "current_password": person.password };
    strictEqual((await post("/me/password", token, both)).status, 201);
  });

  test("the current password stands for a fresh sign-in, and a new one ends other seats", async () => {
    const person = await accounts.addPerson();
    const other = await accounts.signIn(person);
    accounts.advance(RECENT_MS + 1);
    const { access_token: token } = await accounts.signIn(person);
    accounts.advance(RECENT_MS / 4);
    const password = "seven grey herons wait";
    const change = (current: string) =>
      post("/me/password", token, { password, "current_password": current });
    const wrong = await change("not the one");
    deepStrictEqual([wrong.status, slugOf(wrong)], [401, "sign-in-refused"]);
    strictEqual((await change(person.password)).status, 201);
    const { status, json } = await send("POST", "/tokens/refresh", {
      body: { refresh_token: other.refresh_token },
    });
    deepStrictEqual([status, json["reason"]], [401, "credentials-changed"]);
    await accounts.signIn({ ...person, password });
  });
});
