// The images of container services: their list, their names, and the one route that takes no JSON: an archive of an image, as it comes from
// `fairlead push-image`. It is read as it arrives and never held in memory; what may be in it is the image store's to judge.

import {
  containerImageList,
  errorBody,
  PlatformError,
  registerImageBody,
  writeAnswer,
  type Command,
} from "#contract";
import { z } from "@hono/zod-openapi";
import { authoriseCommand } from "../access/authorise.ts";
import { requireContainerService } from "../container-checks.ts";
import type { ControlCore } from "../control.ts";
import { viewImage } from "../view-containers.ts";
import { isPush, pushPath } from "./guard.ts";
import { declare, declareWrite, type Api } from "./routes.ts";

const path = "/v1/container-services/{name}/images";
const pushSummary = "Push an image: an archive as `docker save`, `podman save` or an OCI layout have it";

/** Declares the routes. */
export function declareImageRoutes(api: Api, core: ControlCore): void {
  const { state } = core.views;
  declare(
    api,
    {
      method: "get",
      path,
      summary: "The images that were pushed for a container service",
      answer: containerImageList,
    },
    ({ params }) => {
      const name = params["name"] ?? "";
      requireContainerService(state, name, `Cannot list images of container service "${name}"`);
      return {
        containerImages: state.containers
          .imagesOf(name)
          .reverse()
          .map((fact) => viewImage(state, fact)),
      };
    },
  );
  declareWrite(
    api,
    core,
    { method: "post", path, summary: "Give an image that was pushed its name", body: registerImageBody },
    ({ params, body }) => {
      if (!core.host.images.get(body.digest))
        throw new PlatformError(
          "resource-not-found",
          `Cannot register image "${body.digest.slice(0, 100)}": no such image was pushed`,
        );
      return { action: "register-container-image", service: params["name"] ?? "", ...body };
    },
  );
  declareWrite(
    api,
    core,
    { method: "delete", path: `${path}/{image}`, summary: "Delete an image that no version runs" },
    ({ params }) => ({
      action: "delete-container-image",
      service: params["name"] ?? "",
      image: params["image"] ?? "",
    }),
  );
  declarePush(api, core);
}

function declarePush(api: Api, core: ControlCore): void {
  const refusal = { description: "Refused", content: { "application/json": { schema: errorBody } } };
  api.openAPIRegistry.registerPath({
    method: "post",
    path: `${path}/push`,
    summary: pushSummary,
    security: [{ key: [] }],
    request: {
      params: z.strictObject({ name: z.string() }),
      query: z.strictObject({ label: z.string() }),
      body: { required: true, content: { "application/x-tar": { schema: z.any() } } },
    },
    responses: {
      200: { description: pushSummary, content: { "application/json": { schema: writeAnswer } } },
      default: refusal,
    },
  });
  api.post(pushPath, async (c) => {
    const by = c.get("principal");
    const service = c.req.param("name") ?? "";
    const label = c.req.query("label") ?? "";
    const command = (digest: string): Command => ({
      action: "register-container-image",
      service,
      label,
      digest,
    });
    // Before anything of it is read: who may not, or names what is not there, need not send it all.
    authoriseCommand(by, "apply", command(""));
    if (!isPush(c))
      throw new PlatformError(
        "input-malformed",
        "Cannot take in the image: expected a body of type application/x-tar",
      );
    core.checkImageName(service, label);
    const { body } = c.req.raw;
    if (!body)
      throw new PlatformError("image-malformed", "Cannot take in the image: the request has no body");
    const { digest } = await core.host.images.add(body);
    return c.json(await core.run(command(digest), by));
  });
}
