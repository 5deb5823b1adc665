/**
 * Rows of the matrix of who may do what: keys of machines, as bearers and signing (RFC 9421), × every guarded route,
 * and every way in which a key or a signature may be no good.
 *
 * @module
 */

import { strictEqual } from "node:assert/strict";
import { apiKeyIdOf, nodeSha256, signRequest } from "@wavekeep/core/crypto";
import type { Action, Role } from "@wavekeep/core/service";
import { API_KEY_KINDS, type ApiKeyKind } from "@wavekeep/core/wire";
import { API_KEY_ROLES } from "../../../ingest/accounts/api_keys.ts";
import { apiKeyOf, type KeyOrder, type MadeKey, makeKey, scopesOf } from "./accounts_ids.ts";
import { withoutChallenge } from "./bad_rows.ts";
import {
  ACCOUNTS,
  accountsQuestion,
  accountsTargetsOf,
  expected,
  expectedOfAccounts,
  kindOf,
  type Question,
  questionOf,
  ROUTES,
  type Row,
  targetsOf,
} from "./rows.ts";
import { askAccounts } from "./seats.ts";
import type { World } from "./world.ts";

/** A question that a key asks. */
async function asKey(world: World, question: Question, order: KeyOrder): Promise<Question> {
  const { text } = await apiKeyOf(world, order);
  return order.kind === "bearer"
    ? { ...question, authorization: `Bearer ${text}` }
    : { ...question, signedWith: text };
}

/** Each role of keys with all its scopes, of both kinds; and a clinician's with one scope alone. */
const ORDERS: readonly KeyOrder[] = [
  ...API_KEY_ROLES.flatMap((role) => API_KEY_KINDS.map((kind) => ({ role, kind }))),
  ...API_KEY_KINDS.map((kind) => ({
    role: "clinician" as Role,
    kind,
    scopes: ["annotations:read" as Action],
  })),
];

/** Every guarded route of ingest, query and accounts by every key. */
export function keyRows(): Row[] {
  return ORDERS.flatMap((order) => {
    const { role, kind, scopes = scopesOf(role) } = order;
    const who = { role, scopes };
    const called = `${kind} key of ${role}${order.scopes === undefined ? "" : ` for ${scopes}`}`;
    const rowOf = (
      name: string,
      kindName: string,
      row: Pick<Row, "want" | "sameAs" | "isLast"> & { ask(world: World): Promise<Question> },
    ): Row => ({
      ...row,
      kind: `API key, ${kind}: ${kindName}`,
      name: `${called}, ${name}`,
      ask: async (world) => await asKey(world, await row.ask(world), order),
    });
    return [
      ...ROUTES.flatMap((route) =>
        targetsOf(route, role).map((target) => {
          const want = expected(route, who, target);
          const isHidden = target === "elsewhere" || target === "unknown";
          return rowOf(`${route.name} ${target}`, `${route.service}, ${kindOf(want, target)}`, {
            want,
            ...(isHidden ? { sameAs: `${called} ${route.name}` } : {}),
            ...(route.recipe.isLast ? { isLast: true } : {}),
            ask: (world) =>
              questionOf(world, route, { target, role, makesExport: want[0] === 204 }),
          });
        })
      ),
      ...ACCOUNTS.flatMap((route) =>
        accountsTargetsOf(route).map((target) => {
          const want = expectedOfAccounts(route, who, target);
          return rowOf(`${route.name} ${target}`, `accounts, ${kindOf(want, target)}`, {
            want,
            ...(target === "own" ? {} : { sameAs: `${called} accounts ${route.name}` }),
            ask: (world) => accountsQuestion(world, route, target),
          });
        })
      ),
    ];
  });
}

const ENDED = new WeakMap<World, Map<ApiKeyKind, Promise<MadeKey>>>();

/** A key that was taken back: what it could do is over. */
function endedKey(world: World, order: KeyOrder): Promise<MadeKey> {
  const kinds = ENDED.get(world) ?? new Map();
  ENDED.set(world, kinds);
  const made = kinds.get(order.kind) ?? (async () => {
    const key = await makeKey(world, order);
    const admin = await world.seatOf("admin");
    await askAccounts(
      world.ground,
      `/api-keys/${key.apiKeyId}/revoke`,
      { reason: "lost" },
      await admin.token(),
    );
    return key;
  })();
  kinds.set(order.kind, made);
  return made;
}

/** What a signature is made with; good unless it says otherwise. */
interface Signing {
  readonly method?: string;
  readonly path?: string;
  readonly authority?: string;
  readonly secret?: Uint8Array;
  readonly keyId?: string;
  readonly age?: number;
  readonly nonce?: string;
  /** Of another body. */
  readonly body?: string;
  readonly change?: (headers: Record<string, string>) => Record<string, string>;
}

/** The question with a signature that is wrong in one thing. */
async function signed(
  world: World,
  question: Question,
  key: MadeKey,
  signing: Signing = {},
): Promise<Question> {
  const origin = new URL(await world.ground.originOf(question.service));
  const text = question.body === undefined
    ? undefined
    : question.body instanceof Uint8Array
    ? question.body
    : new TextEncoder().encode(JSON.stringify(question.body));
  const body = signing.body === undefined ? text : new TextEncoder().encode(signing.body);
  const headers: Record<string, string> = text === undefined ? {} : {
    "content-type": question.body instanceof Uint8Array
      ? "application/vnd.wavekeep.chunks"
      : "application/json",
    "content-digest": `sha-256=:${nodeSha256(body!).toBase64()}:`,
  };
  const {
    method = question.method,
    path = question.path,
    authority = origin.host,
    secret = new TextEncoder().encode(key.text),
    keyId = apiKeyIdOf(key.text)!,
    age = 0,
    change = (all) => all,
  } = signing;
  const made = signRequest({
    method,
    scheme: "http",
    authority,
    target: path,
    header: (name) => headers[name],
  }, {
    secret,
    keyId,
    now: Math.floor(Date.now() / 1000) - age,
    ...(signing.nonce === undefined ? {} : { nonce: signing.nonce }),
  });
  return { ...question, headers: { ...question.headers, ...change({ ...headers, ...made }) } };
}

const SIGNS: KeyOrder = { role: "clinician", kind: "hmac-sha256" };
const BEARS: KeyOrder = { role: "clinician", kind: "bearer" };
const without = (name: string) => (headers: Record<string, string>) => {
  const { [name]: _, ...rest } = headers;
  return rest;
};

/** What its role may not do: a nonce is used all the same. */
const REFUSED: Question = { service: "query", method: "GET", path: "/metrics" };

/** Ways of signing wrongly, by name. */
const BAD_SIGNATURES: Readonly<Record<string, Signing>> = {
  "another secret under its name": { secret: new Uint8Array(32).fill(7) },
  "a key that nobody made": { keyId: "01890a5d-ac96-774b-bcce-b302099a8057" },
  "over an hour ago": { age: 3_600 },
  "over a minute ago, past its end": { age: 120 },
  "an hour ahead": { age: -3_600 },
  "of another method": { method: "PATCH" },
  "of another path": { path: "/elsewhere" },
  "of another server": { authority: "eeg.example" },
  "without the signature": { change: without("signature") },
  "without what is signed": { change: without("signature-input") },
  "with a signature of zeros": {
    change: (all) => ({ ...all, signature: `wavekeep=:${btoa("\0".repeat(32))}:` }),
  },
  "with an algorithm that is none": {
    change: (all) => ({ ...all, "signature-input": `${all["signature-input"]};alg="none"` }),
  },
  "without its tag": {
    change: (all) => ({
      ...all,
      "signature-input": all["signature-input"]!.replace(/;tag="[^"]*"/, ""),
    }),
  },
  "twice": {
    change: (all) => ({
      ...all,
      "signature-input": `${all["signature-input"]}, again=${
        all["signature-input"]!.slice("wavekeep=".length)
      }`,
      "signature": `${all["signature"]}, again=${all["signature"]!.slice("wavekeep=".length)}`,
    }),
  },
  "beside a bearer": { change: (all) => ({ ...all, authorization: "Bearer x" }) },
};

/** Every way × every guarded route, in the words of every other bad credential. */
export function badKeyRows(): Row[] {
  const routes = [
    ...ROUTES.map((route) => ({
      service: route.service,
      name: route.name,
      ask: (world: World) => questionOf(world, route, { target: "own" }),
    })),
    ...ACCOUNTS.map((route) => ({
      service: "accounts",
      name: route.name,
      ask: (world: World) => accountsQuestion(world, route, "unknown"),
    })),
  ];
  const ways: Readonly<Record<string, (world: World, question: Question) => Promise<Question>>> = {
    ...Object.fromEntries(
      Object.entries(BAD_SIGNATURES).map(([name, signing]) => [
        `signed ${name}`,
        async (world: World, question: Question) =>
          await signed(world, question, await apiKeyOf(world, SIGNS), signing),
      ]),
    ),
    "a key that signs, as a bearer": async (world, question) => ({
      ...question,
      authorization: `Bearer ${(await apiKeyOf(world, SIGNS)).text}`,
    }),
    "signed with a bearer": async (world, question) =>
      await signed(world, question, await apiKeyOf(world, BEARS)),
    "a bearer that was taken back": async (world, question) => ({
      ...question,
      authorization: `Bearer ${(await endedKey(world, BEARS)).text}`,
    }),
    "signed with a key that was taken back": async (world, question) =>
      await signed(world, question, await endedKey(world, SIGNS)),
    "signed once before": async (world, question) => {
      const nonce = crypto.randomUUID().replaceAll("-", "");
      const key = await apiKeyOf(world, SIGNS);
      const first = await signed(world, REFUSED, key, { nonce });
      const answer = await world.send(first);
      strictEqual(answer.status, 403, await answer.text());
      return await signed(world, question, key, { nonce });
    },
  };
  return routes.flatMap(({ service, name, ask }) =>
    Object.entries(ways).map(([way, make]): Row => ({
      kind: `bad key: ${service}`,
      name: `${way}, ${name}`,
      want: [401],
      sameAs: "bad credential",
      complaint: withoutChallenge,
      ask: async (world) => await make(world, await ask(world)),
    }))
  );
}
