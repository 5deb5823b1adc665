import { deepStrictEqual, rejects, strictEqual, throws } from "node:assert/strict";
import { isHmacOf, makeApiKey, readSignature } from "@wavekeep/core/crypto";
import { dataFolder } from "./data_folder.ts";
import { signedHeaders, type UnsignedRequest } from "./sign_request.ts";
import { openCredential } from "./tokens.ts";

const NOW = 1_700_000_000;
const { apiKeyId, text } = makeApiKey((count) => crypto.getRandomValues(new Uint8Array(count)));

/** Whether a server that is addressed so takes what was signed. */
function checkSigned(request: UnsignedRequest, authority: string, target: string): void {
  const headers = signedHeaders(request, text, { now: NOW });
  const header = (name: string) => headers[name];
  const found = readSignature({ header }, { hasBody: request.body !== undefined, now: NOW });
  strictEqual(found.keyId, apiKeyId);
  const { method } = request;
  const seen = { method, scheme: "https", authority, target, header } as const;
  strictEqual(isHmacOf(found, seen, new TextEncoder().encode(text)), true, request.url);
}

Deno.test("signedHeaders() signs what will be sent", () => {
  checkSigned({ method: "GET", url: "https://eeg.example" }, "eeg.example", "/");
  checkSigned(
    { method: "GET", url: "https://EEG.example:443/eeg?b=%41&a" },
    "eeg.example",
    "/eeg?b=%41&a",
  );
  checkSigned({ method: "GET", url: "https://eeg.example?x=/" }, "eeg.example", "/?x=/");
  const body = { bytes: new TextEncoder().encode("{}"), mediaType: "application/json" };
  checkSigned(
    { method: "POST", url: "https://eeg.example:8443/x", body },
    "eeg.example:8443",
    "/x",
  );
  for (const url of ["eeg.example", "ftp://eeg.example/", "https://eeg.example/#x", "https:///x"]) {
    throws(
      () => signedHeaders({ method: "GET", url }, text, { now: NOW }),
      /Cannot sign: the address/,
    );
  }
  throws(
    () => signedHeaders({ method: "GET", url: "https://a/" }, "wk_x", { now: NOW }),
    /not an API key/,
  );
});

Deno.test("openCredential() takes an API key where a token goes, but for a device", async () => {
  const folder = dataFolder("/nowhere");
  const { token } = await openCredential(folder, {
    role: "clinician",
    subject: "export",
    environmentToken: text,
  });
  deepStrictEqual(await token(), text);
  const refused = (role: "device" | "clinician", environmentToken: string, reason: RegExp) =>
    rejects(openCredential(folder, { role, subject: "x", environmentToken }), reason);
  await refused("device", text, /enrols a key of its own/);
  await refused("clinician", `${text.slice(0, -3)}AAA`, /misspelt/);
});
