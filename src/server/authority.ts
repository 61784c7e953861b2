// How control sees what it has published, and what aliases lead to elsewhere: asks a name server of the platform itself, or its resolver, over
// real sockets.

import { randomBytes } from "node:crypto";
import { encodeTraceOption, traceOptionCode } from "#contract/plain";
import type { NameServerQueries, Resolver } from "#control";
import { Name, type Message } from "#wire";
import { askServer, type DnsQuestion } from "./dns-client.ts";
import type { Profile } from "./profile.ts";

/** How long a name server may take; it is asked again later. One resend falls into it. */
const answerLimitMs = 2000;
/** How long the resolver may take: a plan waits for it. */
const resolverLimitMs = 5000;

/** Makes the port. */
export function makeAuthority(): NameServerQueries {
  return {
    ask: (server, name, type) =>
      ask(name, { server, type, isRecursionDesired: false, timeoutMs: answerLimitMs }),
  };
}

/** Makes the port to the platform's resolver, which may have to ask many servers itself. */
export function makeResolver({ resolver: [server] }: Profile): Resolver {
  return {
    ask: (name, type, isFresh = false) => {
      if (!server) return Promise.resolve("no resolver");
      // A trace that nobody shows: its option takes the question past the cache.
      const trace = { id: randomBytes(8).toString("hex"), isFresh };
      const options = isFresh ? [{ code: traceOptionCode, octets: encodeTraceOption(trace) }] : [];
      return ask(name, { server, type, options, timeoutMs: resolverLimitMs });
    },
  };
}

async function ask(name: string, question: Omit<DnsQuestion, "name">): Promise<Message | string> {
  const parsed = Name.parse(name);
  if (!parsed.ok) return "not asked: the name is malformed";
  const answer = await askServer({ ...question, name: parsed.value });
  if (answer.ok) return answer.message;
  return answer.reason === "timeout" ? "no answer" : "connection refused";
}
