// Commands for images of container services: push one out of a file, list them, delete one.

import { createReadStream, statSync, type ReadStream } from "node:fs";
import { Readable } from "node:stream";
import type { ContainerImage, WriteAnswer } from "#contract";
import { PlatformError } from "#contract/plain";
import type { Command } from "./command.ts";
import { servicePath } from "./command-container-service.ts";
import { formatTime } from "./format-time.ts";
import { printPlan, write, writeArguments } from "./write-command.ts";

const named = { type: "positional", description: "the container service" } as const;

export const pushImage: Command = {
  description:
    "Push an image for a container service, out of an archive; deployments name it :SERVICE.LABEL.N",
  args: {
    service: named,
    label: { type: "positional", description: "what to call the image: lower-case letters, digits, hyphens" },
    file: {
      type: "positional",
      description: "what `docker save`, `podman save` or `skopeo copy` wrote; - for standard input",
    },
  },
  examples: ["fairlead push-image app web image.tar", "fairlead push-image app web -"],
  async run(values, context) {
    const { service, label, file } = values;
    const octets = file === "-" ? process.stdin : openArchive(String(file));
    const query = `push?label=${encodeURIComponent(String(label))}`;
    const stream = Readable.toWeb(octets) as unknown as ReadableStream<Uint8Array>;
    const answer = (await context
      .api()
      .upload(`${servicePath(service, "images")}/${query}`, stream)) as WriteAnswer;
    const image = /:\S+$/.exec(answer.plan.title)?.[0] ?? "";
    context.output.data({ ...answer, image });
    printPlan(context.output, answer.plan);
    context.output.line(`Deploy it: fairlead container-service deploy ${String(service)} --image ${image}`);
  },
};

/** Opens an archive. Throws `path-unusable`. */
function openArchive(path: string): ReadStream {
  const found = statSync(path, { throwIfNoEntry: false });
  if (found?.isFile()) return createReadStream(path, { highWaterMark: 256 << 10 });
  const reason = found ? "it is no file" : "there is no such file";
  throw new PlatformError("path-unusable", `Cannot read image "${path}": ${reason}`);
}

export const containerServiceImages: Command = {
  description: "List the images that were pushed for a container service, the latest first",
  args: { name: named },
  examples: ["fairlead container-service images app"],
  async run(values, context) {
    const { containerImages } = (await context
      .api()
      .request("GET", servicePath(values["name"], "images"))) as { containerImages: ContainerImage[] };
    context.output.data(containerImages);
    context.output.table(
      ["IMAGE", "PUSHED", "DIGEST", "USED BY"],
      containerImages.map(({ image, createdAt, digest, usedBy }) => [
        image,
        formatTime(createdAt),
        digest.slice(0, 19),
        usedBy.map((version) => `version ${version}`).join(", ") || "-",
      ]),
    );
  },
};

export const containerServiceDeleteImage: Command = {
  description: "Delete an image that no version of a container service runs",
  args: {
    name: named,
    image: { type: "positional", description: "the image, such as :app.web.1" },
    ...writeArguments,
  },
  examples: ["fairlead container-service delete-image app :app.web.1"],
  async run(values, context) {
    await write(context, values, "DELETE", servicePath(values["name"], "images", values["image"]));
  },
};
