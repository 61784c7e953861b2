// Log lines of containers, as the runtime keeps them, asked for and shown as the API does.

import { containerLogPage, PlatformError, type RoleQuestion } from "#contract";
import type { RoleHub } from "./role-hub.ts";
import { isoTime } from "./views.ts";

/** How long the runtime may take to read a log. */
const logTimeoutMs = 10_000;

/** What is asked of the lines of one container's name. */
export type ContainerLogQuestion = Omit<Extract<RoleQuestion, { ask: "container-logs" }>, "ask">;

/** Log lines, oldest first. */
export interface ContainerLogLines {
  logEvents: { createdAt: string; message: string; node: string }[];
  nextPageToken?: string;
}

/** Asks the runtime. Throws `role-unreachable`, and `input-malformed` for a page token that is none. */
export async function readContainerLogs(
  hub: RoleHub,
  question: ContainerLogQuestion,
): Promise<ContainerLogLines> {
  const answer = containerLogPage.safeParse(
    await hub.ask("runtime", { ask: "container-logs", ...question }, logTimeoutMs),
  );
  if (!answer.success)
    throw new PlatformError(
      "role-unreachable",
      `Cannot read the log of container "${question.container}": the runtime could not`,
    );
  const { events, nextPageToken, isTokenUnknown } = answer.data;
  if (isTokenUnknown === true)
    throw new PlatformError(
      "input-malformed",
      `Cannot read the log of container "${question.container}": the page token is none, or too old`,
    );
  return {
    logEvents: events.map(({ at, message, nodeId }) => ({ createdAt: isoTime(at), message, node: nodeId })),
    ...(nextPageToken === undefined ? {} : { nextPageToken }),
  };
}
