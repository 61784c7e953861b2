// Requests to ACME servers over real sockets: HTTPS with the certificate checked, no redirects, answers read whole within a bound.

import { request as httpsRequest } from "node:https";
import { rootCertificates } from "node:tls";
import type { AcmeResponse, AcmeTransport } from "#certificate";
import { networkFailureInWords } from "./in-words.ts";

/**
 * Makes the port.
 * @param authorities  PEM of certificate authorities that are trusted beside the usual ones: for an ACME server of one's own
 */
export function makeAcmeTransport(authorities: string = ""): AcmeTransport {
  const ca = authorities === "" ? undefined : [...rootCertificates, authorities];
  return {
    send: ({ method, url, headers, body }, { maxOctets, timeoutMs }) =>
      new Promise<AcmeResponse>((resolve, reject) => {
        const length = body === undefined ? {} : { "content-length": String(Buffer.byteLength(body)) };
        const sent = httpsRequest(url, {
          method,
          headers: { ...headers, ...length },
          agent: false,
          ...(ca ? { ca } : {}),
        });
        const end = (error: Error): void => {
          clearTimeout(timer);
          reject(error);
          sent.destroy();
        };
        const timer = setTimeout(() => end(new Error(`no answer within ${timeoutMs / 1000} s`)), timeoutMs);
        sent.once("error", (error: NodeJS.ErrnoException) =>
          end(new Error(networkFailureInWords(error), { cause: error })),
        );
        sent.once("response", (response) => {
          const parts: Buffer[] = [];
          let octets = 0;
          response.on("data", (part: Buffer) => {
            octets += part.length;
            if (octets > maxOctets) end(new Error(`its answer has more than ${maxOctets} octets`));
            else parts.push(part);
          });
          response.once("error", () => end(new Error("its answer was cut off")));
          response.once("end", () => {
            clearTimeout(timer);
            const fields = Object.entries(response.headers).map(([name, value]) => [
              name,
              Array.isArray(value) ? value.join(", ") : (value ?? ""),
            ]);
            resolve({
              status: response.statusCode ?? 0,
              headers: Object.fromEntries(fields) as Record<string, string>,
              body: new Uint8Array(Buffer.concat(parts)),
            });
          });
        });
        sent.end(body);
      }),
  };
}
