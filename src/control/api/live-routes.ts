// The route of live figures: server-sent events, one a second while somebody listens.

import type { LiveFigures, LiveHistory } from "#contract";
import type { ControlCore } from "../control.ts";
import { document, type Api } from "./routes.ts";

/** Events that may wait for a slow reader before its stream is ended: half a minute's. */
const maxWaitingEvents = 30;

/** Declares the route of live figures. */
export function declareLiveRoutes(api: Api, core: ControlCore): void {
  document(api, {
    path: "/v1/live",
    summary:
      "What goes on now: server-sent events of type `live`, one a second, after one of type `history` with the seconds that are kept",
    mediaType: "text/event-stream",
    about: "A stream; the data of each event is a LiveFigures, of the first one a LiveHistory",
  });
  api.get("/v1/live", (c) => {
    const stream = liveStream(core, c.get("principal").actor, c.get("isGood"));
    return new Response(stream, {
      headers: { "content-type": "text/event-stream", "cache-control": "no-store" },
    });
  });
}

/**
 * Live figures for one reader. Whose stream it is may lose the right to it meanwhile: before each event that is looked at anew.
 * Throws `too-many-listeners`.
 */
function liveStream(
  { live }: ControlCore,
  actor: string,
  isGood: () => Promise<boolean>,
): ReadableStream<Uint8Array> {
  const encoder = new TextEncoder();
  const write = (type: string, data: LiveFigures | LiveHistory): Uint8Array =>
    encoder.encode(`event: ${type}\ndata: ${JSON.stringify(data)}\n\n`);
  let controller: ReadableStreamDefaultController<Uint8Array> | undefined;
  let last: Promise<void> = Promise.resolve();
  const end = (): void => {
    stop();
    controller?.close();
    controller = undefined;
  };
  const tell = async (figures: LiveFigures): Promise<void> => {
    const mayHear = (controller?.desiredSize ?? 0) > 0 && (await isGood());
    if (!mayHear) end();
    else controller?.enqueue(write("live", figures));
  };
  const figures = [...live.history];
  // Before there is a stream: where there are too many, that is the answer.
  const stop = live.listen(actor, (now) => {
    last = last.then(() => tell(now)).catch(end);
  });
  return new ReadableStream<Uint8Array>(
    {
      start(given) {
        controller = given;
        given.enqueue(write("history", { figures }));
      },
      cancel() {
        controller = undefined;
        stop();
      },
    },
    { highWaterMark: maxWaitingEvents },
  );
}
