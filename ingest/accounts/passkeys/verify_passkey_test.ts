import { deepStrictEqual, notStrictEqual, rejects, strictEqual } from "node:assert/strict";
import { type Lies, SoftwareAuthenticator } from "../testing/software_authenticator.ts";
import { relyingPartyOf } from "./relying_party.ts";
import { userHandle } from "./user_handle.ts";
import {
  type PasskeyFault,
  PasskeyRefusedError,
  registrationOptions,
  signInOptions,
  verifyRegistration,
  verifySignIn,
} from "./verify_passkey.ts";

const PARTY = relyingPartyOf("https://eeg.hospital.example");
const PERSON = {
  handle: userHandle({ siteId: 1, personId: "019a0000-0000-7000-8000-000000000001" }),
  login: "ada",
  displayName: "Ada",
  known: [{ id: "AAAA", transports: ["usb"] }],
};

function freshChallenge(): string {
  const random = crypto.getRandomValues(new Uint8Array(32));
  return random.toBase64({ alphabet: "base64url", omitPadding: true });
}

async function checkRefused(promise: Promise<unknown>, fault: PasskeyFault): Promise<void> {
  await rejects(promise, (error) => {
    strictEqual((error as PasskeyRefusedError).fault, fault, String(error));
    return error instanceof PasskeyRefusedError;
  });
}

async function registered(algorithm: "es256" | "ed25519") {
  const authenticator = new SoftwareAuthenticator(PARTY.origin, { algorithm });
  const challenge = freshChallenge();
  const options = await registrationOptions(PARTY, PERSON, challenge);
  const made = await verifyRegistration(PARTY, authenticator.register(options), challenge);
  return { authenticator, made };
}

for (const algorithm of ["es256", "ed25519"] as const) {
  Deno.test(`verifySignIn() takes what a registered ${algorithm} key signs, and says its counter`, async () => {
    const { authenticator, made } = await registered(algorithm);
    strictEqual(
      made.credentialId.toBase64({ alphabet: "base64url", omitPadding: true }),
      authenticator.credentialId,
    );
    const challenge = freshChallenge();
    const response = authenticator.sign(await signInOptions(PARTY, challenge));
    strictEqual(await verifySignIn(PARTY, response, { ...made, challenge }), made.counter + 1);
  });
}

Deno.test("registrationOptions() asks for a discoverable key of a verified user, on our page alone", async () => {
  const options = await registrationOptions(PARTY, PERSON, freshChallenge());
  deepStrictEqual(options.rp, { name: "Wavekeep", id: "eeg.hospital.example" });
  strictEqual(options.authenticatorSelection?.residentKey, "required");
  strictEqual(options.authenticatorSelection?.userVerification, "required");
  deepStrictEqual(options.excludeCredentials?.map(({ id }) => id), ["AAAA"]);
  const asked = await signInOptions(PARTY, freshChallenge());
  strictEqual(asked.userVerification, "required");
  strictEqual(asked.allowCredentials, undefined, "nobody has to be named");
});

const LIES: [string, Lies, PasskeyFault][] = [
  ["of another page", { origin: "https://eeg.hospital.example.evil.test" }, "origin"],
  ["of our page without its s", { origin: "http://eeg.hospital.example" }, "origin"],
  ["of our page at another port", { origin: "https://eeg.hospital.example:8443" }, "origin"],
  ["to another challenge", { challenge: freshChallenge() }, "challenge"],
  ["of a page that another one frames", { crossOrigin: true }, "framed"],
];

for (const [what, lies, fault] of LIES) {
  Deno.test(`verifySignIn() and verifyRegistration() refuse an answer ${what}`, async () => {
    const { authenticator, made } = await registered("es256");
    const challenge = freshChallenge();
    const asked = authenticator.sign(await signInOptions(PARTY, challenge), lies);
    await checkRefused(verifySignIn(PARTY, asked, { ...made, challenge }), fault);
    const options = await registrationOptions(PARTY, PERSON, challenge);
    const answer = new SoftwareAuthenticator(PARTY.origin).register(options, lies);
    await checkRefused(verifyRegistration(PARTY, answer, challenge), fault);
  });
}

const SIGN_IN_LIES: [string, Lies, PasskeyFault][] = [
  ["for another relying party", { rpId: "evil.test" }, "relying-party"],
  ["without a verified user", { isVerified: false }, "user-verification"],
  ["that is a registration", { type: "webauthn.create" }, "type"],
  ["whose signature was changed", { isTampered: true }, "signature"],
];

for (const [what, lies, fault] of SIGN_IN_LIES) {
  Deno.test(`verifySignIn() refuses an answer ${what}`, async () => {
    const { authenticator, made } = await registered("ed25519");
    const challenge = freshChallenge();
    const answer = authenticator.sign(await signInOptions(PARTY, challenge), lies);
    await checkRefused(verifySignIn(PARTY, answer, { ...made, challenge }), fault);
  });
}

Deno.test("verifySignIn() refuses what another key signed", async () => {
  const [first, second] = [await registered("es256"), await registered("es256")];
  notStrictEqual(first.authenticator.credentialId, second.authenticator.credentialId);
  const challenge = freshChallenge();
  const answer = first.authenticator.sign(await signInOptions(PARTY, challenge));
  await checkRefused(verifySignIn(PARTY, answer, { ...second.made, challenge }), "signature");
});

Deno.test("verifyRegistration() refuses a key of another relying party, or without a verified user", async () => {
  for (const lies of [{ rpId: "evil.test" }, { isVerified: false }, { isPresent: false }]) {
    const challenge = freshChallenge();
    const options = await registrationOptions(PARTY, PERSON, challenge);
    const answer = new SoftwareAuthenticator(PARTY.origin).register(options, lies);
    await checkRefused(verifyRegistration(PARTY, answer, challenge), "malformed");
  }
});

Deno.test("an answer that is no answer is refused, whatever it is", async () => {
  const { authenticator, made } = await registered("es256");
  const challenge = freshChallenge();
  const good = authenticator.sign(await signInOptions(PARTY, challenge));
  for (const clientDataJSON of ["", "%", "AAAA", "bnVsbA", "W10"]) {
    const answer = { ...good, response: { ...good.response, clientDataJSON } };
    await rejects(verifySignIn(PARTY, answer, { ...made, challenge }), PasskeyRefusedError);
  }
  for (const authenticatorData of ["", "%", "AAAA"]) {
    const answer = { ...good, response: { ...good.response, authenticatorData } };
    await rejects(verifySignIn(PARTY, answer, { ...made, challenge }), PasskeyRefusedError);
  }
});
