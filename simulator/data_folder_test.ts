import {
  deepStrictEqual,
  match,
  notStrictEqual,
  ok,
  rejects,
  strictEqual,
} from "node:assert/strict";
import { createTokenVerifier, readJwk } from "@wavekeep/core/crypto";
import {
  dataFolder,
  initialiseDataFolder,
  readCredentials,
  writeCredentials,
} from "./data_folder.ts";
import { LOGIN_ROLES } from "@wavekeep/core/service/login_roles";
import { mintToken, openCredential, siteOfToken } from "./tokens.ts";

async function inFolder(run: (folder: ReturnType<typeof dataFolder>) => Promise<void>) {
  const parent = await Deno.makeTempDir();
  try {
    await run(dataFolder(`${parent}/data`));
  } finally {
    await Deno.remove(parent, { recursive: true });
  }
}

const modeOf = async (path: string) => (await Deno.stat(path)).mode! & 0o777;

Deno.test("initialiseDataFolder() makes a closed folder with random credentials, once", () =>
  inFolder(async (folder) => {
    const made = await initialiseDataFolder(folder, { siteCode: "demo" });
    strictEqual(await modeOf(folder.root), 0o700);
    strictEqual(await modeOf(folder.keys), 0o700);
    strictEqual(await modeOf(folder.credentials), 0o600);
    const secrets = Object.values(made.database).filter((value) => typeof value === "string");
    strictEqual(new Set(secrets).size, LOGIN_ROLES.length + 1);
    deepStrictEqual(await initialiseDataFolder(folder, { siteCode: "other" }), made);
  }));

Deno.test("initialiseDataFolder() gives an older folder the credentials that it lacks, for good", () =>
  inFolder(async (folder) => {
    const made = await initialiseDataFolder(folder, { siteCode: "demo" });
    const { deriver: _, ...older } = made.database;
    await Deno.writeTextFile(folder.credentials, JSON.stringify({ ...made, database: older }));
    const first = await initialiseDataFolder(folder, { siteCode: "demo" });
    strictEqual(first.database.deriver.length, made.database.deriver.length);
    strictEqual(first.database.writer, made.database.writer);
    deepStrictEqual(await initialiseDataFolder(folder, { siteCode: "demo" }), first);
  }));

Deno.test("initialiseDataFolder() publishes the public half of the token key alone", () =>
  inFolder(async (folder) => {
    const { token } = await initialiseDataFolder(folder, { siteCode: "demo" });
    const published = await Deno.readTextFile(folder.publicJwk);
    ok(!published.includes(token.d));
    strictEqual(JSON.parse(published).x, token.x);
  }));

Deno.test("initialiseDataFolder() differs from folder to folder", () =>
  inFolder(async (a) => {
    await inFolder(async (b) => {
      const one = await initialiseDataFolder(a, { siteCode: "demo" });
      const two = await initialiseDataFolder(b, { siteCode: "demo" });
      notStrictEqual(one.token.d, two.token.d);
      notStrictEqual(one.database.writer, two.database.writer);
    });
  }));

Deno.test("readCredentials() refuses a file that others can read, and quotes none of a damaged one", () =>
  inFolder(async (folder) => {
    await initialiseDataFolder(folder, { siteCode: "demo" });
    await Deno.chmod(folder.credentials, 0o644);
    await rejects(readCredentials(folder), /mode is 0644, others can read it/);
    await Deno.writeTextFile(folder.credentials, '{"version":1,"site":"hunter2"}');
    await Deno.chmod(folder.credentials, 0o600);
    await rejects(
      readCredentials(folder),
      (error: Error) =>
        /site, database, token do not fit/.test(error.message) &&
        !error.message.includes("hunter2"),
    );
  }));

Deno.test("mintToken() issues tokens that the published key verifies", () =>
  inFolder(async (folder) => {
    const made = await initialiseDataFolder(folder, { siteCode: "demo" });
    const claims = { role: "device", subject: "device", lifeSeconds: 60 } as const;
    await rejects(mintToken(folder, claims), /site demo has no number yet/);
    await writeCredentials(folder, { ...made, site: { ...made.site, id: 7 } });
    const token = await mintToken(folder, claims);
    strictEqual(siteOfToken(token), 7);
    const verify = await createTokenVerifier(await readJwk(folder.publicJwk));
    const principal = await verify(token);
    deepStrictEqual([principal.siteId, principal.role, principal.subject], [7, "device", "device"]);
  }));

Deno.test("openCredential() prefers the environment, and wants credentials otherwise", () =>
  inFolder(async (folder) => {
    const want = { role: "device", subject: "device" } as const;
    await rejects(
      openCredential(folder, { ...want, environmentToken: undefined }),
      /has no credentials; run start first/,
    );
    const payload = btoa(JSON.stringify({ site: 3 }));
    const token = `h.${payload}.s`;
    const credential = await openCredential(folder, { ...want, environmentToken: token });
    deepStrictEqual([credential.siteId, await credential.token()], [3, token]);
    await rejects(
      openCredential(folder, { ...want, environmentToken: "nonsense" }),
      (error: Error) => !error.message.includes("nonsense"),
    );
    match(folder.run, /run\.json$/);
  }));
