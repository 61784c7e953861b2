// What control is given by the process it runs in: time, timers, chance, a log, the visitor that traces send out, ways to ask name
// servers and the resolver, what seals its secrets, and the accounts of people.
// With these and a store it runs in the product and in the simulator alike.

import type { AcmeTransport, AuthorityPair } from "#certificate";
import type { DnsDetail, HttpDetail, TlsDetail, Trace } from "#contract";
import type { Random } from "#engine";
import type { Identity } from "#identity";
import type { Sealer } from "#store";
import type { Message } from "#wire";
import type { BulkSigner } from "./signing/signing-work.ts";

/** The two clocks (see `Now` in src/engine). */
export interface Clock {
  /** Milliseconds since an arbitrary start, never going back. */
  monotonic(): number;
  /** Milliseconds since 1970. */
  wall(): number;
}

/** Timers on the monotonic clock, of the process around control. Engines have `Timers` of src/engine. */
export interface HostTimers {
  /** Calls `run` once after so many milliseconds. @returns takes the timer back */
  after(milliseconds: number, run: () => void): () => void;
}

/** Where control writes what it has to say. */
export interface Log {
  info(fields: Readonly<Record<string, unknown>>, message: string): void;
  warn(fields: Readonly<Record<string, unknown>>, message: string): void;
  error(fields: Readonly<Record<string, unknown>>, message: string): void;
}

/** What the resolver answered to a trace's query. */
export interface VisitorAnswer {
  /** The resolver's address and port. */
  readonly server: string;
  /** Records of the answer section in presentation format. */
  readonly answer: readonly string[];
  /** Addresses among them, in text, for the name that was asked for (CNAMEs followed). */
  readonly addresses: readonly string[];
  /** In words: NOERROR, NXDOMAIN, or `no answer`. */
  readonly outcome: string;
  readonly flags: readonly string[];
  /** True where the resolver gave no answer to build on: time-out, SERVFAIL, REFUSED, NXDOMAIN. */
  readonly isFailure: boolean;
  /** Both messages; absent where nothing was sent. */
  readonly dns?: DnsDetail;
}

/** What came of a TLS handshake. */
export interface VisitorHandshake {
  /** In words: `TLSv1.3, trusted`, or why it is not. */
  readonly outcome: string;
  /** Evidence, a line each: cipher, and each certificate of the chain with its names and end. */
  readonly answer: readonly string[];
  readonly isFailure: boolean;
  readonly tookMs: number;
  /** Absent where there was no handshake to tell of. */
  readonly detail?: TlsDetail;
}

/** What the web server answered to a trace's request. */
export interface VisitorResponse {
  /** For https, once a connection came about. */
  readonly tls?: VisitorHandshake;
  /** The address and port that was connected to. */
  readonly server: string;
  /** In words: `200 OK`, or why there was none: `connection refused`. */
  readonly outcome: string;
  /** Evidence, a line each: some header fields, the size of the content. */
  readonly answer: readonly string[];
  /** False where no connection came about. */
  readonly isConnected: boolean;
  /** True where no page came: no connection, or a status of 400 and above. */
  readonly isFailure: boolean;
  /** Milliseconds until it was connected, or failed to. */
  readonly connectMs: number;
  /** Milliseconds from the request to the end of its response. */
  readonly pageMs?: number;
  /** What was sent and came; absent where no request was sent. */
  readonly http?: HttpDetail;
}

/** The stub resolver and browser that a trace is made with. Neither throws for what the network does. */
export interface Visitor {
  /**
   * Asks the platform's resolver.
   * @param name  absolute
   * @param type  A or AAAA
   * @param traceId  goes along in the EDNS option of src/contract/trace.ts
   */
  query(name: string, type: "A" | "AAAA", traceId: string, fresh: boolean): Promise<VisitorAnswer>;
  /**
   * Asks a name server beside the visit, to compare what it says: without recursion, and within a second or so. Servers of the platform
   * report such a question by themselves.
   */
  queryServer(
    server: { readonly address: string; readonly port: number },
    name: string,
    type: "A" | "AAAA",
    traceId: string,
  ): Promise<VisitorAnswer>;
  /**
   * Sends a GET for the URL to one address, with the trace's header field, and reads the whole answer. Over https the certificate is
   * judged as a browser does, which trusts the system's authorities and some more; nothing is sent where it is not trusted.
   * @param authorities  PEM of the authorities that are trusted beside the system's
   */
  request(
    url: URL,
    address: string,
    traceId: string,
    authorities: readonly string[],
  ): Promise<VisitorResponse>;
}

/** Asks name servers directly: how control sees what it has published. */
export interface NameServerQueries {
  /**
   * Asks one server one question, without recursion, within a bounded time.
   * @param name  absolute
   * @param type  RR type number
   * @returns the answer, or in words why there is none: `no answer`, `unreachable`
   */
  ask(
    server: { readonly address: string; readonly port: number },
    name: string,
    type: number,
  ): Promise<Message | string>;
}

/** Asks the platform's resolver: how control finds what aliases lead to outside our zones, and who answers for names of others. */
export interface Resolver {
  /**
   * Asks one question, with recursion, within a bounded time.
   * @param name  absolute
   * @param type  RR type number
   * @param isFresh  true where it is to pass its cache by
   * @returns the answer, or in words why there is none: `no answer`, `unreachable`
   */
  ask(name: string, type: number, isFresh?: boolean): Promise<Message | string>;
}

/** An image that was pushed, as its store tells of it. */
export interface PushedImage {
  /** `sha256:` and 64 hexadecimal digits. */
  readonly digest: string;
  readonly octets: number;
  /** Wall time. */
  readonly storedAt: number;
}

/** Where images of containers are kept that were pushed. The runtime reads there what control lets in. */
export interface Images {
  /** Takes in an archive, checked in full. Throws `image-malformed`, `input-too-large`, `disk-full`. */
  add(archive: AsyncIterable<Uint8Array>): Promise<PushedImage>;
  get(digest: string): PushedImage | undefined;
  list(): readonly PushedImage[];
  /** @returns false where it is not there */
  remove(digest: string): boolean;
}

/** A file of the console, as it was built. */
export interface ConsoleFile {
  readonly octets: Uint8Array<ArrayBuffer>;
  /** The same compressed; absent where that saves nothing. */
  readonly gzip?: Uint8Array<ArrayBuffer>;
  readonly mediaType: string;
  /** In quotes, as the field has it. */
  readonly entityTag: string;
  /** True where its name changes with its content. */
  readonly isImmutable: boolean;
}

/** The web console, which is built apart. */
export interface ConsoleFiles {
  /** @param path  below the console's folder: `assets/main-abc.js`; the page itself is `index.html` @returns undefined where there is none */
  get(path: string): ConsoleFile | undefined;
}

/** Where the last good traces lie over restarts. Both may fail: then they are lost, and nothing else. */
export interface TraceShelf {
  load(): Promise<readonly unknown[]>;
  save(traces: readonly Trace[]): Promise<void>;
}

/** All of it. */
export interface Host {
  readonly clock: Clock;
  readonly timers: HostTimers;
  readonly random: Random;
  readonly log: Log;
  readonly visitor: Visitor;
  /** Absent: the last good traces are kept in memory alone. */
  readonly traceShelf?: TraceShelf;
  readonly authority: NameServerQueries;
  /** Requests to ACME servers. @param authorities  PEM of authorities that are trusted beside the usual ones, or empty */
  acme(authorities: string): AcmeTransport;
  /** Where the built-in authority comes from when there is none yet; absent: it is made with fresh keys. */
  readonly makeAuthorityPair?: (permittedNames: readonly string[], now: number) => AuthorityPair;
  /** Images of containers. */
  readonly images: Images;
  /** Seals and opens secrets with the platform's data key. */
  readonly sealer: Sealer;
  /** Where many signatures are made; absent: in control's own thread. */
  readonly bulkSigner?: BulkSigner;
  readonly resolver: Resolver;
  /** Accounts, sessions and one-time links of people. Closed with control. */
  readonly identity: Identity;
  /** The web console; without files where it was not built. */
  readonly console: ConsoleFiles;
}
