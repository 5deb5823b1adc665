/**
 * Coming in and staying in, in a real browser on real services: invitation, password and code, lock and the same
 * window again, passkeys, sessions ended from another seat, leaving, reset.
 *
 * One person, one browser, in the order in which a new reader meets it. Passkeys are those of Chromium's virtual
 * authenticator.
 *
 * @module
 */

import { deepStrictEqual, ok, strictEqual } from "node:assert/strict";
import type { Page } from "playwright-core";
import { inDatabase } from "../../core/testing/test_database.ts";
import { invite } from "../../ingest/accounts/invite.ts";
import { accessibilityFaults } from "../testing/axe.ts";
import { button, type Device, PASSWORD, plugInDevice } from "../testing/come_in.ts";
import { discontinuousFile } from "../testing/edf_files.ts";
import {
  drawn,
  eventually,
  inBrowser,
  picture,
  type Reading,
  streamFile,
} from "../testing/in_browser.ts";
import { linkAddress } from "../people/link_address.ts";

const RECORDING = "/recordings/p-1/gap?start=10";

/** The address that an administrator hands over. */
async function linkFor({ site }: Reading, kind: "invitation" | "reset"): Promise<string> {
  const person = { login: "anna", role: "clinician", displayName: "Anna Berg", kind } as const;
  const link = await invite(site.accounts!.deps, site.pipeline.database.siteId, person);
  return linkAddress(site.url, link!.text);
}

async function checkFaults(page: Page, view: string): Promise<void> {
  deepStrictEqual(await accessibilityFaults(page), [], view);
  await picture(page, `people_${view}`);
}

/** As the menu does; a dialog that is open covers it, and an idle seat asks nobody. */
function lock(page: Page): Promise<void> {
  return page.evaluate(() =>
    document.querySelector<HTMLFormElement>("form[action='/lock']")!.requestSubmit()
  );
}

/** Waits for the reading screen as it was left. */
async function isReading(page: Page): Promise<void> {
  await page.getByRole("dialog", { name: /^(Locked|Signed out)$/ }).waitFor({ state: "detached" });
  await drawn(page, 10);
}

inBrowser("people come in, stay, lock, come back and leave", async (reading, test) => {
  const { page, site } = reading;
  const { accounts } = site;
  await streamFile(site, discontinuousFile());
  let secret = "";
  let recoveryCode = "";
  let device: Device | undefined;
  const code = () => accounts!.code(secret);

  await test.step("an invitation: password, authenticator, recovery codes", async () => {
    await page.goto(await linkFor(reading, "invitation"));
    await page.getByText("Invitation for Anna Berg").waitFor();
    // The secret has left the address before anything else happens.
    strictEqual(page.url(), `${site.url}/link`);
    await checkFaults(page, "link");
    await button(page, "Continue").press("Enter");
    await page.getByRole("heading", { name: "Welcome, Anna Berg" }).waitFor();
    await checkFaults(page, "enrol");
    // Nothing else is open before there is something to sign in with.
    await page.goto(`${site.url}${RECORDING}`);
    strictEqual(new URL(page.url()).pathname, "/enrol");
    await page.getByLabel("New password").fill(PASSWORD);
    await page.getByLabel("The same again").fill(PASSWORD);
    await page.keyboard.press("Enter");
    secret = (await page.locator("code.secret").innerText()).replaceAll(" ", "");
    await checkFaults(page, "authenticator");
    await page.getByLabel("Code that the app shows").fill(code());
    await page.keyboard.press("Enter");
    await page.getByRole("list", { name: "Recovery codes" }).waitFor();
    recoveryCode = await page.locator(".recovery-codes code").first().innerText();
    await checkFaults(page, "recovery_codes");
    await page.getByRole("link", { name: "I have kept them" }).click();
    await page.getByRole("link", { name: "gap", exact: true }).waitFor();
  });

  await test.step("a locked seat shows nothing, and comes back to the exact window", async () => {
    await page.goto(`${site.url}${RECORDING}`);
    await drawn(page, 10);
    await page.locator(".plot").focus();
    await page.keyboard.press("a");
    await page.getByLabel("Text").fill("half a thought");
    // The address follows what is shown a moment later.
    await page.waitForURL(/start=10&page=10$/);
    const { url, scroll } = await page.evaluate(() => ({ url: location.href, scroll: scrollY }));
    await lock(page);
    const cover = page.getByRole("dialog", { name: "Locked" });
    await cover.waitFor();
    await page.waitForFunction(() => document.title === "Locked · Wavekeep");
    // The service has it from the lock itself, whatever life the access token had left.
    const locks = `select count(*)::int as n from wavekeep.session_lock where is_locked`;
    await eventually(async () => deepStrictEqual(await rowsOf(reading, locks), [{ n: 1 }]));
    strictEqual((await page.locator("body").innerText()).includes("p-1"), false);
    const tree = await page.locator("body").ariaSnapshot();
    ok(!/p-1|half a thought|FP1|Recording/.test(tree), tree);
    await checkFaults(page, "locked");
    // Escape, and what script of the page could still ask: nothing.
    await page.keyboard.press("Escape");
    await page.keyboard.press("Escape");
    ok(await cover.isVisible());
    strictEqual(await statusOf(page, "/api/query/recordings"), 401);
    await page.getByLabel("Password").fill("not this one");
    await page.keyboard.press("Enter");
    await cover.getByRole("alert").waitFor();
    await page.getByLabel("Password").fill(PASSWORD);
    await page.keyboard.press("Enter");
    await isReading(page);
    strictEqual(await page.getByLabel("Text").inputValue(), "half a thought");
    deepStrictEqual(
      await page.evaluate(() => ({ url: location.href, scroll: scrollY })),
      { url, scroll },
    );
    strictEqual(await statusOf(page, "/api/query/recordings"), 200);
    await page.keyboard.press("Escape");
  });

  await test.step("a locked seat shows nothing on the way back, forward, or anew", async () => {
    await page.goto(`${site.url}/account`);
    await page.goto(`${site.url}${RECORDING}`);
    await drawn(page, 10);
    await lock(page);
    await page.getByRole("dialog", { name: "Locked" }).waitFor();
    // Wherever the browser goes from here: what it kept is covered, what it asks for is the lock.
    const shut = async () => {
      await page.getByRole("dialog", { name: "Locked" }).or(
        page.getByRole("heading", { name: "This seat is locked" }),
      ).waitFor();
      const text = await page.locator("body").innerText();
      ok(!/FP1|p-1|Where you are signed in/.test(text), text);
    };
    await page.goBack();
    await shut();
    await page.goForward();
    await shut();
    await page.reload();
    await page.waitForURL(/\/locked\?to=/);
    await shut();
    await page.getByLabel("Password").fill(PASSWORD);
    await page.keyboard.press("Enter");
    await drawn(page, 10);
    ok(page.url().startsWith(`${site.url}${RECORDING}`), page.url());
  });

  await test.step("a seat that nobody touches locks itself, in every tab", async () => {
    const idle = await page.context().newPage();
    await idle.clock.install();
    await idle.goto(`${site.url}/account`);
    await idle.getByRole("heading", { name: "Where you are signed in" }).waitFor();
    const { idleLockSeconds } = JSON.parse((await idle.locator("#seat").textContent())!);
    strictEqual(idleLockSeconds, 900);
    const locks = `select count(*)::int as n from wavekeep.session_lock where is_locked`;
    const [{ n: before }] = await rowsOf(reading, locks) as [{ n: number }];
    await idle.clock.fastForward(idleLockSeconds * 1000 + 1000);
    const cover = idle.getByRole("dialog", { name: "Locked" });
    await cover.waitFor();
    await page.getByRole("dialog", { name: "Locked" }).waitFor();
    await eventually(async () =>
      deepStrictEqual(await rowsOf(reading, locks), [{ n: before + 1 }])
    );
    strictEqual(await statusOf(page, "/api/query/recordings"), 401);
    await cover.getByLabel("Password").fill(PASSWORD);
    await idle.keyboard.press("Enter");
    await cover.waitFor({ state: "detached" });
    await idle.close();
    await isReading(page);
  });

  await test.step("a passkey: made, and used to unlock", async () => {
    device = await plugInDevice(page);
    await page.goto(`${site.url}/account`);
    await page.getByLabel("Name of the passkey").fill("Ward tablet");
    await page.keyboard.press("Enter");
    await page.getByRole("row", { name: /Ward tablet/ }).waitFor();
    await checkFaults(page, "account");
    await page.goto(`${site.url}${RECORDING}`);
    await drawn(page, 10);
    await lock(page);
    await button(page, "Unlock with a passkey").press("Enter");
    await isReading(page);
  });

  await test.step("a restricted patient opens with a reason, to the same window", async () => {
    const restricted = { care: "restricted", reason: "A colleague" };
    const answer = await site.pipeline.post("/patients/p-1/consent", restricted, { role: "admin" });
    ok(answer.ok, await answer.text());
    // Query believes for a few seconds what it was told of a patient who was open.
    const path = "/api/query/patients/p-1/recordings/gap";
    await eventually(async () => strictEqual(await statusOf(page, path), 403));
    await page.goto(`${site.url}${RECORDING}`);
    await page.getByRole("heading", { name: "Restricted patient" }).waitFor();
    await checkFaults(page, "restricted");
    await page.getByLabel("Reason, without names").fill("Seizure on the ward");
    await button(page, "Open the patient with this reason").press("Enter");
    await drawn(page, 10);
  });

  await test.step("a session is ended from another seat, and the page waits for its reader", async () => {
    const other = await page.context().browser()!.newContext({
      viewport: { width: 900, height: 700 },
    });
    const seat = await other.newPage();
    await seat.goto(`${site.url}/account`);
    await seat.getByLabel("Sign-in name").fill("anna");
    await seat.getByLabel("Password").fill(PASSWORD);
    await seat.keyboard.press("Enter");
    await seat.getByText("Use a recovery code").click();
    await seat.getByLabel("Recovery code", { exact: true }).fill(recoveryCode);
    await seat.keyboard.press("Enter");
    await seat.getByRole("heading", { name: "Where you are signed in" }).waitFor();
    await seat.getByRole("row", { name: /password/ }).or(
      seat.getByRole("row", { name: /invitation/ }),
    )
      .getByRole("button").click();
    await seat.getByText("The session was ended.").waitFor();
    // Whoever comes back to the tab that was open finds it covered.
    await page.evaluate(() => document.dispatchEvent(new Event("visibilitychange")));
    await page.getByRole("dialog", { name: "Signed out" }).waitFor();
    await checkFaults(page, "signed_out");
    await other.close();
    // Signing in again in another tab brings this one back.
    const tab = await page.context().newPage();
    await tab.goto(`${site.url}/sign_in?to=/account`);
    await tab.getByLabel("Sign-in name").fill("anna");
    await tab.getByLabel("Password").fill(PASSWORD);
    await tab.keyboard.press("Enter");
    await tab.getByLabel("Code of your authenticator").fill(code());
    await tab.keyboard.press("Enter");
    await tab.getByRole("heading", { name: "Where you are signed in" }).waitFor();
    await tab.close();
    await isReading(page);
  });

  await test.step("after leaving, the way back shows nothing", async () => {
    // The sign-in page offers passkeys by itself; nobody touches the device.
    await device!.touch(false);
    await page.locator(".topbar .menu > summary").click();
    await button(page, "Sign out").click();
    await page.waitForURL(`${site.url}/sign_in`);
    // No copy of its tokens is good any more: the session is over at the service, too.
    const ends = `select reason from wavekeep.session_end order by ended_at desc limit 1`;
    deepStrictEqual(await rowsOf(reading, ends), [{ reason: "signed-out" }]);
    await page.goBack();
    await page.waitForURL(/\/sign_in\?to=/);
    strictEqual((await page.locator("body").innerText()).includes("FP1"), false);
    await checkFaults(page, "sign_in");
  });

  await test.step("a passkey signs in; the device is lost, and a reset ends it", async () => {
    await device!.touch(true);
    await button(page, "Sign in with a passkey").press("Enter");
    await drawn(page, 10);
    await device!.lose();
    await plugInDevice(page);
    await page.goto(await linkFor(reading, "reset"));
    await page.getByText("A new beginning for Anna Berg").waitFor();
    await button(page, "Continue").click();
    await page.getByLabel("Name of the passkey").fill("New tablet");
    await button(page, "Make a passkey").click();
    await page.getByRole("list", { name: "Recovery codes" }).waitFor();
    await page.goto(`${site.url}/account`);
    await page.getByRole("row", { name: /New tablet/ }).waitFor();
    strictEqual(await page.getByRole("row", { name: /Ward tablet/ }).count(), 0);
  });
}, { hasAccounts: true });

/** What lies in the accounts service's database. */
function rowsOf({ site }: Reading, sql: string): Promise<unknown[]> {
  return inDatabase(
    site.pipeline.database.ownerUrl,
    async (client) => (await client.query(sql)).rows,
  );
}

/** What the server answers a script of the page. */
function statusOf(page: Page, path: string): Promise<number> {
  return page.evaluate(async (path) => (await fetch(path)).status, path);
}
