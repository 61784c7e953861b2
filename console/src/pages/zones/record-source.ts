// The page's side of the worker that holds a zone's records: what is shown, and questions that are answered.

import { useCallback, useEffect, useRef, useState } from "react";
import type { ChangeEvent } from "#contract";
import { request } from "../../api/client.ts";
import { onReturn } from "../../api/connection.ts";
import { onChange } from "../../api/events.ts";
import type {
  Answers,
  FromWorker,
  LoadState,
  Question,
  ToWorker,
  ViewQuery,
  ViewState,
} from "./worker-messages.ts";

/** A zone's records in their worker. */
export interface RecordSource {
  readonly load: LoadState;
  readonly view: ViewState;
  readonly ask: <T extends Question["type"]>(question: Extract<Question, { type: T }>) => Promise<Answers[T]>;
  /** Reads the zone anew. */
  readonly refresh: () => void;
}

const noView: ViewState = { version: 0, count: 0, matching: 0, all: 0, conflicts: [], done: [] };
const nothing: LoadState = { loaded: 0, isComplete: false };

/** Holds a zone's records while the page is there, and follows what anybody changes. */
export function useRecords(zone: string, query: ViewQuery): RecordSource {
  const [load, setLoad] = useState(nothing);
  const [view, setView] = useState(noView);
  const worker = useRef<Worker | undefined>(undefined);
  const questions = useRef(
    new Map<number, { resolve: (answer: never) => void; reject: (error: Error) => void }>(),
  );

  useEffect(() => {
    const own = new Worker(new URL("./record-worker.ts", import.meta.url), { type: "module" });
    // A worker takes no target.
    // oxlint-disable-next-line unicorn/require-post-message-target-origin
    const post = (message: ToWorker): void => own.postMessage(message);
    const open = questions.current;
    worker.current = own;
    own.addEventListener("message", ({ data }: MessageEvent<FromWorker>) => {
      if (data.type === "load") {
        setLoad(data.state);
        // Whoever hears of it asks for a sign-in, or tries until the platform is back.
        if (data.state.failure && (data.state.failure.status === 401 || data.state.failure.status === 0))
          request("GET", "/v1/me").catch(() => {});
      } else if (data.type === "view") setView(data.state);
      else {
        const question = open.get(data.number);
        open.delete(data.number);
        if (data.type === "answer") question?.resolve(data.answer as never);
        else question?.reject(new Error(data.message));
      }
    });
    post({ type: "open", zone });
    const stopReturn = onReturn(() => post({ type: "refresh" }));
    const stopChange = onChange((event) => {
      if (!event) post({ type: "refresh" });
      else if (event.zones.includes(zone)) post({ type: "refresh", ...namesOf(event, zone) });
    });
    return () => {
      stopReturn();
      stopChange();
      own.terminate();
      open.clear();
      setLoad(nothing);
      setView(noView);
    };
  }, [zone]);

  useEffect(() => {
    const message: ToWorker = { type: "view", query };
    worker.current?.postMessage(message);
  }, [query, zone]);

  const ask = useCallback<RecordSource["ask"]>(
    (question) =>
      new Promise((resolve, reject) => {
        const number = ++lastQuestion;
        questions.current.set(number, { resolve, reject });
        const message: ToWorker = { type: "ask", number, question };
        worker.current?.postMessage(message);
      }),
    [],
  );
  const refresh = useCallback(() => {
    const message: ToWorker = { type: "refresh" };
    worker.current?.postMessage(message);
  }, []);
  return { load, view, ask, refresh };
}

let lastQuestion = 0;

/** The names that a change touched in a zone; none where that is not all. */
function namesOf({ resources, moreResources }: ChangeEvent, zone: string): { names?: string[] } {
  const names = resources.map(({ resourceType, resourceName }) =>
    resourceType === "Rrset" ? (resourceName.split(" ", 1)[0] ?? "") : resourceName,
  );
  const isAll =
    moreResources === 0 && resources.every(({ resourceType }) => namedByRecords.has(resourceType));
  return isAll ? { names: names.filter((name) => name === zone || name.endsWith(`.${zone}`)) } : {};
}

/** Kinds of things whose names are names of records, or that have none. */
const namedByRecords: ReadonlySet<string> = new Set(["Rrset", "Alias", "Assignment", "Certificate"]);
