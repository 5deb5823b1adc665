import { deepStrictEqual, ok, strictEqual, throws } from "node:assert/strict";
import { Buffer } from "node:buffer";
import { createHmac } from "node:crypto";
import {
  isHmacOf,
  readSignature,
  type SignableRequest,
  signatureBase,
  signRequest,
} from "./message_signature.ts";
import { formatMember, parseDictionary } from "./structured_fields.ts";

const SECRET = new TextEncoder().encode("wk_a-secret-of-a-test");
const KEY_ID = "01890a5d-ac96-774b-bcce-b302099a8057";
const NOW = 1_700_000_000;

/** The example request of RFC 9421, appendix B.2. */
const RFC_HEADERS: Readonly<Record<string, string>> = {
  "date": "Tue, 20 Apr 2021 02:07:55 GMT",
  "content-type": "application/json",
  "content-digest":
    "sha-512=:WZDPaVn/7XgHaAy8pmojAkGWoRx2UFChF41A2svX+TaPm+AbwAgBWnrIiYllu7BNNyealdVLvRwEmTHWXvJwew==:",
};
const RFC_REQUEST: SignableRequest = {
  method: "POST",
  scheme: "https",
  authority: "example.com",
  target: "/foo?param=Value&Pet=dog",
  header: (name) => RFC_HEADERS[name],
};
/** Appendix B.1.5. */
const RFC_SECRET = Uint8Array.fromBase64(
  "uzvJfB4u3N0Jy4T7NZ75MDVcr8zSTInedJtkgcu46YW4XByzNJjxBdtjUkdJPBtbmHhIDi6pcl8jsasjlTMtDQ==",
);

Deno.test("signatureBase() and isHmacOf() agree with RFC 9421 B.2.5 (hmac-sha256)", () => {
  const input = parseDictionary(
    'sig-b25=("date" "@authority" "content-type");created=1618884473;keyid="test-shared-secret"',
  ).get("sig-b25")!;
  strictEqual(
    signatureBase(RFC_REQUEST, input),
    `"date": Tue, 20 Apr 2021 02:07:55 GMT\n"@authority": example.com\n` +
      `"content-type": application/json\n` +
      `"@signature-params": ("date" "@authority" "content-type");created=1618884473;keyid="test-shared-secret"`,
  );
  const bytes = Uint8Array.fromBase64("pxcQw6G3AjtMBQjwo8XzkZf/bws5LelbaMk5rGIGtE8=");
  strictEqual(isHmacOf({ input, bytes }, RFC_REQUEST, RFC_SECRET), true);
  strictEqual(isHmacOf({ input, bytes }, RFC_REQUEST, SECRET), false);
});

Deno.test("signatureBase() derives parts as RFC 9421 section 2.2 says", () => {
  const line = (part: string, request: Partial<SignableRequest>) => {
    const input = { value: [{ value: part, parameters: new Map() }], parameters: new Map() };
    return signatureBase({ ...RFC_REQUEST, ...request }, input).split("\n")[0];
  };
  strictEqual(
    line("@query", { target: "/path?param=value&foo=bar&baz=bat%2Dman" }),
    '"@query": ?param=value&foo=bar&baz=bat%2Dman',
  );
  strictEqual(line("@query", { target: "/path" }), '"@query": ?');
  strictEqual(line("@path", { target: "/path%2Fto?x=/y" }), '"@path": /path%2Fto');
  strictEqual(line("@path", { target: "" }), '"@path": /');
  strictEqual(
    line("@authority", { authority: "WWW.Example.com:443" }),
    '"@authority": www.example.com',
  );
  strictEqual(
    line("@authority", { authority: "example.com:8001" }),
    '"@authority": example.com:8001',
  );
  strictEqual(line("@authority", { scheme: "http", authority: "a:80" }), '"@authority": a');
  strictEqual(line("@method", { method: "PUT" }), '"@method": PUT');
  throws(() => line("@status", {}), /part @status is not there/);
  throws(() => line("x-missing", {}), /not there/);
});

// ---------------------------------------------------------------- whole requests

interface Sent extends SignableRequest {
  readonly headers: Readonly<Record<string, string>>;
}

function sent(
  method: string,
  target: string,
  headers: Record<string, string> = {},
  options: { readonly nonce?: string; readonly lifeSeconds?: number; readonly now?: number } = {},
): Sent {
  const plain = { method, target, scheme: "https", authority: "eeg.example" } as const;
  const all: Record<string, string> = { ...headers };
  Object.assign(
    all,
    signRequest({ ...plain, header: (name) => headers[name] }, {
      keyId: KEY_ID,
      secret: SECRET,
      now: NOW,
      ...options,
    }),
  );
  return withHeaders(plain, all);
}

function withHeaders(
  request: Omit<SignableRequest, "header">,
  headers: Readonly<Record<string, string>>,
): Sent {
  return { ...request, headers, header: (name) => headers[name] };
}

const BODY = { "content-type": "application/json", "content-digest": "sha-256=:AAAA:" };

/** Whether a verifier would take it; a refusal's reason is thrown. */
function accepts(request: Sent, now = NOW): boolean {
  const hasBody = request.method !== "GET";
  return isHmacOf(readSignature(request, { hasBody, now }), request, SECRET);
}

/** What becomes of a request whose signature was made as it says, by the very key. */
function checkRefused(input: string, reason: RegExp, headers: Record<string, string> = {}): void {
  const member = [...parseDictionary(`s=${input}`).values()][0]!;
  const plain = { method: "GET", target: "/a", scheme: "https", authority: "eeg.example" } as const;
  let mac = Buffer.alloc(32);
  try {
    const base = signatureBase(withHeaders(plain, headers), member);
    mac = createHmac("sha256", SECRET).update(base).digest();
  } catch {
    // Some inputs name what is not there; they must be refused before that shows.
  }
  const request = withHeaders(plain, {
    ...headers,
    "signature-input": `s=${input}`,
    "signature": `s=:${mac.toString("base64")}:`,
  });
  throws(() => accepts(request), reason, input);
}

Deno.test("a signed request is what it was, with a body and without", () => {
  ok(accepts(sent("GET", "/recordings?limit=5")));
  ok(accepts(sent("POST", "/ingest", BODY)));
  deepStrictEqual(
    readSignature(sent("GET", "/a", {}, { nonce: "n".repeat(22) }), { hasBody: false, now: NOW })
      .nonce,
    "n".repeat(22),
  );
});

Deno.test("a signature does not hold for anything but what it covers", () => {
  const request = sent("POST", "/patients/a/recordings?b=1&c=2", BODY);
  const changes: Readonly<Record<string, Partial<SignableRequest>>> = {
    method: { method: "PUT" },
    "method's case": { method: "post" },
    authority: { authority: "other.example" },
    "authority's port": { authority: "eeg.example:8443" },
    path: { target: "/patients/b/recordings?b=1&c=2" },
    "path, encoded": { target: "/patients/%61/recordings?b=1&c=2" },
    "path, a slash more": { target: "/patients/a//recordings?b=1&c=2" },
    "path, dots": { target: "/patients/x/../a/recordings?b=1&c=2" },
    query: { target: "/patients/a/recordings?b=1&c=3" },
    "query, order": { target: "/patients/a/recordings?c=2&b=1" },
    "query, encoded": { target: "/patients/a/recordings?b=%31&c=2" },
    "query, one more": { target: "/patients/a/recordings?b=1&c=2&c=2" },
    "query, none": { target: "/patients/a/recordings" },
    "query into path": { target: "/patients/a/recordings%3Fb=1&c=2" },
  };
  for (const [name, change] of Object.entries(changes)) {
    ok(!accepts({ ...request, ...change }), name);
  }
  for (
    const [name, value] of Object.entries({
      "content-type": "text/plain",
      "content-digest": "sha-256=:BBBB:",
    })
  ) {
    ok(!accepts(withHeaders(request, { ...request.headers, [name]: value })), name);
    const headers = { ...request.headers };
    delete headers[name as keyof typeof headers];
    throws(() => accepts(withHeaders(request, headers)), /not there/, name);
  }
  // Two headers of one name arrive joined.
  const twice = { ...request.headers, "content-type": "application/json, application/json" };
  ok(!accepts(withHeaders(request, twice)), "content-type twice");
  // A body that was added to a request without one, and the other way round.
  throws(() => accepts({ ...sent("GET", "/a"), method: "POST" }), /must cover/);
  throws(() => accepts({ ...request, method: "GET" }), /must cover/);
});

Deno.test("a signature does not hold when any of its own parameters is changed", () => {
  const request = sent("GET", "/a", {}, { nonce: "0123456789abcdef" });
  const input = request.headers["signature-input"]!;
  for (
    const [from, to] of [
      [`created=${NOW}`, `created=${NOW - 1}`],
      [`expires=${NOW + 60}`, `expires=${NOW + 61}`],
      ["0123456789abcdef", "0123456789abcdee"],
      [KEY_ID, KEY_ID.replace("0189", "0188")],
      [`;tag="wavekeep"`, `;tag="wavekeep";alg="hmac-sha256"`],
      [`"@method" "@authority"`, `"@authority" "@method"`],
    ] as const
  ) {
    ok(input.includes(from), from);
    const headers = { ...request.headers, "signature-input": input.replace(from, to) };
    ok(!accepts(withHeaders(request, headers)), `${from} → ${to}`);
  }
});

const PARTS = '("@method" "@authority" "@path" "@query")';
const TIMES = `;created=${NOW};expires=${NOW + 60}`;
const NAMES = `;nonce="0123456789abcdef";keyid="${KEY_ID}";tag="wavekeep"`;

Deno.test("readSignature() wants exactly the parts that say what a request is", () => {
  const rest = TIMES + NAMES;
  for (
    const parts of [
      "()",
      '("@method" "@authority" "@path")',
      '("@method" "@authority" "@path" "@path")',
      '("@method" "@authority" "@path" "@query" "@query")',
      '("@method" "@authority" "@path" "@query" "date")',
      '("@method" "@authority" "@path" "@query" "content-type" "content-digest")',
      '("@method" "@authority" "@path" "@request-target")',
      '("@method" "@target-uri")',
      '("@method" "@authority" "@path" "@query-param";name="a")',
      '("@method" "@authority" "@path" "@query";req)',
      '("@method" "@authority" "@path" "@query";sf)',
      '("@method" "@authority" "@path" query)',
    ]
  ) {
    checkRefused(parts + rest, /must cover/, {
      date: "x",
      "content-type": "y",
      "content-digest": "z",
    });
  }
});

Deno.test("readSignature() wants each parameter, as it must be, and no other", () => {
  checkRefused(`${PARTS}${TIMES}${NAMES};context="x"`, /unknown parameter/);
  checkRefused(`${PARTS}${TIMES}${NAMES};alg="ed25519"`, /another algorithm/);
  checkRefused(`${PARTS}${TIMES}${NAMES};alg="none"`, /another algorithm/);
  checkRefused(`${PARTS}${TIMES}${NAMES};alg=hmac-sha256`, /another algorithm/);
  checkRefused(`${PARTS}${TIMES}${NAMES.replace("wavekeep", "other")}`, /tag/);
  checkRefused(PARTS + TIMES + NAMES.replace(';tag="wavekeep"', ""), /tag/);
  checkRefused(PARTS + NAMES, /are wanted/);
  for (const name of ["created", "expires", "nonce", "keyid"]) {
    const less = (TIMES + NAMES).replace(new RegExp(`;${name}=("[^"]*"|\\d+)`), "");
    checkRefused(PARTS + less, /are wanted/);
  }
  checkRefused(`${PARTS};created="${NOW}";expires=${NOW + 60}${NAMES}`, /are wanted/);
  checkRefused(`${PARTS};created=${NOW};expires=${NOW + 301}${NAMES}`, /lasts longer/);
  checkRefused(`${PARTS};created=${NOW + 20};expires=${NOW + 10}${NAMES}`, /lasts longer/);
  checkRefused(`${PARTS};created=${NOW + 31};expires=${NOW + 60}${NAMES}`, /not of now/);
  checkRefused(`${PARTS};created=${NOW - 60};expires=${NOW}${NAMES}`, /not of now/);
  checkRefused(`${PARTS}${TIMES}${NAMES.replace("0123456789abcdef", "short")}`, /are wanted/);
});

Deno.test("readSignature() wants one signature, by one name, in both headers", () => {
  const request = sent("GET", "/a");
  const { "signature-input": input, signature } = request.headers as Record<string, string>;
  const other = input!.replace("wavekeep=(", "other=(");
  const refused = (headers: Record<string, string>, reason: RegExp) =>
    throws(() => accepts(withHeaders(request, headers)), reason, JSON.stringify(headers));
  refused({}, /one is wanted/);
  refused({ "signature-input": input! }, /one is wanted/);
  refused({ signature: signature! }, /one is wanted/);
  refused({ "signature-input": other, signature: signature! }, /no bytes of that name/);
  refused({ "signature-input": `${input}, ${other}`, signature: signature! }, /one is wanted/);
  refused({ "signature-input": `${input}, ${input}`, signature: signature! }, /stands twice/);
  refused({ "signature-input": input!, signature: `${signature}, ${signature}` }, /stands twice/);
  refused({ "signature-input": input!, signature: `${signature};x=1` }, /no bytes/);
  refused({ "signature-input": input!, signature: 'wavekeep="text"' }, /no bytes/);
  const empty = withHeaders(request, { "signature-input": input!, signature: "wavekeep=::" });
  ok(!accepts(empty), "an empty signature");
});

Deno.test("parseDictionary() reads what RFC 8941 writes and refuses what it does not", () => {
  const text = 'a=("x";k=1 "y");b=?1;c=-7, d="q\\"\\\\", e=tok/en;f, g=:aGk=:';
  deepStrictEqual(
    [...parseDictionary(text)].map(([key, member]) => `${key}=${formatMember(member)}`),
    [
      'a=("x";k=1 "y");b;c=-7',
      'd="q\\"\\\\"',
      "e=tok/en;f",
      "g=:aGk=:",
    ],
  );
  strictEqual(parseDictionary("").size, 0);
  for (
    const bad of [
      "a",
      "a=",
      "A=1",
      "a=1,",
      "a=1 b=2",
      "a=1,,b=2",
      "a=(1",
      "a=(1,2)",
      "a=(1  2",
      'a="x',
      'a="\u00e4"',
      'a="\\x"',
      "a=1.5",
      "a=1;k=1;k=1",
      "a=1, a=1",
      "a=:a:",
      "a=:aGl=:",
      "a=:aGk:",
      "a=?2",
      "a=1;;b",
      "\u00a0a=1",
    ]
  ) {
    throws(() => parseDictionary(bad), /Cannot read dictionary/, bad);
  }
});
