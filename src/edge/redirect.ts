// Sending visitors from HTTP to HTTPS (RFC 9110 sections 15.4.2 and 15.4.9): to the same host and path, on the port that stands for 443 where
// the visitor is. The edge may listen on other ports than 80 and 443, and through the visitor proxy the same page is on the
// standard ones; the port beside the host says which of the two the visitor sees.

import { Method, TargetForm } from "#http";
import type { OwnAnswer, RequestView } from "./policy.ts";

/** The ports of the edge's listeners. */
export interface WebPorts {
  readonly http: number;
  readonly https: number;
}

/** ACME's HTTP-01 comes by HTTP and stays there. @see RFC 8555 section 8.3 */
export const challengePrefix = "/.well-known/acme-challenge/";

/**
 * The answer that sends a request to HTTPS: 301 to GET and HEAD, and 308 to all others.
 * Deviates from what Lightsail's balancers do, 301 always: a browser makes a GET of what is sent on with it, and the form is lost.
 */
export function redirectToHttps(view: RequestView, ports: WebPorts): OwnAnswer {
  const isRead = view.method === Method.GET || view.method === Method.HEAD;
  const location = `https://${hostOf(view)}${portOf(view, ports)}${pathOf(view)}`;
  return {
    kind: "answer",
    status: isRead ? 301 : 308,
    content: `This page is served over HTTPS: ${location}\n`,
    headerLines: `Location: ${location}\r\n`,
  };
}

function hostOf(view: RequestView): string {
  if (view.hostText !== "") return view.hostText;
  return view.localKey.includes(":") ? `[${view.localKey}]` : view.localKey;
}

/** The port beside the host, where the edge's own is not the one that browsers take by themselves. */
function portOf(view: RequestView, ports: WebPorts): string {
  const asked = view.port < 0 && view.hostText === "" ? view.local.port : view.port;
  return asked === ports.http && ports.https !== 443 && asked !== 80 ? `:${ports.https}` : "";
}

function pathOf(view: RequestView): string {
  if (view.targetForm === TargetForm.asterisk) return "/";
  const { pathText } = view;
  return pathText.startsWith("/") ? pathText : `/${pathText}`;
}
