/**
 * The relay's page as HTML: what a nurse or an engineer sees of it from across the room. No script.
 *
 * @module
 */

import { healthOf, type RelayHealth, type RelayStatus } from "./status.ts";

/** What each state means, and what to do. */
const WORDS: Readonly<Record<RelayHealth, { title: string; text: string }>> = {
  "forwarding": { title: "Forwarding", text: "Ingest answers. Nothing needs to be done." },
  "away": {
    title: "Network away",
    text: "Ingest does not answer. Everything from the devices is held here and goes on by itself.",
  },
  "nearly full": {
    title: "Filling up",
    text:
      "More than 70 % of the room is used. Bring the network back soon, or give the relay more room.",
  },
  "full": {
    title: "Full",
    text: "There is no room left: devices are refused and have to keep what they record. " +
      "Nothing that was taken is dropped.",
  },
};

const REFRESH_SECONDS = 5;

/** The whole page. */
export function renderPage(status: RelayStatus, options: { readonly isSignedIn: boolean }): string {
  const { spool, drain, clock } = status;
  const health = healthOf(status);
  const words = WORDS[health];
  const share = Math.min(100, 100 * spool.usedBytes / spool.quotaBytes);
  const away = drain.awayReason === null
    ? ""
    : `<p class="why">Away for ${duration(drain.awayMs)}: ${escape(drain.awayReason)}</p>`;
  return document(`Relay ${status.name}: ${words.title}`, {
    refresh: true,
    body: `
<header class="${health.replace(" ", "-")}">
  <p class="name">Relay ${escape(status.name)}</p>
  <h1>${words.title}</h1>
  <p>${words.text}</p>${away}
</header>
<main>
  <dl>
    ${
      fact(
        "Waiting",
        `${count(spool.waitingChunks)} chunks`,
        `${count(spool.waitingRequests)} other requests, ${bytes(spool.waitingBytes)}`,
      )
    }
    ${
      fact(
        "Oldest has waited",
        spool.oldestWaitMs === null ? "nothing waits" : duration(spool.oldestWaitMs),
        "while this relay was running",
      )
    }
    ${
      fact(
        "Last receipt",
        drain.lastReceiptAtMs === null
          ? "none since it started"
          : `${instant(drain.lastReceiptAtMs)}`,
        `${count(drain.storedChunks)} stored, ${count(drain.repeatedChunks)} were there already`,
      )
    }
    ${
      fact(
        "Room",
        `${share.toFixed(share < 10 ? 1 : 0)} % used`,
        `${bytes(spool.usedBytes)} of ${bytes(spool.quotaBytes)}; disk has ${
          status.diskFreeBytes === null ? "an unknown amount" : bytes(status.diskFreeBytes)
        } left`,
        `<progress max="100" value="${share.toFixed(1)}">${share.toFixed(1)} %</progress>`,
      )
    }
    ${
      fact(
        "Kept with receipt",
        count(spool.storedEntries),
        "for a day more, should ingest be restored",
      )
    }
    ${
      fact(
        "Clock",
        clock === null ? "not compared yet" : offset(clock.offsetMicros),
        clock === null ? "" : `± ${seconds(clock.uncertaintyMicros)} against ingest`,
      )
    }
  </dl>
  ${disputed(status)}
  ${
      spool.setAside.length === 0
        ? ""
        : `<p class="alarm">${
          count(spool.setAside.length)
        } damaged files were set aside in the spool's folder. Keep them until somebody has looked.</p>`
    }
</main>
<footer>
  <p>Up ${duration(status.upSeconds * 1000)} · ${
      count(status.keyCount)
    } device keys known · <a href="/metrics">metrics</a> · renewed every ${REFRESH_SECONDS} s</p>
  ${
      options.isSignedIn
        ? `<form method="post" action="/sign-out"><button>Sign out</button></form>`
        : ""
    }
</footer>`,
  });
}

/** Where the page's password is asked for. */
export function renderSignIn(name: string, isWrong: boolean): string {
  return document(`Relay ${name}: sign in`, {
    refresh: false,
    body: `
<header class="away"><p class="name">Relay ${escape(name)}</p><h1>Sign in</h1></header>
<main><form method="post" action="/sign-in" class="sign-in">
  <label>Password of this page <input type="password" name="token" autocomplete="current-password" required autofocus></label>
  ${isWrong ? `<p class="alarm" role="alert">That is not the password.</p>` : ""}
  <button>Sign in</button>
</form></main>`,
  });
}

function document(
  title: string,
  { refresh, body }: { readonly refresh: boolean; readonly body: string },
): string {
  return `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<title>${escape(title)}</title>${
    refresh ? `<meta http-equiv="refresh" content="${REFRESH_SECONDS}">` : ""
  }
<link rel="stylesheet" href="/style.css"></head><body>${body}</body></html>`;
}

function disputed({ disputed, spool }: RelayStatus): string {
  if (spool.disputedEntries === 0) return `<h2>Refused for good</h2><p class="none">Nothing.</p>`;
  const rows = disputed.map((entry) => {
    const what = entry.kind === "request"
      ? "request"
      : `second ${entry.sequence} of stream ${entry.stream}, segment ${
        entry.segmentId!.slice(0, 8)
      }…`;
    return `<tr><td>${what}</td><td>${escape(entry.problem.title)}</td><td>${
      instant(entry.heldAtMs)
    }</td></tr>`;
  });
  const more = spool.disputedEntries > disputed.length
    ? `<p class="none">The newest ${disputed.length} of ${count(spool.disputedEntries)}.</p>`
    : "";
  return `<h2 class="alarm">Refused for good: ${count(spool.disputedEntries)}</h2>
<p>Ingest will not take these. They are kept, and hold up nothing else. When the reason is mended, a key enrolled say, they can be sent once more.</p>
<table><thead><tr><th>What</th><th>Why</th><th>Held since</th></tr></thead><tbody>${
    rows.join("")
  }</tbody></table>${more}
<form method="post" action="/retry"><button>Send them once more</button></form>`;
}

function fact(name: string, value: string, note: string, extra = ""): string {
  return `<div><dt>${name}</dt><dd>${value}${extra}<small>${note}</small></dd></div>`;
}

function escape(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;")
    .replaceAll('"', "&quot;");
}

function count(value: number): string {
  return value.toLocaleString("en");
}

function bytes(value: number): string {
  if (value >= 1e9) return `${(value / 1e9).toFixed(1)} GB`;
  return value >= 1e6 ? `${(value / 1e6).toFixed(1)} MB` : `${Math.ceil(value / 1e3)} kB`;
}

function duration(ms: number): string {
  const total = Math.floor(ms / 1000);
  const [d, h, m, s] = [
    Math.floor(total / 86_400),
    Math.floor(total / 3600) % 24,
    Math.floor(total / 60) % 60,
    total % 60,
  ];
  if (d > 0) return `${d} d ${h} h`;
  if (h > 0) return `${h} h ${m} min`;
  return m > 0 ? `${m} min ${s} s` : `${s} s`;
}

function seconds(micros: number): string {
  return micros < 1e6 ? `${(micros / 1e3).toFixed(0)} ms` : `${(micros / 1e6).toFixed(1)} s`;
}

function offset(micros: number): string {
  const size = Math.abs(micros);
  if (size < 1_000) return "agrees with ingest";
  const text = size >= 60e6 ? duration(size / 1e3) : seconds(size);
  return `${text} ${micros > 0 ? "behind" : "ahead"}`;
}

function instant(ms: number): string {
  return new Date(ms).toISOString().slice(0, 19).replace("T", " ") + " UTC";
}

/** The page's only style sheet. Colours have at least 4.5 to 1 in both schemes. */
export const STYLE = `
:root { color-scheme: light dark; font: 16px/1.5 system-ui, sans-serif; }
body { margin: 0; background: Canvas; color: CanvasText; }
header { padding: 1.25rem 1.5rem 1.5rem; color: #fff; background: #1b5e3a; }
header.away { background: #7a4a00; }
header.nearly-full { background: #8a3b00; }
header.full { background: #9b1c1c; }
header h1 { margin: 0; font-size: 2.5rem; line-height: 1.2; }
header p { margin: .25rem 0 0; max-width: 46rem; }
header .name { font-weight: 600; letter-spacing: .02em; }
header .why { font-size: .9rem; }
main, footer { padding: 1rem 1.5rem; max-width: 60rem; }
dl { display: grid; grid-template-columns: repeat(auto-fit, minmax(15rem, 1fr)); gap: 1px; margin: 0; background: color-mix(in srgb, CanvasText 20%, Canvas); border: 1px solid color-mix(in srgb, CanvasText 20%, Canvas); }
dl div { background: Canvas; padding: .75rem 1rem; }
dt { font-size: .85rem; color: color-mix(in srgb, CanvasText 75%, Canvas); }
dd { margin: 0; font-size: 1.35rem; font-variant-numeric: tabular-nums; }
dd small { display: block; font-size: .85rem; color: color-mix(in srgb, CanvasText 75%, Canvas); }
dd progress { display: block; width: 100%; height: .5rem; margin: .25rem 0; accent-color: #2f7d54; }
h2 { font-size: 1.1rem; margin: 1.5rem 0 .25rem; }
.alarm { color: light-dark(#9b1c1c, #ff9d9d); font-weight: 600; }
.none { margin: 0; color: color-mix(in srgb, CanvasText 75%, Canvas); }
table { border-collapse: collapse; width: 100%; font-size: .9rem; }
th, td { text-align: left; padding: .35rem .75rem .35rem 0; border-bottom: 1px solid color-mix(in srgb, CanvasText 20%, Canvas); }
button { font: inherit; padding: .4rem .9rem; margin-top: .75rem; }
.sign-in { display: grid; gap: .5rem; max-width: 20rem; }
.sign-in input { display: block; width: 100%; font: inherit; padding: .4rem; box-sizing: border-box; }
footer { font-size: .85rem; color: color-mix(in srgb, CanvasText 75%, Canvas); }
footer form { display: inline; }
`;
