// How control sees what it has published: asks a name server of the platform itself, over real sockets.

import type { Authority } from "#control";
import { Name } from "#wire";
import { askServer } from "./dns-client.ts";

/** How long a name server may take; it is asked again later. One resend falls into it. */
const answerLimitMs = 2000;

/** Makes the port. */
export function makeAuthority(): Authority {
  return {
    ask: async (server, name, type) => {
      const parsed = Name.parse(name);
      if (!parsed.ok) return "not asked: the name is malformed";
      const question = {
        server,
        name: parsed.value,
        type,
        isRecursionDesired: false,
        timeoutMs: answerLimitMs,
      };
      const answer = await askServer(question);
      if (answer.ok) return answer.message;
      return answer.reason === "timeout" ? "no answer" : "connection refused";
    },
  };
}
