import { deepStrictEqual, doesNotMatch, rejects, strictEqual } from "node:assert/strict";
import * as z from "zod";
import { createLogger } from "./json_log.ts";
import { isLoopbackHost } from "./loopback.ts";
import { ConfigError, environmentNames, parseConfig } from "./parse_config.ts";
import { Secret, secretText } from "./secret.ts";
import { findWeakSecrets, requireStrongSecrets } from "./weak_secrets.ts";

const STRONG = "postgres://wavekeep_writer:Yw7Rk0pZ4sXnQ2vB9tLc@db.example/wavekeep";

async function checkWeak(secret: string, reason: RegExp | undefined): Promise<void> {
  const found = await findWeakSecrets({ "DATABASE_URL": new Secret(secret) });
  strictEqual(found.length, reason === undefined ? 0 : 1, `${secret}: ${found[0]?.reason}`);
  if (reason !== undefined) strictEqual(reason.test(found[0]!.reason), true, found[0]!.reason);
}

Deno.test("findWeakSecrets() names what anybody would guess, and never says it", async () => {
  await checkWeak(STRONG, undefined);
  await checkWeak("postgres://wavekeep_writer:wavekeep_writer@db/wavekeep", /name of its role/);
  await checkWeak("postgres://wavekeep_writer:Wavekeep-Writer1@db/wavekeep", /name of its role/);
  await checkWeak("postgres://wavekeep_writer:change-me@db/wavekeep", /examples/);
  await checkWeak("postgres://wavekeep_writer:Password123!@db/wavekeep", /examples/);
  await checkWeak("postgres://wavekeep_writer:Yw7Rk0p@db/wavekeep", /fewer than 12/);
  await checkWeak("postgres://wavekeep_writer:abababababababab@db/wavekeep", /repeats/);
  await checkWeak("postgres://wavekeep_writer:change-me@a:5432,b:5432/wavekeep", /examples/);
  await checkWeak("postgres://wavekeep_writer@db/wavekeep", undefined);
  await checkWeak("secret", /examples/);
  await checkWeak("Yw7Rk0pZ4sXnQ2vB9tLc", undefined);
  const [found] = await findWeakSecrets({ "X": new Secret("postgres://a:hunter2@db/x") });
  doesNotMatch(JSON.stringify(found), /hunter2/);
});

Deno.test("findWeakSecrets() names files that everybody can read, and the demo's token", async () => {
  const folder = await Deno.makeTempDir();
  try {
    const path = `${folder}/key`;
    await Deno.writeTextFile(path, `${STRONG}\n`, { mode: 0o600 });
    const Config = z.object({ DATABASE_URL: secretText() });
    const config = parseConfig(Config, { "DATABASE_URL_FILE": path });
    strictEqual(config.DATABASE_URL.reveal(), STRONG);
    const values = { ...config, "TLS_KEY_FILE": path };
    deepStrictEqual(await findWeakSecrets(values), []);
    await Deno.chmod(path, 0o640);
    deepStrictEqual(await findWeakSecrets(values), []);
    await Deno.chmod(path, 0o644);
    deepStrictEqual((await findWeakSecrets(values)).map(({ variable }) => variable), [
      "DATABASE_URL_FILE",
      "TLS_KEY_FILE",
    ]);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
  const [demo] = await findWeakSecrets({ "DEMO_TOKEN_FILE": "/nowhere" });
  strictEqual(demo?.variable, "DEMO_TOKEN_FILE");
});

Deno.test("requireStrongSecrets() refuses beyond loopback, and warns on it", async () => {
  const lines: string[] = [];
  const logger = createLogger({ service: "test", write: (line) => lines.push(line) });
  const weak = new Secret("postgres://wavekeep_writer:change-me@127.0.0.1/wavekeep");
  const refused = /DATABASE_URL: the password is one that stands in examples \(make a random one/;
  for (const host of ["0.0.0.0", "::", "192.0.2.1", "eeg.example"]) {
    await rejects(requireStrongSecrets({ "HOST": host, "DATABASE_URL": weak }, logger), refused);
  }
  await rejects(
    requireStrongSecrets(
      { "HOST": "127.0.0.1", "PAGE_HOST": "0.0.0.0", "DATABASE_URL": weak },
      logger,
    ),
    refused,
  );
  await requireStrongSecrets({ "HOST": "127.0.0.1", "DATABASE_URL": weak }, logger);
  strictEqual(lines.length, 1);
  // What listens nowhere goes by where its database is.
  await requireStrongSecrets({ "DATABASE_URL": weak }, logger);
  const far = new Secret("postgres://wavekeep_writer:change-me@db.example/wavekeep");
  await rejects(requireStrongSecrets({ "DATABASE_URL": far }, logger), refused);
  await requireStrongSecrets({ "HOST": "0.0.0.0", "DATABASE_URL": new Secret(STRONG) }, logger);
  doesNotMatch(lines.join(), /change-me/);
});

Deno.test("parseConfig() reads a secret from the file that NAME_FILE names, and nothing else", () => {
  const Config = z.object({
    PASSWORD: secretText(),
    OTHER: secretText().optional().describe("Another"),
    PLAIN: z.string().optional(),
  });
  deepStrictEqual(environmentNames(Config), [
    ...["PASSWORD", "PASSWORD_FILE", "OTHER", "OTHER_FILE", "PLAIN"],
  ]);
  const folder = Deno.makeTempDirSync();
  const write = (name: string, text: string) => {
    Deno.writeTextFileSync(`${folder}/${name}`, text, { mode: 0o600 });
    return `${folder}/${name}`;
  };
  const problemsOf = (env: Record<string, string>) => {
    try {
      parseConfig(Config, env);
    } catch (error) {
      if (error instanceof ConfigError) return error.problems;
    }
    return [];
  };
  try {
    const config = parseConfig(Config, {
      "PASSWORD_FILE": write("crlf", "two words \r\n"),
      "OTHER": "",
      "OTHER_FILE": write("none", "x"),
      "PLAIN_FILE": "/nowhere",
    });
    deepStrictEqual([config.PASSWORD.reveal(), config.OTHER?.reveal(), config.PLAIN], [
      "two words ",
      "x",
      undefined,
    ]);
    deepStrictEqual(problemsOf({ "PASSWORD": "x", "PASSWORD_FILE": write("both", "hunter2") }), [
      "PASSWORD: is set, and PASSWORD_FILE as well; one is wanted",
    ]);
    deepStrictEqual(problemsOf({ "PASSWORD_FILE": `${folder}/absent` }), [
      "PASSWORD_FILE: names a file that is not there",
    ]);
    deepStrictEqual(problemsOf({ "PASSWORD_FILE": write("empty", "\n") }), [
      "PASSWORD_FILE: names an empty file",
    ]);
    deepStrictEqual(problemsOf({}), ["PASSWORD: is not set"]);
  } finally {
    Deno.removeSync(folder, { recursive: true });
  }
});

Deno.test("isLoopbackHost() knows this computer's own addresses", () => {
  for (const host of ["localhost", "LOCALHOST", "127.0.0.1", "127.8.0.9", "::1", "[::1]"]) {
    strictEqual(isLoopbackHost(host), true, host);
  }
  for (const host of ["", "0.0.0.0", "::", "127.0.0.1.example", "localhost.example", "10.0.0.1"]) {
    strictEqual(isLoopbackHost(host), false, host);
  }
});
