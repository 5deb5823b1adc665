/**
 * Administration and audit in a real browser, on the real services: people, devices, keys, who saw a patient.
 *
 * Everybody comes in as people do: the first administrator by the operator's link, the others by hers, with passkeys
 * or passwords and codes; each sits at a seat of their own.
 *
 * @module
 */

import { deepStrictEqual, ok, strictEqual } from "node:assert/strict";
import {
  enrolmentCodeDigest,
  enrolmentSignatureMessage,
  normalEnrolmentCode,
} from "@wavekeep/core/chunk";
import { ed25519Signer, nodeSha256 } from "@wavekeep/core/crypto";
import type { PersonRole } from "@wavekeep/core/wire";
import { invite } from "../../ingest/accounts/invite.ts";
import { linkAddress } from "../people/link_address.ts";
import { accessibilityFaults } from "../testing/axe.ts";
import {
  button,
  enrolPasskey,
  enrolPassword,
  type Invited,
  signInWithCode,
  signInWithPasskey,
  signOut,
  typePassword,
} from "../testing/come_in.ts";
import { discontinuousFile } from "../testing/edf_files.ts";
import {
  atAnotherSeat,
  eventually,
  inBrowser,
  picture,
  type Reading,
  streamFile,
} from "../testing/in_browser.ts";
import { tabFaults } from "../testing/tab_stops.ts";

/** Without script everything is there, too: posted, redirected, shown once. */
async function checkWithoutScript({ page, site }: Reading): Promise<void> {
  const context = await page.context().browser()!.newContext({ javaScriptEnabled: false });
  try {
    const plain = await context.newPage();
    await context.addCookies(await page.context().cookies());
    await plain.goto(`${site.url}/admin/devices`);
    await plain.getByRole("button", { name: "Make a code" }).click();
    const code = plain.getByLabel(/^One-time code for device-/);
    ok((await code.inputValue()).length >= 20);
    await plain.reload();
    strictEqual(await code.count(), 0);
  } finally {
    await context.close();
  }
}

/** The first administrator: by the operator's link, with a passkey, which signs her in again as well. */
async function comeInFirst({ page, site }: Reading): Promise<void> {
  const name = "Ada Admin";
  const person = { login: "ada", role: "admin", displayName: name, kind: "invitation" } as const;
  const link = await invite(site.accounts!.deps, site.pipeline.database.siteId, person);
  const device = await enrolPasskey(page, { name, link: linkAddress(site.url, link!.text) });
  strictEqual(new URL(page.url()).pathname, "/admin/people");
  // The sign-in page offers passkeys by itself; nobody touches the device.
  await device.touch(false);
  await signOut(page);
  await page.goto(`${site.url}/admin/people`);
  strictEqual(new URL(page.url()).pathname, "/sign_in");
  await signInWithPasskey(page, device);
  await page.waitForURL(/\/admin\/people$/);
  await page.getByRole("row", { name: /Ada Admin/ }).waitFor();
}

/** Invites a colleague on the people page. */
async function inviteColleague(
  reading: Reading,
  { name, role }: { readonly name: string; readonly role: PersonRole },
): Promise<Invited> {
  const { page, site } = reading;
  await page.goto(`${site.url}/admin/people`);
  await page.getByLabel("Name, as colleagues read it").fill(name);
  await page.getByLabel("Sign-in name").fill(role);
  await page.getByLabel("Role").last().selectOption(role);
  await page.keyboard.press("Enter");
  return { name, link: await secretOf(reading, new RegExp(`^Link for ${name}`)) };
}

/** Nothing is wrong with a page that a program can find, in light and dark, and nothing lies beside it. */
async function checkPage({ page }: Reading, name: string): Promise<void> {
  deepStrictEqual(await accessibilityFaults(page), [], name);
  await picture(page, name);
}

/** The text that is shown once. */
async function secretOf({ page }: Reading, label: RegExp): Promise<string> {
  const field = page.getByLabel(label);
  // By script it can be copied; the focus is where it was said.
  await page.getByRole("button", { name: "Copy" }).waitFor();
  ok(await page.evaluate(() => document.activeElement?.classList.contains("said")));
  return await field.inputValue();
}

async function checkPeople(reading: Reading): Promise<void> {
  const { page, site } = reading;
  await page.goto(`${site.url}/`);
  strictEqual(new URL(page.url()).pathname, "/admin/people");
  await page.getByLabel("Name, as colleagues read it").fill("Nora New");
  await page.getByLabel("Sign-in name").fill("n.new");
  await page.getByLabel("Role").last().selectOption("clinician");
  await page.keyboard.press("Enter");
  const link = await secretOf(reading, /^Link for Nora New/);
  ok(/\/link#[^ ]{40,}$/.test(link), "a link with its token behind #");
  await checkPage(reading, "admin_person_invited");

  // Back, forward and a reload show it no more; and the browser's history never had it.
  await page.reload();
  strictEqual(await page.getByText("This is shown once").count(), 0);
  await page.goBack();
  await page.goForward();
  ok(!(await page.content()).includes(link));

  await page.goto(`${site.url}/admin/people`);
  await page.getByLabel("Name, as colleagues read it").fill("Another");
  await page.getByLabel("Sign-in name").fill("n.new");
  await page.getByRole("button", { name: "Invite" }).click();
  await page.locator("#login-problem", { hasText: "taken" }).waitFor();
  await checkPage(reading, "admin_people");

  await page.getByRole("link", { name: "Wavekeep" }).click();
  deepStrictEqual(await tabFaults(page), []);
  await page.getByRole("searchbox", { name: "Name" }).fill("nora");
  await page.keyboard.press("Enter");
  await page.getByText("1 person").waitFor();
  await page.getByRole("link", { name: "Nora New" }).click();
  await page.getByText("Another role").click();
  await page.getByLabel("Role").selectOption("auditor");
  await page.getByRole("button", { name: "Change the role" }).click();
  await page.getByText("Nora New is now Auditor.").waitFor();
  await page.getByRole("button", { name: "Back to Clinician" }).click();
  await page.getByText("Nora New is now Clinician.").waitFor();

  // By keyboard: the disclosure, what follows, the button.
  await page.locator("summary", { hasText: "Disable" }).focus();
  await page.keyboard.press("Enter");
  await page.getByText("All sessions end at once").waitFor();
  await page.keyboard.press("Tab");
  await page.keyboard.press("Enter");
  await page.getByText("cannot sign in any more").waitFor();
  await checkPage(reading, "admin_person_disabled");
  await page.getByRole("button", { name: "Enable again" }).click();
  await page.getByText("Nora New can sign in again.").waitFor();
}

/** What the device does with the code that somebody types into it. */
async function enrol({ site }: Reading, typed: string): Promise<void> {
  const { publicKey, sign } = ed25519Signer(new Uint8Array(32).fill(7));
  const { siteId, code } = normalEnrolmentCode(typed)!;
  const codeDigest = enrolmentCodeDigest(code, nodeSha256);
  const proof = sign(enrolmentSignatureMessage({ siteId, codeDigest, publicKey }, nodeSha256));
  const answer = await site.pipeline.ingest.request("/devices/enrol", {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({
      code: typed,
      "public_key": publicKey.toBase64(),
      proof: proof.toBase64(),
    }),
  });
  strictEqual(answer.status, 201, await answer.text());
}

async function checkDevices(reading: Reading): Promise<void> {
  const { page } = reading;
  await page.getByRole("link", { name: "Devices" }).click();
  await page.getByText("No device has a key yet").waitFor();
  await page.getByLabel("Name of the device").fill("amp-9");
  await page.getByRole("button", { name: "Make a code" }).click();
  const code = await secretOf(reading, /^One-time code for amp-9/);
  await checkPage(reading, "admin_devices");
  await enrol(reading, code);
  await page.reload();
  await page.getByRole("searchbox", { name: "Device" }).fill("amp-9");
  await page.getByRole("button", { name: "Find" }).click();
  await page.getByRole("status").getByText("1 key", { exact: true }).waitFor();
  await checkPage(reading, "admin_devices_found");
  await page.getByRole("link", { name: "All devices" }).click();
  await page.getByRole("link", { name: /^Revoke the key .* of amp-9/ }).click();
  await page.getByText("This cannot be undone.").waitFor();
  await page.getByRole("link", { name: "Cancel" }).click();
  await page.locator("tbody tr", { hasText: "amp-9" }).getByText("good").waitFor();
}

async function checkKeys(reading: Reading): Promise<void> {
  const { page } = reading;
  await page.getByRole("link", { name: "API keys" }).click();
  await page.getByText("No machine has a key yet").waitFor();
  await page.getByLabel("What is it for?").selectOption("monitor");
  await page.getByRole("button", { name: "Choose what it may do" }).click();
  await page.getByLabel("Name of the key").fill("prometheus");
  await page.getByRole("button", { name: "Make the key" }).click();
  await page.locator("#scopes-problem").waitFor();
  await page.getByLabel("metrics:read").check();
  await page.getByRole("button", { name: "Make the key" }).click();
  ok((await secretOf(reading, /^API key “/)).startsWith("wk_"));
  await checkPage(reading, "admin_keys");

  await page.getByRole("link", { name: "Revoke the key prometheus" }).click();
  await page.getByText("This cannot be undone.").waitFor();
  await checkPage(reading, "admin_revoke");
  await page.getByLabel("Why").fill("the host is gone");
  await page.keyboard.press("Enter");
  await page.getByText("is revoked.").waitFor();
  await page.locator("td", { hasText: /^revoked / }).waitFor();

  await page.getByRole("link", { name: "Site" }).click();
  await page.getByText("no: devices need not sign").waitFor();
  await checkPage(reading, "admin_site");
}

/** With a password and a code, which sign in again as well. */
async function checkAudit(reading: Reading, invited: Invited): Promise<void> {
  const { page, site } = reading;
  const { code } = site.accounts!;
  const { secret } = await enrolPassword(page, code, invited);
  await signOut(page);
  await signInWithCode(page, "auditor", () => code(secret));
  strictEqual(new URL(page.url()).pathname, "/audit/patients");
  await page.getByLabel("Patient code").fill("p-1");
  await page.keyboard.press("Enter");
  await page.getByRole("img", { name: /When each person saw/ }).waitFor();
  const row = page.locator("tbody tr", { hasText: "clinician-1" });
  await row.getByText("10 s", { exact: true }).waitFor();
  await checkPage(reading, "audit_who");
  await page.emulateMedia({ media: "print" });
  await page.getByText("Asked by").waitFor();
  strictEqual(await page.getByRole("button", { name: "Find" }).isVisible(), false);
  await picture(page, "audit_who_printed");
  await page.emulateMedia({ media: "screen", colorScheme: "dark" });
  await checkPage(reading, "audit_who_dark");
  const downloading = page.waitForEvent("download");
  await page.getByRole("link", { name: "Download as CSV" }).click();
  const csv = await Deno.readTextFile((await (await downloading).path())!);
  ok(/\r\np-1,clinician-1,/.test(csv), csv);

  // Which seconds of a recording, in which way: nobody has had it on screen here.
  await row.getByRole("link", { name: "Review ledger of gap" }).click();
  await page.getByText("Nobody has had a second of it on screen.").waitFor();
  await page.goBack();
  await row.getByRole("link", { name: "clinician-1" }).click();
  await page.getByRole("heading", { name: "Events" }).waitFor();
  await page.locator("tbody tr", { hasText: "access.shown" }).first().waitFor();
  await checkPage(reading, "audit_events");
  await page.getByRole("link", { name: "Everything" }).click();
  await page.getByLabel("What").fill("security.role-changed");
  await page.keyboard.press("Enter");
  const changed = page.locator("tbody tr", { hasText: "security.role-changed" });
  await eventually(async () => strictEqual(await changed.count(), 2));
  await changed.first().getByText("person Nora New").waitFor();
}

async function checkConsent(reading: Reading, invited: Invited): Promise<void> {
  const { page } = reading;
  await enrolPasskey(page, invited);
  strictEqual(new URL(page.url()).pathname, "/admin/consent");
  await page.getByLabel("Patient code").fill("p-1");
  await page.keyboard.press("Enter");
  await page.getByText("nobody has said anything yet").waitFor();
  await page.getByLabel("Research").selectOption("allowed");
  await page.getByLabel("Why").fill("signed today");
  await page.keyboard.press("Enter");
  await page.getByText("What patient p-1 allows is written down.").waitFor();
  await page.locator("tbody tr", { hasText: "signed today" }).first().waitFor();
  await checkPage(reading, "admin_consent");
}

/** A researcher is shown the site's pseudonyms, and takes out what they are shown. */
async function checkResearch(reading: Reading, invited: Invited): Promise<void> {
  const { page, site } = reading;
  const close = { "idempotency_key": "c".repeat(32) };
  ok((await site.pipeline.post("/patients/p-1/recordings/gap/close", close)).ok);
  await enrolPasskey(page, invited);
  strictEqual(new URL(page.url()).pathname, "/research");
  await page.getByRole("heading", { name: "Recordings for research" }).waitFor();
  await checkPage(reading, "research_list");
  await page.locator("tbody th a").click();
  await page.getByRole("heading", { name: "What it holds" }).waitFor();
  await checkPage(reading, "research_recording");
  const text = await page.locator("body").innerText();
  ok(!/p-1|\bgap\b/.test(text) && text.includes("seizure"), text);
  const href = await page.getByRole("link", { name: "Download as EDF+" }).getAttribute("href");
  const file = await page.evaluate(async (path) => {
    const answer = await fetch(path);
    return [answer.status, (await answer.text()).slice(0, 168)] as const;
  }, href!);
  deepStrictEqual([file[0], file[1].includes("p-1")], [200, false]);
  // Of everything else of the viewer nothing is theirs.
  for (const path of ["/recordings/p-1/gap", "/recordings/p-1/gap/viewings", "/audit"]) {
    const status = await page.evaluate(async (path) => (await fetch(path)).status, path);
    strictEqual(status, 403, path);
  }
}

/** Who lost a phone begins anew by the administrator's link; what there was before lets nobody in. */
async function checkReset(reading: Reading): Promise<void> {
  const { page, site } = reading;
  const name = "Otto Audit";
  await page.goto(`${site.url}/admin/people`);
  await page.getByRole("link", { name }).click();
  await page.locator("summary", { hasText: "Reset link" }).click();
  await button(page, "Make the reset link").click();
  const link = await secretOf(reading, /^Link for Otto Audit/);
  await atAnotherSeat(reading, async ({ page: seat }) => {
    const device = await enrolPasskey(seat, { name, link });
    strictEqual(new URL(seat.url()).pathname, "/audit/patients");
    await device.touch(false);
    await signOut(seat);
    await typePassword(seat, "auditor");
    await seat.getByRole("alert").filter({ hasText: "That did not fit" }).waitFor();
    // A link is good once.
    await seat.goto(link);
    await seat.getByText("not good any more").waitFor();
  });
}

inBrowser("administration and audit: people, devices, keys, who saw a patient", async (reading) => {
  const { page, site, complaints } = reading;
  await page.setViewportSize({ width: 1366, height: 768 });
  await streamFile(site, discontinuousFile());
  const seen = await site.pipeline.get("/eeg?patient_id=p-1&recording_id=gap&start=0&end=10");
  await seen.body?.cancel();
  await comeInFirst(reading);
  await checkPeople(reading);
  await checkDevices(reading);
  await checkKeys(reading);
  await checkWithoutScript(reading);
  await site.pipeline.queryDeps.ledger.flush();
  for (
    const [name, role, check] of [
      ["Otto Audit", "auditor", checkAudit],
      ["Cora Custody", "custodian", checkConsent],
      ["Rita Research", "researcher", checkResearch],
    ] as const
  ) {
    const invited = await inviteColleague(reading, { name, role });
    await atAnotherSeat(reading, (seat) => check(seat, invited));
  }
  await checkReset(reading);

  // At 400 % of a screen of 1,280 pixels nothing lies beside the page.
  await page.setViewportSize({ width: 320, height: 400 });
  for (const path of ["/admin/people", "/admin/devices", "/admin/api-keys", "/admin/site"]) {
    await page.goto(site.url + path);
    const width = await page.evaluate(() => document.documentElement.scrollWidth);
    ok(width <= 320, `${path} is ${width} pixels wide`);
  }
  // A form that was refused is a 422, a link that was used a 410, and the browser says so.
  const refused = complaints.splice(0).filter((text) => !/422|409|410/.test(text));
  deepStrictEqual(refused, []);
}, { hasAccounts: true });
