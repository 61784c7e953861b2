// Every refusal in one shape: {code, message, help, supportCode, report}. The one place where thrown errors become HTTP.

import { PlatformError, type ErrorBody, type FailureReport } from "#contract";
import type { Context } from "hono";
import { HTTPException } from "hono/http-exception";
import type { ContentfulStatusCode } from "hono/utils/http-status";
import type { z } from "zod";
import type { Log } from "../ports.ts";

/** Most characters of a message: the longest name in presentation format (1,020), twice, and words around it. */
const maxMessageLength = 2500;
/** Most characters of a path in the log. */
const maxPathLength = 200;

/** Makes the handler of what routes throw. What is not the platform's own error is logged whole and shown as `internal`. */
export function failureHandler(log: Log, supportCode: () => string): (error: Error, c: Context) => Response {
  return (error, c) => {
    const failure = toPlatformError(error);
    const code = supportCode();
    const message = clip(failure.message, maxMessageLength);
    const path = clip(c.req.path, maxPathLength);
    const fields = { supportCode: code, code: failure.code, method: c.req.method, path };
    if (failure.row.kind === "Service") log.error({ ...fields, error: describe(error) }, message);
    else log.info(fields, message);
    const body: ErrorBody = {
      code: failure.code,
      message,
      help: failure.row.help,
      supportCode: code,
      report: reportOf(failure, message),
      ...failure.detail,
    };
    // The rest of a body that is too large is not read, so nothing can follow on that connection.
    if (failure.code === "input-too-large") c.header("connection", "close");
    return c.json(body, failure.row.httpStatus as ContentfulStatusCode);
  };
}

/** A refusal as every failure is told: its message is an action, a colon and a state. */
export function reportOf({ code, row, report = {} }: PlatformError, message: string): FailureReport {
  const [what = message, cause] = splitMessage(message);
  return {
    what,
    evidence: [],
    cause: cause ?? row.help,
    confidence: "certain",
    repair: { text: row.help },
    ...report,
    code,
  };
}

/** The colon is the first one outside quotes. */
function splitMessage(message: string): string[] {
  const found = /^((?:[^":]|"[^"]*")+): (.+)$/s.exec(message);
  return found ? [found[1] ?? "", found[2] ?? ""] : [message];
}

const bounds: Readonly<Record<string, string>> = {
  "<": "less than",
  "<=": "at most",
  ">": "more than",
  ">=": "at least",
};

/** Refuses a request whose members are not as the schema says: the first problem in words. */
export function refuseMembers(error: z.ZodError | z.core.$ZodError): never {
  const issue = error.issues[0];
  const path = issue?.path.map(String).join(".") ?? "";
  const what = (issue?.message ?? "not as expected")
    .replace(/^Invalid input: /, "")
    .replace(/^expected (.+), received undefined$/, "it is missing, expected $1")
    .replace(
      /^Too (?:big|small): expected \S+ to be ([<>]=?)/,
      (_, sign: string) => `expected ${bounds[sign] ?? sign} `,
    )
    .replace(/\.$/, "");
  throw new PlatformError(
    "input-malformed",
    `Cannot use the request${path === "" ? "" : ` member "${path}"`}: ${what}`,
  );
}

function toPlatformError(error: Error): PlatformError {
  if (error instanceof PlatformError) return error;
  // Hono throws these for bodies that are no JSON.
  if (error instanceof HTTPException && error.status === 400) {
    return new PlatformError("input-malformed", "Cannot read the request: its body is not JSON", {
      cause: error,
    });
  }
  return new PlatformError("internal", "Cannot serve the request: something went wrong inside", {
    cause: error,
  });
}

/** Messages quote what a request held, and that may be a megabyte. */
function clip(text: string, maxLength: number): string {
  return text.length > maxLength ? `${text.slice(0, maxLength)}…` : text;
}

function describe(error: Error): string {
  return error.stack ?? error.message;
}
