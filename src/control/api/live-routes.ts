// Routes of what goes on now: live figures as server-sent events, one a second while somebody listens, and the picture of routes.

import { z } from "@hono/zod-openapi";
import { maxPictureNames, routePicture, type LiveFigures, type LiveHistory } from "#contract";
import type { ControlCore } from "../control.ts";
import { RouteNames } from "../route-names.ts";
import { drawRoutes } from "../route-picture.ts";
import { declare, document, type Api } from "./routes.ts";

/** Events that may wait for a slow reader before its stream is ended: half a minute's. */
const maxWaitingEvents = 30;

/** Names that a picture has where nobody said how many. */
const usualNames = 200;

/** Declares the routes of live figures and of the picture of routes. */
export function declareLiveRoutes(api: Api, core: ControlCore): void {
  declarePicture(api, core);
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

function declarePicture(api: Api, core: ControlCore): void {
  const { views, hub, live } = core;
  const names = new RouteNames(views.state, core.config.profile.edge.sharedAddresses);
  declare(
    api,
    {
      method: "get",
      path: "/v1/routes",
      summary: "The picture of routes: name, record, resource, target, and how each of them does",
      query: z.strictObject({
        /** Part of a name. */
        name: z.string().max(255).optional(),
        resource: z.string().max(255).optional(),
        maxNames: z.coerce.number().int().min(1).max(maxPictureNames).optional(),
      }),
      answer: routePicture,
    },
    ({ query }) =>
      drawRoutes(
        { views, hub, names, picture: live.picture },
        {
          ...(query["name"] === undefined ? {} : { name: query["name"] }),
          ...(query["resource"] === undefined ? {} : { resource: query["resource"] }),
          maxNames: Number(query["maxNames"] ?? usualNames),
        },
      ),
  );
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
