/**
 * The queue of events as a list: as many rows in the document as are seen, however many there are.
 *
 * One stop for the Tab key; arrows, Home and End move within it, Enter goes to the page of an event.
 *
 * @module
 */

import type { VNode } from "preact";
import { useEffect, useId, useLayoutEffect, useMemo, useRef, useState } from "preact/hooks";
import { civilText, elapsedText } from "../../../signal/clock_text.ts";
import { isRejected, isSeizure, markText, sourceName } from "../../../signal/marks.ts";
import type { MarkModel, RecordingModel } from "../../../signal/recording_model.ts";
import { Icon } from "./Icon.tsx";
import { rowsInView, scrollToRow } from "../../../signal/virtual_list.ts";

/** Height of a row, CSS pixels; the stylesheet has the same. */
export const EVENT_ROW_HEIGHT = 46;

/** What the list needs. */
export interface EventListProps {
  readonly events: readonly MarkModel[];
  readonly model: RecordingModel;
  readonly focusId: string | undefined;
  /** Goes to an event. */
  readonly onGo: (id: string) => void;
}

/** The list. */
export function EventList({ events, model, focusId, onGo }: EventListProps): VNode {
  const id = useId();
  const box = useRef<HTMLDivElement>(null);
  const space = useRef<HTMLDivElement>(null);
  const [view, setView] = useState({ scrollTop: 0, height: 0 });
  // Where the arrows are; it follows the event in focus. By id: what others add or withdraw meanwhile
  // moves rows, not the reader's place among them.
  const [activeId, setActiveId] = useState<string>();
  const active = useMemo(() => events.findIndex(({ id }) => id === activeId), [events, activeId]);
  const count = events.length;
  const list = { count, rowHeight: EVENT_ROW_HEIGHT, ...view };
  const { first, last } = rowsInView(list);

  useLayoutEffect(() => {
    const element = box.current!;
    const update = () => {
      const { scrollTop, clientHeight } = element;
      setView((before) =>
        before.scrollTop === scrollTop && before.height === clientHeight
          ? before
          : { scrollTop, height: clientHeight }
      );
    };
    const observer = new ResizeObserver(update);
    observer.observe(element);
    element.addEventListener("scroll", update, { passive: true });
    return () => {
      observer.disconnect();
      element.removeEventListener("scroll", update);
    };
  }, []);
  // Sizes of single elements are set here: the server's markup carries no styles.
  useLayoutEffect(() => {
    space.current!.style.height = `${count * EVENT_ROW_HEIGHT}px`;
  }, [count]);
  const show = (row: number) => {
    const element = box.current!;
    element.scrollTop = scrollToRow(row, {
      ...list,
      scrollTop: element.scrollTop,
      height: element.clientHeight,
    });
  };
  const focusRow = useMemo(() => events.findIndex(({ id }) => id === focusId), [events, focusId]);
  const isListed = focusRow >= 0;
  useEffect(() => {
    if (!isListed) return;
    setActiveId(focusId);
    show(focusRow);
  }, [focusId, isListed]);

  const onKey = (event: KeyboardEvent) => {
    const page = Math.max(1, Math.floor(view.height / EVENT_ROW_HEIGHT) - 1);
    const steps: Readonly<Record<string, number>> = {
      ArrowDown: active + 1,
      ArrowUp: active - 1,
      PageDown: active + page,
      PageUp: active - page,
      Home: 0,
      End: count - 1,
    };
    const to = steps[event.key];
    if (event.ctrlKey || event.altKey || event.metaKey || event.shiftKey || count === 0) return;
    if (to !== undefined) {
      const row = Math.max(0, Math.min(count - 1, to));
      setActiveId(events[row]!.id);
      show(row);
    } else if ((event.key === "Enter" || event.key === " ") && active >= 0) {
      onGo(events[active]!.id);
    } else return;
    event.preventDefault();
  };

  return (
    <div
      ref={box}
      class="event-list"
      role="listbox"
      aria-label="Events"
      aria-activedescendant={first <= active && active < last ? `${id}-${active}` : undefined}
      tabIndex={0}
      onKeyDown={onKey}
    >
      <div ref={space} class="event-space" role="presentation">
        {events.slice(first, last).map((mark, i) => (
          <EventRow
            key={mark.id}
            id={`${id}-${first + i}`}
            row={first + i}
            count={count}
            isActive={first + i === active}
            isFocus={mark.id === focusId}
            mark={mark}
            model={model}
            onGo={onGo}
          />
        ))}
      </div>
    </div>
  );
}

interface EventRowProps extends Pick<EventListProps, "model" | "onGo"> {
  readonly id: string;
  readonly row: number;
  readonly count: number;
  readonly mark: MarkModel;
  readonly isActive: boolean;
  readonly isFocus: boolean;
}

function EventRow(props: EventRowProps): VNode {
  const { id, row, count, mark, model, isActive, isFocus, onGo } = props;
  const element = useRef<HTMLDivElement>(null);
  useLayoutEffect(() => {
    element.current!.style.transform = `translateY(${row * EVENT_ROW_HEIGHT}px)`;
  }, [row]);
  const clock = civilText(model.startedAt, mark.onset)?.time.slice(0, 8);
  const state = mark.review?.verdict ?? (mark.source === "human" ? "human" : "unreviewed");
  return (
    <div
      ref={element}
      id={id}
      role="option"
      aria-selected={isFocus}
      aria-setsize={count}
      aria-posinset={row + 1}
      class={[
        "event-row",
        state,
        isSeizure(mark) ? "seizure" : "",
        isActive ? "is-active" : "",
        isRejected(mark) ? "is-struck" : "",
      ].filter((name) => name !== "").join(" ")}
      onClick={() => onGo(mark.id)}
    >
      <span class="event-time">{clock ?? elapsedText(mark.onset)}</span>
      <span class="event-text">{markText(mark)}</span>
      <span class="event-state" aria-hidden="true">
        {state === "unreviewed" && "?"}
        {state === "accepted" && <Icon name="accepted" />}
        {state === "rejected" && <Icon name="rejected" />}
      </span>
      <span class="event-source muted">
        {mark.saving === "saved" ? "" : mark.saving === "saving" ? "saving… " : "not saved · "}
        {clock === undefined ? "" : `+${elapsedText(mark.onset)} · `}
        {sourceName(mark)}
      </span>
    </div>
  );
}
