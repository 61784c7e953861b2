// What goes wrong with an ACME server, in words for people and with what decides about trying again: problem documents (RFC 7807, RFC
// 8555 section 6.7), answers that break the protocol, and silence.

import { PlatformError } from "#contract/plain";

/** A request to an ACME server that came to nothing. Its code is `issuer-failed`. */
export class AcmeFailure extends PlatformError {
  /** The problem's type without its prefix, such as `rateLimited`; `protocol`, `network` or `timeout` where there is no document. */
  readonly type: string;
  /** HTTP status, where there was an answer. */
  readonly httpStatus: number | undefined;
  /** When the server wants to be asked again, in milliseconds from now. */
  readonly retryAfterMs: number | undefined;

  constructor(
    type: string,
    message: string,
    more: { httpStatus?: number; retryAfterMs?: number | undefined; cause?: unknown } = {},
  ) {
    super("issuer-failed", message, more.cause === undefined ? {} : { cause: more.cause });
    this.name = "AcmeFailure";
    this.type = type;
    this.httpStatus = more.httpStatus;
    this.retryAfterMs = more.retryAfterMs;
  }
}

const problemPrefix = "urn:ietf:params:acme:error:";
/** Characters of a server's words that are passed on, and subproblems. */
const maxWords = 500;
const maxSubproblems = 5;

/** A problem document, as far as it is one. */
export interface Problem {
  /** Without the prefix; empty where it is none of ACME's. */
  readonly type: string;
  /** In words, with those of its subproblems; safe to print. */
  readonly detail: string;
}

/** Reads a problem document out of parsed JSON; whatever it is, something comes of it. @see RFC 8555 section 6.7.1 */
export function readProblem(value: unknown): Problem {
  const document = recordOf(value);
  const type = wordsOf(document["type"]);
  const details = [wordsOf(document["detail"])];
  const subproblems = Array.isArray(document["subproblems"]) ? document["subproblems"] : [];
  for (const each of subproblems.slice(0, maxSubproblems)) {
    const { identifier, detail } = recordOf(each);
    details.push([wordsOf(recordOf(identifier)["value"]), wordsOf(detail)].filter(Boolean).join(": "));
  }
  return {
    type: type.startsWith(problemPrefix) ? type.slice(problemPrefix.length) : "",
    detail: details.filter(Boolean).join("; ").slice(0, maxWords) || type || "no reason given",
  };
}

function recordOf(value: unknown): Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null ? (value as Record<string, unknown>) : {};
}

/** Text of a stranger's, without control characters and line separators. */
function wordsOf(value: unknown): string {
  if (typeof value !== "string") return "";
  return value
    .slice(0, maxWords)
    .replaceAll(/[\p{Cc}\p{Zl}\p{Zp}]+/gu, " ")
    .trim();
}
