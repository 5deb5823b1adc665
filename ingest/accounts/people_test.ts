// deno-lint-ignore-file camelcase -- JSON member names of the wire are snake_case
/**
 * People over HTTP, against a real database: made, invited, given a role, shut out, let in.
 *
 * @module
 */

import { deepStrictEqual, notStrictEqual, ok, rejects, strictEqual } from "node:assert/strict";
import { inDatabase } from "../../core/testing/test_database.ts";
import { invite, type Invited } from "./invite.ts";
import { type Answer, enrol, openStage, ORIGIN } from "./testing/accounts_stage.ts";
import { SoftwareAuthenticator } from "./testing/software_authenticator.ts";

Deno.test("people: made, invited, given a role, shut out, let in; each with who and when", async (t) => {
  await using stage = await openStage("people");
  if (stage === undefined) return;
  const admin = await stage.enrolled("root", "admin");
  const auditor = await stage.enrolled("eye", "auditor");
  const token = admin.tokens.access_token;
  const login = "cleo@hospital.example";
  const made = await stage.post("/people", {
    login,
    display_name: "Cleo Ü.",
    role: "technologist",
  }, token);
  const id: string = made.json.person_id;
  let cleo: Answer;

  await t.step("a person is made once, and waits for the invitation", async () => {
    deepStrictEqual([made.status, made.json.state, made.json.role], [
      201,
      "invited",
      "technologist",
    ]);
    const again = await stage.post("/people", { login, display_name: "C", role: "admin" }, token);
    deepStrictEqual([again.slug, again.json.errors[0].pointer], ["person-conflict", "/body/login"]);
    const more = { login: "x", display_name: "X", role: "admin", is_disabled: false };
    strictEqual((await stage.post("/people", more, token)).slug, "validation");
    const { people } =
      (await stage.ask("GET", "/people?search=CLEO&state=invited", { token })).json;
    deepStrictEqual(people.map(({ person_id }: { person_id: string }) => person_id), [id]);
    const first = (await stage.ask("GET", "/people?limit=1", { token })).json;
    deepStrictEqual([first.people.length, first.next], [1, login]);
    const rest = (await stage.ask("GET", `/people?after=${first.next}`, { token })).json;
    deepStrictEqual(rest.people.map((each: { login: string }) => each.login), ["eye", "root"]);
  });

  await t.step(
    "the newest link lets them in, once, to make credentials and nothing else",
    async () => {
      const link = async () =>
        (await stage.post(`/people/${id}/links`, { kind: "invitation" }, token)).json.url_token;
      const older = await link();
      stage.pass(1);
      const newer = await link();
      notStrictEqual(older, newer);
      const looked = await stage.post("/links/look", { token: newer });
      deepStrictEqual([looked.json.login, looked.json.kind], [login, "invitation"]);
      const bad = [older, "1.short", `${stage.database.otherSiteId}${newer.slice(1)}`];
      for (const text of bad) {
        for (const path of ["/links/look", "/links/redeem"]) {
          const { status, slug } = await stage.post(path, { token: text });
          deepStrictEqual([status, slug], [410, "link-invalid"]);
        }
      }
      // Connections for both, so that neither waits for one while the other is through.
      await Promise.all([1, 2, 3].map(() => stage.post("/links/look", { token: newer })));
      const [one, two] = await Promise.all([
        stage.post("/links/redeem", { token: newer }),
        stage.post("/links/redeem", { token: newer }),
      ]);
      deepStrictEqual([one.status, two.status].sort(), [200, 410]);
      const { json: tokens } = one.status === 200 ? one : two;
      strictEqual(tokens.must_enrol, true);
      strictEqual((await stage.ask("GET", "/people", { token: tokens.access_token })).status, 403);
      const device = new SoftwareAuthenticator(ORIGIN);
      strictEqual((await enrol(stage, device, tokens)).status, 201);
      cleo = await stage.post("/tokens/refresh", { refresh_token: tokens.refresh_token });
      strictEqual(cleo.json.must_enrol, false);
      cleo = await stage.signIn(device);
      const invited = await stage.post(`/people/${id}/links`, { kind: "invitation" }, token);
      strictEqual(invited.slug, "link-refused");
    },
  );

  await t.step(
    "a role counts at once: tokens from before are refused, a refresh has the new one",
    async () => {
      const changed = await stage.post(`/people/${id}/role`, { role: "clinician" }, token);
      strictEqual(changed.json.role, "clinician");
      await stage.hear();
      strictEqual((await stage.ask("GET", "/me", { token: cleo.json.access_token })).status, 401);
      cleo = await stage.post("/tokens/refresh", { refresh_token: cleo.json.refresh_token });
      strictEqual(cleo.json.person.role, "clinician");
      strictEqual((await stage.ask("GET", "/me", { token: cleo.json.access_token })).status, 200);
    },
  );

  await t.step("who is shut out has no session, no sign-in and no link any more", async () => {
    const spare =
      (await stage.post(`/people/${id}/links`, { kind: "reset" }, token)).json.url_token;
    const { json } = await stage.post(`/people/${id}/disable`, {}, token);
    strictEqual(json.state, "disabled");
    await stage.hear();
    strictEqual((await stage.ask("GET", "/me", { token: cleo.json.access_token })).status, 401);
    const refreshed = await stage.post("/tokens/refresh", {
      refresh_token: cleo.json.refresh_token,
    });
    strictEqual(refreshed.slug, "session-ended");
    strictEqual((await stage.post("/links/look", { token: spare })).slug, "link-invalid");
    strictEqual(
      (await stage.post(`/people/${id}/links`, { kind: "reset" }, token)).slug,
      "link-refused",
    );
    strictEqual((await stage.post(`/people/${id}/enable`, {}, token)).json.state, "active");
  });

  await t.step("every change is a version and an event, by whom", async () => {
    const { versions } = (await stage.ask("GET", `/people/${id}`, { token })).json;
    deepStrictEqual(
      versions.map((each: { role: string; is_disabled: boolean }) => [each.role, each.is_disabled]),
      [["clinician", false], ["clinician", true], ["clinician", false], ["technologist", false]],
    );
    const by = admin.tokens.person.person_id;
    ok(versions.every((each: { by: string }) => each.by === by));
    const about = (await stage.events()).filter(({ detail }) => detail?.["person"] === id);
    deepStrictEqual(
      about.filter(({ actor }) => actor === by).map(({ kind }) => kind.slice("security.".length)),
      [
        ...["person-added", "link-made", "link-made", "role-changed"],
        // The session that began with the first link, and the one that was open.
        ...["session-ended", "link-made", "person-disabled", "session-ended", "person-enabled"],
      ],
    );
  });

  await t.step("the operator's command invites who is new, and resets who is lost", async () => {
    const { siteId, otherSiteId } = stage.database;
    const ask = (who: Partial<Invited>, at = siteId) =>
      invite(stage.deps, at, { login, role: "admin", kind: "invitation", ...who });
    strictEqual(await ask({}), undefined, "she can sign in already");
    ok(await ask({ kind: "reset", role: undefined }));
    await rejects(ask({}, otherSiteId), { slug: "person-conflict" });
    await rejects(ask({ login: "nobody", kind: "reset", role: undefined }), { slug: "not-found" });
    const [made] = (await stage.events("security.link-made")).slice(-1);
    deepStrictEqual([made!.actor, made!.detail["reason"]], ["operator", "reset"]);
  });

  await t.step("nobody changes their own account, and an auditor changes nobody", async () => {
    const own = admin.tokens.person.person_id;
    for (
      const [path, body] of [
        ["role", { role: "clinician" }],
        ["disable", {}],
        ["links", { kind: "reset" }],
      ] as const
    ) {
      strictEqual((await stage.post(`/people/${own}/${path}`, body, token)).slug, "own-account");
    }
    const eye = auditor.tokens.access_token;
    strictEqual((await stage.ask("GET", `/people/${id}`, { token: eye })).status, 200);
    strictEqual((await stage.post(`/people/${id}/disable`, {}, eye)).status, 403);
  });

  await t.step("a site tells rules, limits and counts", async () => {
    const { json } = await stage.ask("GET", "/site", { token });
    const people = { invited: 0, active: 3, disabled: 0 };
    deepStrictEqual(json.counts, { people, api_keys: 0, devices: 0 });
    strictEqual(json.limits.access_token_seconds, 300);
  });

  await t.step("of two administrators who take each other's role away one stays", async () => {
    const other = await stage.enrolled("root2", "admin");
    const ids = [admin, other].map(({ tokens }) => tokens.person.person_id);
    const demote = (by: typeof admin, whom: string) =>
      stage.post(`/people/${whom}/role`, { role: "clinician" }, by.tokens.access_token);
    const answers = await Promise.all([demote(admin, ids[1]!), demote(other, ids[0]!)]);
    const slugs = answers.map(({ slug }) => slug ?? "done").sort();
    deepStrictEqual(slugs, ["done", "last-administrator"]);
    const { rows: [row] } = await inDatabase(stage.database.ownerUrl, (client) =>
      client.query(
        `select count(*)::int as "count" from wavekeep.person p where
          (select role from wavekeep.person_version v where v.person_id = p.person_id
            order by change_no desc limit 1) = 'admin'`,
      ));
    strictEqual(row.count, 1);
  });
});
