/**
 * Where a person is signed in, and the way to end that.
 *
 * @module
 */

import type { Person, SignInSession } from "@wavekeep/core/wire";
import type { VNode } from "preact";
import { minuteText } from "../../../admin/time_text.ts";
import { ScrollTable, sortedHead, unseenHead } from "../../../components/ScrollTable.tsx";
import { personPath } from "./PeopleTable.tsx";

const METHODS: Readonly<Record<string, string>> = {
  passkey: "passkey",
  password: "password and code",
  totp: "password and code",
  recovery: "password and recovery code",
  invitation: "invitation link",
  reset: "reset link",
  link: "link",
};

/** The sessions that go on. */
export function PersonSessions({ person, sessions }: {
  person: Person;
  sessions: readonly SignInSession[];
}): VNode {
  return (
    <section class="card" aria-labelledby="sessions">
      <h2 id="sessions">Signed in at</h2>
      {sessions.length === 0 ? <p class="card-body muted">Nowhere now.</p> : (
        <>
          <ScrollTable
            label="Sessions"
            caption={<>Sessions of {person.display_name} that go on, the newest first</>}
            columns={[
              sortedHead("Since (UTC)", "descending"),
              "Last used (UTC)",
              "With",
              "Browser",
              "From",
              unseenHead("End it"),
            ]}
          >
            {sessions.map((session) => (
              <SessionRow key={session.session_id} person={person} session={session} />
            ))}
          </ScrollTable>
          <form method="post" action={personPath(person.person_id)} class="card-body form">
            <input type="hidden" name="do" value="end-sessions" />
            <div class="form-actions">
              <button type="submit">End all sessions</button>
              <p class="muted">They can sign in again at once; to keep them out, disable them.</p>
            </div>
          </form>
        </>
      )}
    </section>
  );
}

function SessionRow({ person, session }: { person: Person; session: SignInSession }): VNode {
  const since = minuteText(session.started_at);
  return (
    <tr>
      <th scope="row">{since}</th>
      <td>{minuteText(session.last_used_at)}</td>
      <td>{METHODS[session.method] ?? session.method}</td>
      <td>
        {session.client || <span class="muted">not said</span>}
        {session.is_current ? <strong>· this one</strong> : null}
      </td>
      <td>{session.address ?? <span class="muted">not kept</span>}</td>
      <td>
        <form method="post" action={personPath(person.person_id)}>
          <input type="hidden" name="do" value="end-sessions" />
          <input type="hidden" name="session" value={session.session_id} />
          <button type="submit" class="quiet" aria-label={`End the session since ${since}`}>
            End
          </button>
        </form>
      </td>
    </tr>
  );
}
