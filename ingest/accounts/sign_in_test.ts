/** Signing in with a password and a code, over HTTP on a real database. */
import { deepStrictEqual, ok, rejects, strictEqual } from "node:assert/strict";
import { ProblemError } from "@wavekeep/core/problem";
import { addressDigest, clientDigest } from "./account_place.ts";
import { ANYWHERE_LATELY_MAX, HERE_LATELY_MAX } from "./lock_out.ts";
import { signInWithCode, signInWithPassword } from "./sign_in.ts";
import { accountsSuite, eventsOf, slugOf, type TestPerson } from "./testing/test_accounts.ts";

/** Of an authenticator. */
const STEP_MS = 30_000;

await accountsSuite("sign_in", (test, { accounts, database }) => {
  const { deps, send } = accounts;

  const passwordStep = (person: Pick<TestPerson, "login" | "password">, from?: string) =>
    send("POST", "/sign-in/password", {
      body: { login: person.login, password: person.password },
      ...(from === undefined ? {} : { from }),
    });
  const codeStep = (ticket: unknown, code: string, from?: string) =>
    send("POST", "/sign-in/totp", {
      body: { ticket, code },
      ...(from === undefined ? {} : { from }),
    });
  test("a password and a code open a session, and both leave their events", async () => {
    const person = await accounts.addPerson({ role: "clinician" });
    const typed = { ...person, login: ` ${person.login.toUpperCase()} ` };
    const first = await passwordStep(typed);
    deepStrictEqual([first.status, first.json["next"]], [200, ["totp", "recovery"]]);
    const { status, json } = await codeStep(first.json["ticket"], person.code());
    strictEqual(status, 200);
    deepStrictEqual(json["person"], {
      "person_id": person.personId,
      login: person.login,
      "display_name": "Somebody Else",
      role: "clinician",
      "site_code": "site-a",
    });
    deepStrictEqual([json["must_enrol"], json["locked"], json["expires_in"]], [false, false, 300]);
    const me = await send("GET", "/me", { token: String(json["access_token"]) });
    deepStrictEqual([me.status, me.json["session_id"]], [200, json["session_id"]]);
    const [event] = await eventsOf(database, person.personId);
    deepStrictEqual(event, {
      kind: "security.sign-in",
      actor: person.personId,
      detail: {
        role: "clinician",
        session: json["session_id"],
        method: "totp",
        from: "198.51.100.0/24",
      },
    });
  });

  test("one answer for a wrong password, no such name, nobody's name, disabled", async () => {
    const person = await accounts.addPerson();
    const answers = [
      await passwordStep({ ...person, password: "wrong password" }),
      await passwordStep({ login: "nobody-here", password: "wrong password" }),
      await passwordStep({ login: "no name at all; drop", password: "wrong password" }),
      await codeStep("no ticket", "123456"),
    ];
    const tellings = answers.map(({ status, json: { instance: _, ...told } }) => [status, told]);
    deepStrictEqual(tellings, Array(4).fill(tellings[0]));
    strictEqual(tellings[0]![0], 401);
    const [failed] = await eventsOf(database, person.personId);
    deepStrictEqual([failed!["kind"], failed!["actor"]], ["security.sign-in-failed", "stranger"]);
  });

  test("a code is good in its own step of time, once, and a step off it is none", async () => {
    const person = await accounts.addPerson();
    const ticket = async () => (await passwordStep(person)).json["ticket"];
    accounts.advance(STEP_MS - deps.nowMs() % STEP_MS);
    const code = person.code();
    accounts.advance(STEP_MS - 1);
    strictEqual((await codeStep(await ticket(), code)).status, 200, "in its last millisecond");
    const again = await codeStep(await ticket(), code);
    deepStrictEqual([again.status, slugOf(again)], [401, "sign-in-refused"]);
    accounts.advance(1);
    const late = person.code();
    accounts.advance(STEP_MS);
    strictEqual((await codeStep(await ticket(), late)).status, 401, "a step late");
    accounts.advance(STEP_MS);
    const early = person.code();
    accounts.advance(-STEP_MS);
    const soon = await codeStep(await ticket(), early);
    deepStrictEqual([soon.status, slugOf(soon)], [401, "sign-in-refused"], "a step early");
    accounts.advance(STEP_MS);
    strictEqual((await codeStep(await ticket(), early)).status, 200, "when its step has come");
    accounts.advance(-STEP_MS);
    strictEqual((await codeStep(await ticket(), person.code())).status, 401, "before a used one");
  });

  test("one code posted many times at once signs in once", async () => {
    const person = await accounts.addPerson();
    const tickets = await Promise.all([passwordStep(person), passwordStep(person)]);
    const code = person.code();
    const answers = await Promise.all(
      tickets.map(({ json }) => codeStep(json["ticket"], code)),
    );
    deepStrictEqual(answers.map(({ status }) => status).sort(), [200, 401]);
  });

  test("a ticket is good once, for five minutes, and for its own step", async () => {
    const person = await accounts.addPerson();
    const { json: { ticket } } = await passwordStep(person);
    strictEqual((await codeStep(ticket, person.code())).status, 200);
    accounts.advance(60_000);
    strictEqual((await codeStep(ticket, person.code())).status, 401, "used");
    const { json: { ticket: old } } = await passwordStep(person);
    accounts.advance(300_000);
    strictEqual((await codeStep(old, person.code())).status, 401, "too old");
    const changed = `${String(old).slice(0, -1)}${String(old).endsWith("A") ? "B" : "A"}`;
    strictEqual((await codeStep(changed, person.code())).status, 401);
  });

  test("a recovery code signs in once, however it is typed", async () => {
    const person = await accounts.addPerson();
    const recover = async (code: string) => {
      const { json: { ticket } } = await passwordStep(person);
      return await send("POST", "/sign-in/recovery", { body: { ticket, code } });
    };
    const [code = ""] = person.recoveryCodes;
    strictEqual((await recover(code.toLowerCase().replaceAll("-", " "))).status, 200);
    strictEqual((await recover(code)).status, 401);
    strictEqual((await recover("0000-0000-0000-0000-0000-0000")).status, 401);
    const { json } = await passwordStep(person);
    deepStrictEqual(json["next"], ["totp", "recovery"], "one is left");
  });

  test("a thousand guesses are not judged, and the owner gets in from where she was", async () => {
    const person = await accounts.addPerson();
    const home = "203.0.113.7";
    await accounts.signIn(person, { from: home });
    // Each from an address of its own, some at once.
    const guess = (place: number) =>
      signInWithPassword(
        accounts.deps,
        { login: person.login, password: `guess ${place}` },
        {
          requestId: "guess",
          client: {
            label: "a program",
            from: undefined,
            clientDigest: clientDigest(accounts.deps.keys, ""),
            addressDigest: addressDigest(accounts.deps.keys, `place ${place}`),
          },
        },
      ).then(() => "let in", (error: ProblemError) => error.slug);
    const slugs: string[] = [];
    while (slugs.length < 1_000) {
      const atOnce = Array.from({ length: 8 }, (_, at) => guess(slugs.length + at));
      slugs.push(...await Promise.all(atOnce));
    }
    // What came to no answer on a busy machine was not judged either.
    const outcomes = new Set(slugs);
    const refused = ["sign-in-refused", "account-locked-out", "sign-in-busy", "store-unavailable"];
    deepStrictEqual([...outcomes].filter((slug) => !refused.includes(slug)), []);
    const judged = slugs.filter((slug) => slug === "sign-in-refused").length;
    ok(judged <= ANYWHERE_LATELY_MAX, `${judged} were judged`);
    const right = await passwordStep(person, "192.0.2.1");
    deepStrictEqual([right.status, slugOf(right)], [429, "account-locked-out"]);
    ok(Number(right.headers.get("retry-after")) > 0);
    const own = await accounts.signIn(person, { from: home });
    strictEqual(own.person.person_id, person.personId);
    const locked = (await eventsOf(database, person.personId)).filter(({ kind }) =>
      kind === "security.locked-out"
    );
    strictEqual(locked.length, 1, "told of once");
  });

  test("a thousand guesses at codes, by who has the password, are not judged either", async () => {
    const person = await accounts.addPerson();
    const home = "203.0.113.17";
    await accounts.signIn(person, { from: home });
    const wrong = person.code() === "000000" ? "000001" : "000000";
    /** Each from an address of its own, with a ticket of its own: a ticket takes five. */
    const guess = async (place: number): Promise<string> => {
      const asked = {
        requestId: "guess",
        client: {
          label: "a program",
          from: undefined,
          clientDigest: clientDigest(deps.keys, ""),
          addressDigest: addressDigest(deps.keys, `another place ${place}`),
        },
      };
      const slugOfError = (error: ProblemError) => error.slug;
      const step = await signInWithPassword(deps, person, asked).catch(slugOfError);
      if (typeof step === "string") return `password: ${step}`;
      const code = { ticket: step.ticket, code: wrong, method: "totp" } as const;
      return `code: ${await signInWithCode(deps, code, asked).then(() => "let in", slugOfError)}`;
    };
    const outcomes: string[] = [];
    while (outcomes.length < 1_000) {
      outcomes.push(
        ...await Promise.all(Array.from({ length: 8 }, (_, at) => guess(outcomes.length + at))),
      );
    }
    deepStrictEqual(outcomes.filter((outcome) => outcome.endsWith("let in")), []);
    const judged = outcomes.filter((outcome) => outcome === "code: sign-in-refused").length;
    ok(judged > 0 && judged <= ANYWHERE_LATELY_MAX, `${judged} were judged`);
    ok(outcomes.filter((outcome) => outcome === "password: account-locked-out").length > 900);
    strictEqual((await accounts.signIn(person, { from: home })).person.person_id, person.personId);
  });

  test("guesses at codes are counted with those at passwords", async () => {
    const person = await accounts.addPerson();
    const from = "203.0.113.8";
    const { json: { ticket } } = await passwordStep(person, from);
    const right = person.code();
    const wrong = right === "000000" ? "000001" : "000000";
    const statuses: number[] = [];
    for (let guess = 0; guess < HERE_LATELY_MAX; guess++) {
      statuses.push((await codeStep(ticket, wrong, from)).status);
    }
    deepStrictEqual(statuses, Array(HERE_LATELY_MAX).fill(401));
    strictEqual((await codeStep(ticket, right, from)).status, 429, "from here");
    strictEqual((await codeStep(ticket, right, "203.0.113.9")).status, 401, "the ticket is spent");
    strictEqual((await passwordStep(person, from)).status, 429);
    accounts.advance(15 * 60_000 + 1_000);
    strictEqual((await passwordStep(person, from)).status, 200);
  });

  test("a name that is nobody's is locked out as any other", async () => {
    const typed = { login: `nobody-${crypto.randomUUID()}`, password: "guess" };
    const statuses: number[] = [];
    for (let guess = 0; guess <= HERE_LATELY_MAX; guess++) {
      statuses.push((await passwordStep(typed, "203.0.113.20")).status);
    }
    deepStrictEqual(statuses, [...Array(HERE_LATELY_MAX).fill(401), 429]);
  });

  test("what was not judged, because too many waited, locks nobody out", async () => {
    const person = await accounts.addPerson();
    const { login, password } = person;
    const hasher = {
      ...accounts.deps.hasher,
      verify: () => Promise.reject(new ProblemError("sign-in-busy")),
    };
    const digest = addressDigest(accounts.deps.keys, "203.0.113.30");
    const client = {
      label: "a program",
      from: undefined,
      clientDigest: digest,
      addressDigest: digest,
    };
    for (let round = 0; round <= HERE_LATELY_MAX; round++) {
      await rejects(
        signInWithPassword({ ...accounts.deps, hasher }, { login, password }, {
          client,
          requestId: "test",
        }),
        { slug: "sign-in-busy" },
      );
    }
    strictEqual((await passwordStep(person, "203.0.113.30")).status, 200);
  });

  test("no name, password, code, ticket or token is in the log", async () => {
    const person = await accounts.addPerson({ login: "canary.login" });
    const wrong = "canary-password-9f";
    await passwordStep({ ...person, password: wrong });
    const tokens = await accounts.signIn(person);
    const secrets = [
      ...[person.login, person.password, wrong, "Somebody", tokens.access_token],
      ...[tokens.refresh_token, "203.0.113"],
    ];
    for (const secret of secrets) {
      ok(accounts.log.every((line) => !line.includes(secret)), secret);
    }
  });
});
