/**
 * Coming in as people do, through the pages: by a link that was handed over, then with a passkey or a password and a
 * code. Passkeys are those of Chromium's virtual authenticator.
 *
 * @module
 */

import type { Page } from "playwright-core";

/** Everybody's. */
export const PASSWORD = "four words nobody says";

/** A device that makes passkeys. */
export interface Device {
  /** Whether it signs what it is asked, as if somebody touched it. */
  touch(isOn: boolean): Promise<void>;
  lose(): Promise<void>;
}

/** Gives a page a device. */
export async function plugInDevice(page: Page): Promise<Device> {
  const devTools = await page.context().newCDPSession(page);
  await devTools.send("WebAuthn.enable");
  const { authenticatorId } = await devTools.send("WebAuthn.addVirtualAuthenticator", {
    options: {
      protocol: "ctap2",
      transport: "internal",
      hasResidentKey: true,
      hasUserVerification: true,
      isUserVerified: true,
      automaticPresenceSimulation: true,
    },
  });
  return {
    touch: async (enabled) =>
      void await devTools.send("WebAuthn.setAutomaticPresenceSimulation", {
        authenticatorId,
        enabled,
      }),
    lose: async () =>
      void await devTools.send("WebAuthn.removeVirtualAuthenticator", { authenticatorId }),
  };
}

/** What an authenticator shows at this moment, by its secret. */
export type CodeOf = (secret: string) => string;

/** Somebody who was handed a link. */
export interface Invited {
  readonly name: string;
  readonly link: string;
}

/** A button by its whole name. */
export const button = (page: Page, name: string) => page.getByRole("button", { name, exact: true });

/** Uses a link up and makes a passkey; the page is where the person begins. */
export async function enrolPasskey(page: Page, invited: Invited): Promise<Device> {
  const device = await plugInDevice(page);
  await openLink(page, invited);
  await page.getByLabel("Name of the passkey").fill(`Key of ${invited.name}`);
  await button(page, "Make a passkey").click();
  await keepCodes(page);
  return device;
}

/** Uses a link up and makes a password with an authenticator; the page is where the person begins. */
export async function enrolPassword(
  page: Page,
  codeOf: CodeOf,
  invited: Invited,
): Promise<{ readonly secret: string; readonly recoveryCode: string }> {
  await openLink(page, invited);
  await page.getByLabel("New password").fill(PASSWORD);
  await page.getByLabel("The same again").fill(PASSWORD);
  await page.keyboard.press("Enter");
  const secret = (await page.locator("code.secret").innerText()).replaceAll(" ", "");
  const typeCode = async () => {
    await page.getByLabel("Code that the app shows").fill(codeOf(secret));
    await page.keyboard.press("Enter");
    const refused = page.getByRole("alert");
    await page.getByRole("list", { name: "Recovery codes" }).or(refused).waitFor();
    return await refused.isHidden();
  };
  // A code may end on its way; the one after it does not.
  if (!await typeCode()) await typeCode();
  const recoveryCode = await page.locator(".recovery-codes code").first().innerText();
  await keepCodes(page);
  return { secret, recoveryCode };
}

async function openLink(page: Page, { name, link }: Invited): Promise<void> {
  await page.goto(link);
  await page.getByRole("status").filter({ hasText: name }).waitFor();
  await button(page, "Continue").click();
  await page.getByRole("heading", { name: `Welcome, ${name}` }).waitFor();
}

async function keepCodes(page: Page): Promise<void> {
  await page.getByRole("list", { name: "Recovery codes" }).waitFor();
  await page.getByRole("link", { name: "I have kept them" }).click();
  await page.waitForURL(({ pathname }) => pathname !== "/enrol");
}

/** Leaves by the menu. */
export async function signOut(page: Page): Promise<void> {
  await page.locator(".topbar .menu > summary").click();
  await button(page, "Sign out").click();
  await page.waitForURL(/\/sign_in$/);
}

/**
 * Signs in on the sign-in page with the passkey of a device; the page is where the person begins. The page offers
 * passkeys by itself, too, and may have taken this one before its button is pressed: either way is in.
 */
export async function signInWithPasskey(page: Page, device: Device): Promise<void> {
  const isIn = page.waitForURL(({ pathname }) => !pathname.startsWith("/sign_in"));
  await device.touch(true);
  const pressed = button(page, "Sign in with a passkey").press("Enter").then(() => isIn);
  await Promise.any([isIn, pressed]);
}

/** Types a name and the password of all. */
export async function typePassword(page: Page, login: string): Promise<void> {
  await page.getByLabel("Sign-in name").fill(login);
  await page.getByLabel("Password").fill(PASSWORD);
  await page.keyboard.press("Enter");
}

/** Signs in on the sign-in page with password and code; the page is where the person begins. */
export async function signInWithCode(page: Page, login: string, code: () => string): Promise<void> {
  await typePassword(page, login);
  await page.getByLabel("Code of your authenticator").fill(code());
  await page.keyboard.press("Enter");
  await page.waitForURL(({ pathname }) => !pathname.startsWith("/sign_in"));
}

/** The same with a recovery code in place of the authenticator. */
export async function signInWithRecoveryCode(
  page: Page,
  login: string,
  recoveryCode: string,
): Promise<void> {
  await typePassword(page, login);
  await page.getByText("Use a recovery code").click();
  await page.getByLabel("Recovery code", { exact: true }).fill(recoveryCode);
  await page.keyboard.press("Enter");
  await page.waitForURL(({ pathname }) => !pathname.startsWith("/sign_in"));
}
