/**
 * The account page: passkeys, password and authenticator, recovery codes, sessions.
 *
 * @module
 */

import type { OwnCredentials, OwnSessions, SignedIn } from "@wavekeep/core/wire";
import type { ComponentChildren, VNode } from "preact";
import { PasskeyMaker, type PasskeyMakerProps } from "../islands/PasskeyMaker.tsx";
import { Island } from "../page.tsx";
import { NewPasswordFields } from "./PeoplePage.tsx";
import { ScrollTable, unseenHead } from "./ScrollTable.tsx";

/** What the page shows. */
export interface AccountViewProps {
  readonly person: SignedIn;
  readonly credentials: OwnCredentials;
  readonly sessions: OwnSessions["sessions"];
  readonly done: string | undefined;
  readonly problem: string | undefined;
  readonly isTooOld: boolean;
}

/** The page's content. */
export function AccountView(props: AccountViewProps): VNode {
  const { person, credentials, sessions, done, problem, isTooOld } = props;
  return (
    <section class="account">
      <div class="heading">
        <h1>{person.display_name}</h1>
        <p class="muted">
          {person.login} · {person.role} · site {person.site_code}
        </p>
      </div>
      {done === undefined ? null : <p class="notice good" role="status">{done}</p>}
      {problem === undefined ? null : (
        <p class="notice bad" role="alert">
          {problem}
          {isTooOld && <a href="/sign_in?to=/account">Sign in again</a>}
        </p>
      )}
      <Passkeys passkeys={credentials.passkeys} />
      <PasswordCard hasPassword={credentials.has_password} hasTotp={credentials.has_totp} />
      <CodesCard left={credentials.recovery_codes_left} />
      <Sessions sessions={sessions} />
    </section>
  );
}

function Passkeys({ passkeys }: Pick<OwnCredentials, "passkeys">): VNode {
  const maker: PasskeyMakerProps = {
    label: "Add a passkey",
    next: { action: "/account", step: "passkey-added" },
  };
  return (
    <section class="card">
      <h2>Passkeys</h2>
      {passkeys.length > 0 && (
        <ScrollTable columns={["Name", "Added", "Last used", unseenHead("Remove")]}>
          {passkeys.map(({ passkey_id: id, name, ...passkey }) => (
            <tr key={id}>
              <th scope="row">{name}</th>
              <td>{momentText(passkey.created_at)}</td>
              <td>{passkey.last_used_at ? momentText(passkey.last_used_at) : "never"}</td>
              <td class="number">
                <StepForm step="passkey-remove">
                  <input type="hidden" name="id" value={id} />
                  <button type="submit" aria-label={`Remove the passkey ${name}`}>
                    Remove
                  </button>
                </StepForm>
              </td>
            </tr>
          ))}
        </ScrollTable>
      )}
      <div class="card-body">
        <Island name="PasskeyMaker" props={maker}>
          <PasskeyMaker {...maker} />
        </Island>
      </div>
    </section>
  );
}

function PasswordCard(
  { hasPassword, hasTotp }: { readonly hasPassword: boolean; readonly hasTotp: boolean },
): VNode {
  return (
    <section class="card">
      <h2>Password and authenticator</h2>
      <div class="card-body">
        <p>
          {hasPassword ? "A password is set" : "No password is set"},{" "}
          {hasTotp ? "an authenticator belongs to it." : "and no authenticator."}{" "}
          <span class="muted">A password alone signs nobody in.</span>
        </p>
        <details>
          <summary>{hasPassword ? "Change the password" : "Set a password"}</summary>
          <StepForm step="password">
            {hasPassword && (
              <>
                <label for="current">Password now</label>
                <input
                  id="current"
                  name="current"
                  type="password"
                  required
                  autocomplete="current-password"
                />
              </>
            )}
            <NewPasswordFields />
            <button type="submit">{hasPassword ? "Change it" : "Set it"}</button>
          </StepForm>
        </details>
        <StepForm step="totp">
          <button type="submit">
            {hasTotp ? "Set up another authenticator" : "Set up an authenticator"}
          </button>
        </StepForm>
      </div>
    </section>
  );
}

function CodesCard({ left }: { readonly left: number }): VNode {
  return (
    <section class="card">
      <h2>Recovery codes</h2>
      <div class="card-body">
        <p>
          {left === 0 ? "None are left." : `${left} are left.`}{" "}
          <span class="muted">New ones end those that you have.</span>
        </p>
        <StepForm step="codes">
          <button type="submit">Make new recovery codes</button>
        </StepForm>
      </div>
    </section>
  );
}

function Sessions({ sessions }: OwnSessions): VNode {
  return (
    <section class="card">
      <h2>Where you are signed in</h2>
      <ScrollTable columns={["Where", "Since", "Last seen", "By", unseenHead("End")]}>
        {sessions.map(({ session_id: id, ...session }) => (
          <tr key={id}>
            <th scope="row">
              {session.client || "A program"}{" "}
              {session.address !== null && <span class="muted">{session.address}</span>}
            </th>
            <td>{momentText(session.started_at)}</td>
            <td>{momentText(session.last_used_at)}</td>
            <td>{METHODS[session.method] ?? session.method}</td>
            <td class="number">
              {session.is_current
                ? <span class="badge open">this one</span>
                : (
                  <StepForm step="session-end">
                    <input type="hidden" name="id" value={id} />
                    <button
                      type="submit"
                      aria-label={`End the session of ${momentText(session.started_at)}`}
                    >
                      End
                    </button>
                  </StepForm>
                )}
            </td>
          </tr>
        ))}
      </ScrollTable>
    </section>
  );
}

const METHODS: Readonly<Record<string, string>> = {
  passkey: "passkey",
  totp: "password and code",
  password: "password and code",
  recovery: "recovery code",
  invitation: "invitation",
  reset: "reset",
};

function StepForm(
  { step, children }: { readonly step: string; readonly children: ComponentChildren },
): VNode {
  return (
    <form method="post" action="/account">
      <input type="hidden" name="step" value={step} />
      {children}
    </form>
  );
}

/** The server's clock, to the minute: what is compared is where one was, not how long ago. */
function momentText(at: string): string {
  return `${at.slice(0, 16).replace("T", " ")} UTC`;
}
