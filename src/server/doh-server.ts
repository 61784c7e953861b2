// DNS over HTTPS (RFC 8484): HTTP/2 by node:http2, with HTTP/1.1 for who does not speak it, in the thread that has the engine. Bounded in
// connections, in all and of one address, in streams, content, questions under way and in time: what a client begins has to be finished
// within ten seconds, and a connection without a request for thirty is closed.

import type { Server as HttpServer, ServerOptions as Http1Options } from "node:http";
import {
  constants,
  createSecureServer,
  type Http2SecureServer,
  type Http2ServerRequest,
  type Http2ServerResponse,
  type SecureServerOptions,
  type ServerHttp2Session,
} from "node:http2";
import { createPrivateKey } from "node:crypto";
import type { Socket } from "node:net";
import type { Counters } from "#contract";
import { ConnectionShares, type Endpoint, parseAddress } from "#engine";
import type { Listener, TlsCertificate } from "#reactor";
import { maxMessageOctets } from "#wire";
import {
  dohContentType,
  type DohHead,
  type DohRefusal,
  freshnessOf,
  messageOf,
  readDohHead,
  tooLarge,
} from "./doh-request.ts";
import type { ServiceTls } from "./service-tls.ts";

/** Answers a message: `reply` is called once, at once or later, with nothing where there is no answer. */
export type DohAnswer = (
  octets: Uint8Array,
  from: Endpoint,
  to: Endpoint,
  reply: (response: Uint8Array | undefined) => void,
) => void;

/** Bounds. */
export interface DohLimits {
  readonly connections: number;
  /** Of one address, of IPv6 of one /64. Where all are taken, whoever has most gives the oldest up for who has fewer. */
  readonly connectionsPerAddress: number;
  /** Requests under way on one connection. */
  readonly streams: number;
  /** Octets of content that is not there whole yet, in all; the request that would exceed it ends. */
  readonly heldOctets: number;
  /** Milliseconds for a handshake, and for a request with its response. */
  readonly requestMs: number;
  /** Milliseconds that a connection may be without a request. */
  readonly idleMs: number;
}

/** Milliseconds between two looks at connections of HTTP/1.1. */
const checkMs = 1000;

const usualLimits: DohLimits = {
  connections: 1000,
  connectionsPerAddress: 100,
  streams: 100,
  heldOctets: 16 * 2 ** 20,
  requestMs: 10_000,
  idleMs: 30_000,
};

/** Octets of all fields of a request: the longest messages that are asked for fit, longer ones come as content. */
const maxFieldOctets = 16_384;
/** MiB that one connection may hold in the library. */
const sessionMebioctets = 4;

/** What a server is made of. */
export interface DohServerOptions {
  /** The id of the group, or "resolver". */
  readonly service: string;
  readonly tls: ServiceTls;
  readonly answer: DohAnswer;
  readonly limits?: Partial<DohLimits>;
}

/** One service over HTTPS, on any number of listeners. */
export class DohServer {
  readonly #options: DohServerOptions;
  readonly #limits: DohLimits;
  readonly #servers: Http2SecureServer[] = [];
  readonly #sessions = new Set<ServerHttp2Session>();
  readonly #sockets = new Set<Socket>();
  readonly #shares: ConnectionShares<Socket>;
  readonly #statuses = new Map<number, number>();
  #accepted = 0;
  #refused = 0;
  #evicted = 0;
  #heldOctets = 0;

  constructor(options: DohServerOptions) {
    this.#options = options;
    this.#limits = { ...usualLimits, ...options.limits };
    this.#shares = new ConnectionShares(this.#limits.connections, this.#limits.connectionsPerAddress);
    const told = options.tls.onCertificate;
    options.tls.onCertificate = (certificate, authorities) => {
      told(certificate, authorities);
      for (const server of this.#servers) server.setSecureContext(contextOf(certificate));
    };
  }

  /** Listens. Rejects with what the system says. @returns the port */
  async listen(listener: Pick<Listener, "address" | "port" | "fd">): Promise<number> {
    const { certificate } = this.#options.tls;
    const settings: SecureServerOptions & Pick<Http1Options, "connectionsCheckingInterval"> = {
      ...(certificate ? contextOf(certificate) : { minVersion: "TLSv1.3" }),
      allowHTTP1: true,
      handshakeTimeout: this.#limits.requestMs,
      // How often clients of HTTP/1.1 are looked at that take too long.
      connectionsCheckingInterval: Math.min(checkMs, this.#limits.requestMs),
      maxSessionMemory: sessionMebioctets,
      settings: {
        enablePush: false,
        maxConcurrentStreams: this.#limits.streams,
        maxHeaderListSize: maxFieldOctets,
      },
    };
    const server = createSecureServer(settings);
    this.#limitHttp1(server);
    server.on("connection", (socket: Socket) => this.#connected(socket));
    server.on("session", (session) => this.#begin(session));
    server.on("request", (request, response) => this.#take(request, response));
    server.on("tlsClientError", (_error, socket) => socket.destroy());
    server.on("unknownProtocol", (socket) => socket.destroy());
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    server.once("error", reject).once("listening", resolve);
    // As all other listeners: of IPv6 alone, so that the same port of IPv4 is another one's.
    if (listener.fd === undefined)
      server.listen({ port: listener.port, host: listener.address, ipv6Only: true });
    else server.listen({ fd: listener.fd });
    await promise;
    server.on("error", () => {}); // of one connection; the others go on
    this.#servers.push(server);
    const at = server.address();
    return at !== null && typeof at === "object" ? at.port : listener.port;
  }

  /** What node:http has to bound, for clients of HTTP/1.1. */
  #limitHttp1(server: Http2SecureServer): void {
    const http1 = server as unknown as Pick<
      HttpServer,
      "headersTimeout" | "requestTimeout" | "keepAliveTimeout"
    >;
    http1.headersTimeout = http1.requestTimeout = this.#limits.requestMs;
    http1.keepAliveTimeout = this.#limits.idleMs;
  }

  #connected(socket: Socket): void {
    const from = socketEndpoint(socket.remoteAddress, socket.remotePort);
    // Without one it is gone again.
    const admission = from ? this.#shares.admit(socket, from.address) : undefined;
    if (admission?.isAdmitted !== true) {
      this.#refused++;
      socket.destroy();
      return;
    }
    if (admission.instead) {
      this.#evicted++;
      admission.instead.destroy();
    }
    this.#accepted++;
    this.#sockets.add(socket);
    socket.once("close", () => {
      this.#sockets.delete(socket);
      this.#shares.release(socket);
    });
  }

  /** A connection of HTTP/2. What it does beside requests, such as PING, keeps it no longer. */
  #begin(session: ServerHttp2Session): void {
    this.#sessions.add(session);
    let lastAt = performance.now();
    const look = (): void => {
      const rest = lastAt + this.#limits.idleMs - performance.now();
      if (rest > 0) timer = setTimeout(look, rest);
      else if (session.closed) session.destroy();
      else {
        session.close();
        timer = setTimeout(() => session.destroy(), this.#limits.requestMs);
      }
    };
    let timer = setTimeout(look, this.#limits.idleMs);
    session.on("stream", () => (lastAt = performance.now()));
    session.on("error", () => {}); // `close` follows
    session.once("close", () => {
      clearTimeout(timer);
      this.#sessions.delete(session);
    });
  }

  #take(request: Http2ServerRequest, response: Http2ServerResponse): void {
    // All of it is over in time, or the stream ends.
    const late = setTimeout(() => {
      if (response.stream) response.stream.close(constants.NGHTTP2_CANCEL);
      else request.socket.destroy();
    }, this.#limits.requestMs);
    response.once("close", () => clearTimeout(late));
    request.on("error", () => {});
    response.on("error", () => {});
    const head = readDohHead(request.method, request.url, request.headers);
    if (head.kind !== "content") {
      request.resume();
      this.#follow(head, request, response);
      return;
    }
    const parts: Buffer[] = [];
    let octets = 0;
    let held = 0;
    const letGo = (): void => {
      this.#heldOctets -= held;
      held = parts.length = 0;
    };
    response.once("close", letGo);
    request.on("data", (part: Buffer) => {
      octets += part.length;
      if (octets > maxMessageOctets) {
        if (held > 0) this.#follow(tooLarge, request, response);
        letGo();
        return;
      }
      if (response.destroyed || response.writableEnded) return;
      if (this.#heldOctets + part.length > this.#limits.heldOctets) {
        // What is half there on connections that are many is nobody's loss.
        letGo();
        this.#refused++;
        if (response.stream) response.stream.close(constants.NGHTTP2_ENHANCE_YOUR_CALM);
        else request.socket.destroy();
        return;
      }
      parts.push(part);
      held += part.length;
      this.#heldOctets += part.length;
    });
    request.once("end", () => {
      const whole = new Uint8Array(Buffer.concat(parts));
      letGo();
      if (octets <= maxMessageOctets && whole.length === octets)
        this.#follow(messageOf(whole), request, response);
    });
  }

  #follow(head: DohHead, request: Http2ServerRequest, response: Http2ServerResponse): void {
    if (head.kind === "refused") {
      this.#refuse(head.refusal, request, response);
      return;
    }
    if (head.kind !== "message") return;
    const { remoteAddress, remotePort, localAddress, localPort } = request.socket;
    const from = socketEndpoint(remoteAddress, remotePort);
    const to = socketEndpoint(localAddress, localPort);
    if (from === undefined || to === undefined) return; // it is gone
    this.#options.answer(head.octets, from, to, (octets) => {
      if (response.writableEnded || response.destroyed) return;
      if (octets === undefined) {
        this.#refuse({ httpStatus: 400, reason: "it is no DNS query" }, request, response);
        return;
      }
      this.#count(200);
      response.writeHead(200, {
        "content-type": dohContentType,
        "content-length": octets.length,
        "cache-control": `max-age=${freshnessOf(octets)}`,
      });
      response.end(request.method === "HEAD" ? "" : octets);
    });
  }

  #refuse(
    { httpStatus, reason }: DohRefusal,
    request: Http2ServerRequest,
    response: Http2ServerResponse,
  ): void {
    if (response.writableEnded || response.destroyed) return;
    this.#count(httpStatus);
    const text = `${reason}\n`;
    response.writeHead(httpStatus, {
      "content-type": "text/plain",
      "content-length": text.length,
      "cache-control": "no-store",
      ...(httpStatus === 405 ? { allow: "GET, POST" } : {}),
      // What content still comes is not waited for.
      ...(httpStatus === 413 && request.httpVersionMajor === 1 ? { connection: "close" } : {}),
    });
    response.end(request.method === "HEAD" ? "" : text);
  }

  #count(httpStatus: number): void {
    this.#statuses.set(httpStatus, (this.#statuses.get(httpStatus) ?? 0) + 1);
  }

  /** Connections and responses so far, by name. */
  counters(): Counters {
    const { service } = this.#options;
    return {
      [`https-connections{group=${service},event=accepted}`]: this.#accepted,
      [`https-connections{group=${service},event=refused}`]: this.#refused,
      [`https-connections{group=${service},event=evicted}`]: this.#evicted,
      ...Object.fromEntries(
        [200, 400, 404, 405, 413, 415].map((status) => [
          `https-responses{group=${service},status=${status}}`,
          this.#statuses.get(status) ?? 0,
        ]),
      ),
    };
  }

  /** Takes nothing new; what is under way may finish within the grace. */
  async close(graceMs: number): Promise<void> {
    const closed = this.#servers.map(
      (server) => new Promise<void>((resolve) => server.close(() => resolve())),
    );
    for (const session of this.#sessions) session.close();
    const late = setTimeout(() => {
      for (const session of this.#sessions) session.destroy();
      for (const socket of this.#sockets) socket.destroy();
    }, graceMs);
    await Promise.all(closed);
    clearTimeout(late);
  }
}

/** An endpoint as node:net has it: a link-local address with its interface behind it. Undefined where the connection is gone. */
export function socketEndpoint(text: string | undefined, port: number | undefined): Endpoint | undefined {
  const address = parseAddress((text ?? "").replace(/%.*$/s, ""));
  return address && { address, port: port ?? 0 };
}

/** What node:tls is given. TLS 1.3 only. */
function contextOf({ chain, key }: TlsCertificate): { cert: string; key: string; minVersion: "TLSv1.3" } {
  const pair = createPrivateKey({ key: Buffer.from(key), format: "der", type: "pkcs8" });
  return {
    cert: chain,
    key: pair.export({ type: "pkcs8", format: "pem" }),
    minVersion: "TLSv1.3",
  };
}
