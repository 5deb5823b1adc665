/**
 * The browser's entry on every page of somebody with an account: locks it when nobody is there.
 *
 * @module
 */

import { h, render } from "preact";
import { LockCover } from "./seat/LockCover.tsx";
import { onRefused, tellResumed } from "./seat/seat_events.ts";
import { readSeat, type Seat } from "./seat/seat_facts.ts";
import {
  type SeatAnswer,
  SeatKeeper,
  type SeatMessage,
  type SeatView,
} from "./seat/seat_keeper.ts";

/** What counts as being there. Scrolling does: who reads a long list touches nothing else. */
const ACTIVITY = ["keydown", "pointerdown", "pointermove", "wheel", "touchmove", "scroll"] as const;

/** Who comes back to a tab is asked about, unless it was a moment ago, ms. */
const AWAY_MS = 1000;

const COVERED_TITLE = "Locked · Wavekeep";

function keepSeat(seat: Seat): void {
  const channel = new BroadcastChannel("wavekeep.seat");
  const place = document.createElement("div");
  place.className = "seat";
  document.body.append(place);
  let title = document.title;

  const show = (view: SeatView) => {
    const root = document.documentElement;
    const isCovered = view.kind === "covered";
    if (isCovered && root.dataset["covered"] === undefined) {
      title = document.title;
      document.title = COVERED_TITLE;
      root.dataset["covered"] = "";
    } else if (!isCovered && root.dataset["covered"] !== undefined) {
      delete root.dataset["covered"];
      document.title = title;
    }
    render(
      h(LockCover, {
        view,
        seat,
        onUnlocked: () => keeper.unlocked(),
        onEnded: () => keeper.ended(),
        onLeave: () => keeper.leaving(),
      }),
      place,
    );
  };

  const keeper = new SeatKeeper(seat, {
    now: Date.now,
    tell: (message) => channel.postMessage(message),
    ask: async (isThorough) => {
      const answer = await fetch(`/seat${isThorough ? "?check=1" : ""}`, {
        headers: { accept: "application/json" },
      });
      if (!answer.ok) throw new Error(`status ${answer.status}`);
      return await answer.json() as SeatAnswer;
    },
    lock: async () => {
      const headers = { "content-type": "application/json", "accept": "application/json" };
      const answer = await fetch("/lock", { method: "POST", headers, body: "{}" });
      if (!answer.ok) throw new Error(`status ${answer.status}`);
    },
    wait: (ms) => new Promise((resolve) => setTimeout(resolve, ms)),
    show,
    resumed: tellResumed,
    reload: () => location.reload(),
    leave: () => location.replace("/sign_in"),
  });

  channel.onmessage = ({ data }) => keeper.hear(data as SeatMessage);
  for (const type of ACTIVITY) {
    document.addEventListener(type, () => keeper.active(), { capture: true, passive: true });
  }
  const look = (everyMs?: number) => {
    keeper.tick();
    if (!document.hidden) void keeper.look(everyMs);
  };
  setInterval(() => look(), 1000);
  document.addEventListener("visibilitychange", () => look(AWAY_MS));
  onRefused(() => void keeper.refused());
  addEventListener("pagehide", (event) => isKept(event) && keeper.putAway());
  addEventListener("pageshow", (event) => isKept(event) && void keeper.returned());
  document.addEventListener("submit", (event) => {
    const form = event.target as HTMLFormElement;
    const action = form.getAttribute("action");
    if (action === "/sign_out") keeper.leaving();
    if (action === "/lock") {
      event.preventDefault();
      void keeper.lock();
    }
  });
}

/** Whether the page goes into the browser's memory whole, or comes out of it. */
function isKept(event: Event): boolean {
  return (event as PageTransitionEvent).persisted;
}

const seat = readSeat(document);
if (seat !== undefined) keepSeat(seat);
