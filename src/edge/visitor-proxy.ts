// The visitor proxy: a forward proxy (RFC 9110 section 7.6, RFC 9112 section 3.2.2) for browsers on this machine, through which
// names of the private tree and the standard ports work as they will for everybody later. It asks our resolver only, and it
// leads to what the names say and to nothing else of this machine: not to names outside the private tree, not to loopback
// addresses that are not the edge's, not to link-local ones (where clouds keep secrets). Its own pages are shown under its
// own address only, so that a foreign page cannot read them under a name of its own (DNS rebinding).

import {
  type Endpoint,
  formatAddress,
  formatEndpoint,
  isElsewhere,
  isIpv4,
  isLoopback,
  type Now,
  parseAddress,
} from "#engine";
import { Method, TargetForm } from "#http";
import type { Decision, RelayPolicy, RequestView } from "./policy.ts";
import { sentence } from "./refusals.ts";
import { Relay, type RelayOptions } from "./relay.ts";
import { type Destination, makeDestination } from "./destination.ts";
import { proxyScript, statusPage } from "./visitor-pages.ts";

/** What came of looking a name up. */
export type LookupOutcome =
  | { readonly kind: "addresses"; readonly addresses: readonly Uint8Array[] }
  /** NXDOMAIN: there is no such name. */
  | { readonly kind: "nxdomain" }
  /** NODATA: the name has no address. */
  | { readonly kind: "nodata" }
  /** The resolver did not answer, or could not; `reason` goes into a sentence. */
  | { readonly kind: "failed"; readonly reason: string };

/** The port to our resolver, which the host of this engine provides. */
export interface NameLookup {
  /**
   * Looks up the addresses of a name of the private tree.
   * @param host  lower case, without the final dot
   * @param traceId  16 hexadecimal digits where the visit is traced: the queries carry it
   * @param callback  called once, at once or later, with the time of the answer
   */
  lookup(
    host: string,
    traceId: string | undefined,
    callback: (outcome: LookupOutcome, now: Now) => void,
  ): void;
}

/** What a visitor proxy is made with. */
export interface VisitorProxyOptions extends RelayOptions {
  readonly names: NameLookup;
  /** The suffixes of the private tree, lower case, without dots around them: `test`, `home.arpa`. */
  readonly suffixes: readonly string[];
  /** Tells whether the edge listens on an address; asked anew for each request. */
  readonly isEdgeAddress: (address: Uint8Array) => boolean;
  /** Where the edge's listeners for ports 80 and 443 are. */
  readonly edgeHttpPort: number;
  readonly edgeHttpsPort: number;
  /** Where another public port of an edge address is served; undefined where it is closed. Default: all are. */
  readonly openPort?: (address: Uint8Array, port: number) => number | undefined;
  /** Tells who may use the proxy; default: this machine. */
  readonly permits?: (peer: Endpoint) => boolean;
}

/** The visitor proxy as an engine. */
export class VisitorProxyEngine extends Relay {
  constructor(options: VisitorProxyOptions) {
    super(new VisitorPolicy(options, () => this.readCounters()), options);
  }
}

/** Decides where a visitor's request goes. */
class VisitorPolicy implements RelayPolicy {
  readonly pseudonym: string = "fairlead-visitor";
  readonly isProxy: boolean = true;
  readonly writesForwarded: boolean = false;
  readonly #options: VisitorProxyOptions;
  readonly #readCounters: () => Record<string, number>;

  constructor(options: VisitorProxyOptions, readCounters: () => Record<string, number>) {
    this.#options = options;
    this.#readCounters = readCounters;
  }

  scheme(): "http" {
    return "http";
  }

  trustsPeer(): boolean {
    return false;
  }

  decide(view: RequestView): Decision | undefined {
    const permits = this.#options.permits ?? ((peer: Endpoint): boolean => isLoopback(peer.address));
    if (!permits(view.peer)) return sentence(403, "This proxy serves visitors on its own machine only.");
    if (view.targetForm !== TargetForm.authority && isOwnHost(view)) return this.#ownPage(view);
    if (view.targetForm === TargetForm.origin || view.targetForm === TargetForm.asterisk) {
      return sentence(
        421,
        `This is the visitor proxy of Fairlead: its pages are at http://${formatEndpoint(view.local)}/ only.`,
      );
    }
    if (/^https:/i.test(view.targetText)) return sentence(400, "A proxy opens https with CONNECT.");
    return this.#lead(view);
  }

  #lead(view: RequestView): Decision | undefined {
    const host = view.hostText.toLowerCase().replace(/\.$/, "");
    const isTunnel = view.method === Method.CONNECT;
    const port = view.port < 0 ? 80 : view.port;
    const literal = parseAddress(host.replace(/^\[(.*)\]$/, "$1"));
    if (literal) {
      if (this.#options.isEdgeAddress(literal)) return this.#to(host, [literal], port, isTunnel);
      return sentence(
        403,
        `This proxy does not lead to "${host}": of addresses, only those of resources are open.`,
      );
    }
    if (!this.#options.suffixes.some((suffix) => host === suffix || host.endsWith(`.${suffix}`))) {
      const tree = this.#options.suffixes.join(", ");
      return sentence(
        403,
        `"${host}" is outside the private tree (${tree}): have your browser use /proxy.pac of this proxy, so that it asks here for names inside only.`,
      );
    }
    const decideLater = view.later();
    this.#options.names.lookup(host, view.traceId, (outcome, now) => {
      decideLater(this.#found(host, outcome, port, isTunnel), now);
    });
    return undefined;
  }

  #found(host: string, outcome: LookupOutcome, port: number, isTunnel: boolean): Decision {
    switch (outcome.kind) {
      case "addresses":
        return this.#to(host, outcome.addresses, port, isTunnel);
      case "nxdomain":
        return sentence(
          502,
          `The name "${host}" does not exist. What to do about it: fairlead trace ${host}`,
        );
      case "nodata":
        return sentence(502, `The name "${host}" exists, but has no address.`);
      case "failed":
        return sentence(502, `The addresses of "${host}" could not be found: ${outcome.reason}.`);
    }
  }

  #to(host: string, addresses: readonly Uint8Array[], port: number, isTunnel: boolean): Decision {
    const destinations: Destination[] = [];
    for (const address of addresses) {
      const open = this.#openPort(address, port);
      if (open !== undefined) destinations.push(makeDestination(address, open));
    }
    if (destinations.length === 0) {
      const where = addresses.map((address) => formatEndpoint({ address, port })).join(", ");
      return sentence(403, `"${host}" leads to ${where || "no address"}, which this proxy does not open.`);
    }
    const label = `"${host}"`;
    return isTunnel
      ? { kind: "tunnel", destinations, label }
      : { kind: "forward", destinations, first: 0, label };
  }

  /** The port that stands for another at an address; undefined where the proxy does not lead there. */
  #openPort(address: Uint8Array, port: number): number | undefined {
    const { edgeHttpPort, edgeHttpsPort } = this.#options;
    if (this.#options.isEdgeAddress(address)) {
      if (port === 80 || port === edgeHttpPort) return edgeHttpPort;
      if (port === 443 || port === edgeHttpsPort) return edgeHttpsPort;
      return this.#options.openPort?.(address, port);
    }
    return isElsewhere(address) && port > 0 ? port : undefined;
  }

  #ownPage(view: RequestView): Decision {
    if (view.method !== Method.GET && view.method !== Method.HEAD) {
      return sentence(405, "The pages of this proxy are for GET.", "Allow: GET, HEAD\r\n");
    }
    const at = formatEndpoint(view.local);
    switch (view.pathText.split("?", 1)[0]) {
      case "/proxy.pac":
        return {
          kind: "answer",
          status: 200,
          contentType: "application/x-ns-proxy-autoconfig",
          content: proxyScript(this.#options.suffixes, at),
        };
      case "":
      case "/":
        return {
          kind: "answer",
          status: 200,
          content: statusPage(this.#options.suffixes, at, this.#readCounters()),
        };
      default:
        return sentence(404, "This proxy has two pages: / and /proxy.pac.");
    }
  }
}

/** Whether a request asks for the proxy itself: by its own address, or as localhost, with its port. */
function isOwnHost(view: RequestView): boolean {
  const host = view.hostText.toLowerCase();
  const address = formatAddress(view.local.address);
  const names = ["localhost", isIpv4(view.local.address) ? address : `[${address}]`];
  return names.includes(host) && (view.port < 0 ? 80 : view.port) === view.local.port;
}
