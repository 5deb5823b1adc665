/**
 * Takes the secret of a link out of the address, says whom it is for, and lets the form send it.
 *
 * It stands behind `#`, so no server, proxy or log has seen it; from here on the address does not hold it either.
 * Without script the person pastes it.
 *
 * @module
 */

import type { VNode } from "preact";
import { useEffect, useState } from "preact/hooks";
import type { LinkFacts } from "@wavekeep/core/wire";
import { askJson, RefusedError } from "../people/ask_json.ts";
import { refusalWords } from "../people/refusal_words.ts";

/** The form. */
export function LinkReader(): VNode {
  const [token, setToken] = useState("");
  const [facts, setFacts] = useState<LinkFacts>();
  const [problem, setProblem] = useState<string>();
  useEffect(() => {
    const found = location.hash.slice(1);
    if (found === "") return;
    history.replaceState(null, "", location.pathname);
    setToken(found);
    askJson<LinkFacts>("/link/facts", { token: found }).then(setFacts, (error) => {
      setProblem(error instanceof RefusedError ? refusalWords(error.refusal) : String(error));
    });
  }, []);
  return (
    <>
      {problem !== undefined && <p class="notice bad" role="alert">{problem}</p>}
      {facts !== undefined && (
        <p role="status">
          {facts.kind === "invitation" ? "Invitation for" : "A new beginning for"}{" "}
          <strong>{facts.display_name}</strong> ({facts.login}) at site{" "}
          {facts.site_code}. The link is good until{" "}
          {facts.expires_at.slice(0, 16).replace("T", " ")} UTC, and once.
        </p>
      )}
      <form method="post" action="/link">
        {facts === undefined
          ? (
            <>
              <label for="token">Code of the link</label>
              <input
                id="token"
                name="token"
                value={token}
                required
                autocomplete="off"
                spellcheck={false}
                onInput={(event) => setToken(event.currentTarget.value)}
                aria-describedby="token-help"
              />
              <p id="token-help" class="muted">What stands behind # in the link you were given.</p>
            </>
          )
          : <input type="hidden" name="token" value={token} />}
        <button type="submit" class="primary">Continue</button>
      </form>
    </>
  );
}
