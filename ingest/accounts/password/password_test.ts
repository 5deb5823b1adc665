/** Which passwords are taken, and what hashing them costs. */
import { deepStrictEqual, match, ok, rejects, strictEqual } from "node:assert/strict";
import { createLogger } from "@wavekeep/core/service";
import { answerHash } from "./argon2.ts";
import { createPasswordHasher, HASH_COST, type HashWorker } from "./password_hasher.ts";
import { listedPasswords } from "./listed_passwords.ts";
import { PASSWORD_LENGTH_MIN, passwordMisfit } from "./password_rules.ts";
import { threadHashWorker } from "./worker_hasher.ts";

const logger = createLogger({ service: "test", write: () => {} });
const OWNER = { login: "m.keller", displayName: "Maria Keller-Vogt", siteCode: "st-anna" };

Deno.test("passwordMisfit() takes what is long and not guessed early", async () => {
  for (
    const password of [
      "seven grey herons wait",
      "aaaa bbbb cccc dddd",
      "tH9!kLm2@pQx",
      "ein langer Satz über Reiher",
      "пароль для серой цапли",
      "🦆🦢🦩🦜🦚🦉🦅🐦🐧🐔🐣🐤",
    ]
  ) strictEqual(await passwordMisfit(password, OWNER), undefined, password);
});

Deno.test("passwordMisfit() says what is wrong", async () => {
  for (
    const [password, why] of [
      ["eleven sign", /12 signs at least/],
      ["🦆🦢🦩🦜🦚🦉🦅🐦🐧🐔🐣", /12 signs at least/],
      ["x".repeat(129), /128 signs at most|repeats/],
      ["aaaaaaaaaaaaaaa", /repeats/],
      ["abc1abc1abc1abc1", /repeats/],
      ["qwertyuiop123456", /keyboard/],
      ["098765432109876", /keyboard|repeats/],
      ["1qaz2wsx3edc4rfv", /keyboard/],
      ["password12345678", /guess/],
      ["P@$$w0rd!!!!2026", /guess/],
      ["!!Hospital2026!!", /guess/],
      ["correct horse battery staple", /guess/],
      ["unbelievable", /guess/],
      ["Counterstrike", /guess/],
      ["!!butterfly84", /guess/],
      ["D3adp00l!!!9", /guess/],
      ["MichaelJordan", /guess/],
      ["monkey-dragon-7", /guess/],
      ["Keller.Maria.1970", /name/],
      ["m.keller@st-anna", /name/],
      ["wavekeep-2026-wavekeep", /name/],
      ["mkeller!1970!1970", /name/],
      ["K3ll3r.M@r1a.70", /name/],
      ["StAnna-2026-11", /name/],
      ["heronherons heronherons", /repeats/],
      ["blueheronblueheron", /repeats/],
    ] as const
  ) {
    const misfit = await passwordMisfit(password, OWNER);
    ok(misfit !== undefined, password);
    match(misfit, why, password);
  }
});

Deno.test("passwordMisfit() refuses every listed password, and what people make of those that are too short", async () => {
  const { all, top } = await listedPasswords();
  ok(all.size > 45_000 && top.size === 3_000, `${all.size}, ${top.size}`);
  const taken: string[] = [];
  for (const listed of all) {
    if (listed.length < PASSWORD_LENGTH_MIN) continue;
    for (const typed of [listed, listed.toUpperCase(), `${listed}!`, `1${listed}`]) {
      // Digits at the ends of a listed one are part of it, and not of what stands before or behind.
      const isItself = typed.toLowerCase() === listed;
      if (!isItself && !/^\p{L}.*\p{L}$/u.test(listed)) continue;
      if (await passwordMisfit(typed, OWNER) === undefined) taken.push(typed);
    }
  }
  let extended = 0;
  for (const listed of top) {
    if (listed.length < 6 || listed.length >= PASSWORD_LENGTH_MIN) continue;
    const missing = PASSWORD_LENGTH_MIN - listed.length;
    const ways = [listed.repeat(2)];
    if (/^\p{L}+$/u.test(listed)) {
      ways.push(`${listed}${"2468013579".slice(0, missing)}`, `${"!".repeat(missing)}${listed}`);
    }
    for (const typed of ways) {
      if (typed.length < PASSWORD_LENGTH_MIN) continue;
      extended++;
      if (await passwordMisfit(typed, OWNER) === undefined) taken.push(typed);
    }
  }
  ok(extended > 3_000, `${extended}`);
  deepStrictEqual(taken, []);
});

Deno.test("a hash has the parameters that it should cost, and is made in a thread of its own", async () => {
  const hasher = await createPasswordHasher(threadHashWorker(logger));
  try {
    const hash = await hasher.hash("seven grey herons wait");
    match(hash, /^\$argon2id\$v=19\$m=19456,t=2,p=1\$[\w+/]{22}\$[\w+/]{43}$/);
    deepStrictEqual(HASH_COST, { memoryKiB: 19_456, iterations: 2 });
    deepStrictEqual(
      await Promise.all([
        hasher.verify("seven grey herons wait", hash),
        hasher.verify("seven grey herons wai", hash),
        hasher.verify("seven grey herons wait", undefined),
      ]),
      [true, false, false],
    );
  } finally {
    hasher.close();
  }
});

Deno.test("answerHash() agrees with the a vector of Argon2's reference implementation", async () => {
  const hash =
    "$argon2id$v=19$m=256,t=2,p=1$c29tZXNhbHQ$nf65EOgLrQMR/uIPnA4rEsF5h7TKyQwu9U1bMCHGi/4";
  strictEqual(await answerHash({ kind: "verify", password: "password", hash }), true);
  strictEqual(await answerHash({ kind: "verify", password: "passwore", hash }), false);
});

Deno.test("createPasswordHasher() refuses more than may wait, and works on", async () => {
  const asked: ((result: boolean) => void)[] = [];
  const worker: HashWorker = {
    ask: ({ kind }) =>
      kind === "hash" ? Promise.resolve("$argon2id$") : new Promise((done) => asked.push(done)),
    close: () => {},
  };
  const hasher = await createPasswordHasher(worker, { waitingMax: 2 });
  const running = [0, 1, 2].map(() => hasher.verify("x", "$argon2id$"));
  await rejects(hasher.verify("x", "$argon2id$"), { slug: "sign-in-busy", status: 503 });
  for (const done of asked) done(true);
  deepStrictEqual(await Promise.all(running), [true, true, true]);
  const after = hasher.verify("x", "$argon2id$");
  asked.at(-1)!(false);
  strictEqual(await after, false);
});

Deno.test("one password in two spellings of the same letters is one password", async () => {
  const seen: string[] = [];
  const hasher = await createPasswordHasher({
    ask: (request) => {
      seen.push(request.password);
      return Promise.resolve("$argon2id$");
    },
    close: () => {},
  });
  await hasher.hash("grüne Reiher");
  await hasher.hash("gru\u0308ne Reiher");
  strictEqual(seen.at(-1), seen.at(-2));
});
