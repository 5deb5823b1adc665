/** Sessions over HTTP on a real database: kept going, copied, ended from another seat. */
import { deepStrictEqual, notStrictEqual, strictEqual } from "node:assert/strict";
import { DEFAULT_ACCOUNTS_LIMITS } from "./deps.ts";
import { inDatabase } from "../../core/testing/test_database.ts";
import { endSessions, GRACE_MS, startSession, tokensOf, useRefreshToken } from "./sessions.ts";
import { findPerson, insertPersonVersion } from "./store/people.ts";
import { insertRevocation } from "./store/revocations.ts";
import { accountsSuite, type Answer, eventsOf, slugOf } from "./testing/test_accounts.ts";

await accountsSuite("sessions", (test, { accounts, database }) => {
  const { send, deps, revocations } = accounts;
  const { siteId } = database;
  const admin = { siteId, actor: "an-admin", role: "admin", requestId: "test" };

  const refresh = (token: unknown, userAgent?: string) =>
    send("POST", "/tokens/refresh", {
      body: { refresh_token: token },
      ...(userAgent === undefined ? {} : { userAgent }),
    });
  const statusOfMe = async (token: unknown) => {
    await revocations.refresh();
    return (await send("GET", "/me", { token: String(token) })).status;
  };
  const checkEnded = (answer: Answer, reason: string) =>
    deepStrictEqual(
      [answer.status, slugOf(answer), answer.json["reason"]],
      [401, "session-ended", reason],
    );

  test("a refresh token is used once, and what follows goes on", async () => {
    const first = await accounts.signIn(await accounts.addPerson());
    const second = await refresh(first.refresh_token);
    strictEqual(second.status, 200);
    notStrictEqual(second.json["refresh_token"], first.refresh_token);
    strictEqual(second.json["session_id"], first.session_id);
    strictEqual(await statusOfMe(second.json["access_token"]), 200);
    accounts.advance(GRACE_MS + 1);
    strictEqual((await refresh(second.json["refresh_token"])).status, 200);
  });

  test("a lost answer can be had again for ten seconds, by the same browser alone", async () => {
    const { refresh_token: token } = await accounts.signIn(await accounts.addPerson());
    const answers = await Promise.all([refresh(token), refresh(token), refresh(token)]);
    deepStrictEqual(answers.map(({ status }) => status), [200, 200, 200]);
    strictEqual(new Set(answers.map(({ json }) => json["refresh_token"])).size, 1, "one chain");
    accounts.advance(GRACE_MS);
    strictEqual((await refresh(token)).status, 200);
    checkEnded(await refresh(token, "Chrome/1 Windows"), "replay");
  });

  test("a refresh token that comes twice ends its session, and no other", async () => {
    const person = await accounts.addPerson();
    const other = await accounts.signIn(person);
    const first = await accounts.signIn(person);
    const { json: second } = await refresh(first.refresh_token);
    accounts.advance(GRACE_MS + 1);
    checkEnded(await refresh(first.refresh_token), "replay");
    checkEnded(await refresh(second["refresh_token"]), "replay");
    strictEqual(await statusOfMe(first.access_token), 401);
    strictEqual(await statusOfMe(second["access_token"]), 401);
    strictEqual(await statusOfMe(other.access_token), 200);
    const replays = (await eventsOf(database, person.personId))
      .filter(({ kind }) => kind === "security.refresh-replay");
    deepStrictEqual(replays.map(({ actor, detail }) => [actor, detail["session"]]), [
      ["stranger", first.session_id],
    ]);
  });

  test("a token whose successor was used is no lost answer", async () => {
    const { refresh_token: token } = await accounts.signIn(await accounts.addPerson());
    const { json } = await refresh(token);
    strictEqual((await refresh(json["refresh_token"])).status, 200);
    checkEnded(await refresh(token), "replay");
  });

  test("a session that nothing is asked in is over, and so is one of twelve hours", async () => {
    const { idleMs, sessionMs } = DEFAULT_ACCOUNTS_LIMITS;
    const person = await accounts.addPerson();
    const idle = await accounts.signIn(person);
    accounts.advance(idleMs);
    checkEnded(await refresh(idle.refresh_token), "idle");
    let { refresh_token: token } = await accounts.signIn(person);
    for (let passed = 0; passed < sessionMs - idleMs; passed += idleMs / 2) {
      accounts.advance(idleMs / 2);
      const { status, json } = await refresh(token);
      strictEqual(status, 200);
      token = String(json["refresh_token"]);
    }
    accounts.advance(idleMs - 60_000);
    const { json } = await refresh(token);
    strictEqual(Number(json["expires_in"]) <= 60, true, "no token outlives its session");
    accounts.advance(60_000);
    checkEnded(await refresh(json["refresh_token"]), "expired");
  });

  test("sessions are seen and ended from another seat", async () => {
    const person = await accounts.addPerson();
    const stranger = await accounts.signIn(await accounts.addPerson());
    const seat = await accounts.signIn(person, {
      userAgent: "Mozilla/5.0 (Windows NT 10.0) AppleWebKit Chrome/1 Safari/1",
      from: "2001:db8:12:3456::9",
    });
    const here = await accounts.signIn(person);
    const { json } = await send("GET", "/me/sessions", { token: here.access_token });
    const sessions = json["sessions"] as Record<string, unknown>[];
    deepStrictEqual(
      sessions.map((session) => [session["session_id"], session["is_current"], session["client"]]),
      [
        [here.session_id, true, "Firefox, Linux"],
        [seat.session_id, false, "Chrome, Windows"],
      ],
    );
    deepStrictEqual(sessions[1]!["address"], "2001:db8:12::/48");
    const end = (sessionId: string) =>
      send("POST", `/me/sessions/${sessionId}/end`, { token: here.access_token });
    deepStrictEqual([(await end(seat.session_id)).status, (await end(seat.session_id)).status], [
      201,
      200,
    ]);
    strictEqual((await end(stranger.session_id)).status, 404, "somebody else's");
    strictEqual(await statusOfMe(seat.access_token), 401);
    checkEnded(await refresh(seat.refresh_token), "ended");
    strictEqual(await statusOfMe(stranger.access_token), 200);
  });

  test("signing out ends the session at once", async () => {
    const tokens = await accounts.signIn(await accounts.addPerson());
    strictEqual((await send("POST", "/me/sign-out", { token: tokens.access_token })).status, 201);
    strictEqual(await statusOfMe(tokens.access_token), 401);
    checkEnded(await refresh(tokens.refresh_token), "signed-out");
  });

  test("who is disabled is out, and who has another role has it with the next token", async () => {
    const person = await accounts.addPerson({ role: "clinician" });
    const tokens = await accounts.signIn(person);
    const become = (role: "auditor" | "clinician", isDisabled: boolean) =>
      deps.store.inSite(admin, async (tx) => {
        const nowMs = deps.nowMs();
        const version = { personId: person.personId, displayName: "Somebody", role, isDisabled };
        await insertPersonVersion(tx, version, nowMs);
        await insertRevocation(tx, { kind: "person", subject: person.personId, nowMs });
      });
    await become("auditor", false);
    strictEqual(await statusOfMe(tokens.access_token), 401);
    const { json } = await refresh(tokens.refresh_token);
    strictEqual((json["person"] as Record<string, unknown>)["role"], "auditor");
    strictEqual(await statusOfMe(json["access_token"]), 200, "in the same second");
    await become("auditor", true);
    strictEqual(await statusOfMe(json["access_token"]), 401);
    checkEnded(await refresh(json["refresh_token"]), "disabled");
    const { login, password } = person;
    const again = await send("POST", "/sign-in/password", { body: { login, password } });
    deepStrictEqual([again.status, slugOf(again)], [401, "sign-in-refused"]);
  });

  test("a token is of the moment before its session was read: who is shut out then stays out", async () => {
    const digest = new Uint8Array(32);
    const client = { label: "test", from: undefined, clientDigest: digest, addressDigest: digest };
    for (const how of ["refresh", "sign-in"] as const) {
      const { personId, ...person } = await accounts.addPerson();
      const { refresh_token: token } = await accounts.signIn({ personId, ...person });
      const open = how === "refresh"
        ? await useRefreshToken(deps, token, { client, requestId: "test" })
        : await deps.store.inSite(
          admin,
          async (tx) =>
            await startSession(deps, tx, (await findPerson(tx, personId))!, {
              method: "passkey",
              client,
            }),
        );
      if ("problem" in open) throw open.problem;
      // In between another role is given, and the second goes by.
      await deps.store.inSite(
        admin,
        (tx) => insertRevocation(tx, { kind: "person", subject: personId, nowMs: deps.nowMs() }),
      );
      accounts.advance(2000);
      strictEqual(await statusOfMe((await tokensOf(deps, open)).access_token), 401, how);
    }
  });

  test("a refresh waits for an end that is under way, and hears of it", async () => {
    const { personId, ...person } = await accounts.addPerson();
    const { refresh_token: token } = await accounts.signIn({ personId, ...person });
    const [isWritten, mayCommit] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
    const ending = deps.store.inSite(admin, async (tx) => {
      await endSessions(deps, tx, personId, { reason: "ended" });
      isWritten.resolve();
      await mayCommit.promise;
    });
    await isWritten.promise;
    // What is made now is of a later second than the revocation.
    accounts.advance(2000);
    let isAnswered = false;
    const refreshing = refresh(token).finally(() => isAnswered = true);
    await inDatabase(database.ownerUrl, async (client) => {
      for (let isWaiting = false; !isWaiting && !isAnswered;) {
        const { rows: [row] } = await client.query(
          `select exists (select from pg_locks join pg_database d on d.oid = database
            where locktype = 'advisory' and not granted and datname = current_database()) as "is"`,
        );
        isWaiting = row.is;
      }
    });
    mayCommit.resolve();
    await ending;
    checkEnded(await refreshing, "ended");
  });

  test("a session whose time is over is not ended once more", async () => {
    const { session_id: sessionId, ...tokens } = await accounts.signIn(await accounts.addPerson());
    accounts.advance(DEFAULT_ACCOUNTS_LIMITS.sessionMs);
    const { refresh_token: token } = tokens;
    const answer = await send("POST", "/sessions/end", { body: { refresh_token: token } });
    deepStrictEqual([answer.status, answer.json["status"]], [200, "repeated"]);
    checkEnded(await send("POST", "/sessions/lock", { body: { refresh_token: token } }), "expired");
    await inDatabase(database.ownerUrl, async (client) => {
      const { rowCount } = await client.query(
        "select from wavekeep.session_end where session_id = $1",
        [sessionId],
      );
      strictEqual(rowCount, 0);
    });
  });

  test("a refresh token is no access token, nor the other way round", async () => {
    const tokens = await accounts.signIn(await accounts.addPerson());
    strictEqual(await statusOfMe(tokens.refresh_token), 401);
    strictEqual((await refresh(tokens.access_token.slice(0, 128))).status, 401);
    strictEqual((await refresh(`${siteId}.${"A".repeat(43)}`)).status, 401);
    strictEqual((await refresh(`4294967296.${"A".repeat(43)}`)).status, 401);
  });
});
