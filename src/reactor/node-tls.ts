// TLS on node:tls: from an accepted TCP connection to a socket of plain octets. The ClientHello is read here first, so that versions and
// ciphers too depend on the name that is asked for, which node:tls's own callback for names cannot do; then the
// octets go back into the socket, and the library reads them as if nothing had happened.

import type { Socket } from "node:net";
import { TLSSocket } from "node:tls";
import type { Endpoint } from "#engine";
import { HelloReader, type ClientHello } from "./client-hello.ts";
import { ReusedEndpoint } from "./node-address.ts";
import type { NodeClock } from "./node-clock.ts";
import type { NodeSocket } from "./node-socket.ts";
import { NodeTlsContexts } from "./node-tls-contexts.ts";
import {
  alertRecord,
  defaultTlsLimits,
  TlsAlert,
  type HandshakeOutcome,
  type TlsChoice,
  type TlsLimits,
  type TlsServer,
} from "./tls.ts";

/** A connection whose handshake is not finished. */
interface Handshake {
  readonly raw: Socket;
  readonly reader: HelloReader;
  readonly timer: NodeJS.Timeout;
  /** What comes of it: called once, with the plain socket. */
  readonly ready: (socket: NodeSocket) => void;
  /** Takes the listeners of the first part off the connection. */
  stopReading: () => void;
  secure: TLSSocket | undefined;
  /** Of what it is served with; undefined until that is chosen. */
  scope: string | undefined;
  isRefused: boolean;
}

/** Takes the handshakes of all listeners that have one `TlsServer`. */
export class NodeTlsAcceptor {
  readonly #server: TlsServer;
  readonly #limits: TlsLimits;
  readonly #contexts: NodeTlsContexts;
  readonly #clock: NodeClock;
  readonly #onFault: (error: unknown) => void;
  /** In the order of their beginning. */
  readonly #underWay = new Set<Handshake>();
  readonly #local = new ReusedEndpoint();

  /** @param onFault  told of exceptions of the port, and of certificates that the library cannot use */
  constructor(server: TlsServer, clock: NodeClock, onFault: (error: unknown) => void) {
    this.#server = server;
    this.#limits = { ...defaultTlsLimits, ...server.limits };
    this.#contexts = new NodeTlsContexts(this.#limits.sessionSeconds);
    this.#clock = clock;
    this.#onFault = onFault;
  }

  /** Takes a connection; `ready` is called once its handshake is finished, or never. */
  accept(raw: Socket, ready: (socket: NodeSocket) => void): void {
    if (this.#underWay.size >= this.#limits.handshakes) {
      for (const oldest of this.#underWay) {
        this.#drop(oldest, { kind: "evicted" });
        break;
      }
    }
    const readable = (): void => this.#read(handshake);
    const ended = (): void => {
      // One that was refused closes by itself: both sides have ended.
      if (!handshake.isRefused) this.#drop(handshake, { kind: "failed" });
    };
    const handshake: Handshake = {
      raw,
      reader: new HelloReader(),
      timer: setTimeout(() => this.#drop(handshake, { kind: "timeout" }), this.#limits.handshakeMs),
      ready,
      stopReading: () => raw.off("readable", readable).off("end", ended),
      secure: undefined,
      scope: undefined,
      isRefused: false,
    };
    this.#underWay.add(handshake);
    raw.on("error", () => {}); // of the connection: `close` follows
    raw.on("close", () => this.#end(handshake, { kind: "failed" }));
    raw.on("readable", readable).on("end", ended);
  }

  /** Drops all handshakes. */
  close(): void {
    for (const handshake of this.#underWay) this.#drop(handshake, { kind: "failed" });
  }

  #read(handshake: Handshake): void {
    const { raw, reader } = handshake;
    for (;;) {
      const chunk = raw.read() as Buffer | null;
      if (chunk === null) return;
      if (handshake.isRefused) continue; // nobody listens any more; the alert shall arrive
      const result = reader.push(chunk);
      if (result.kind === "more") continue;
      if (result.kind === "failed") this.#refuse(handshake, result.alert, { kind: "malformed" });
      else this.#choose(handshake, result.hello);
      if (handshake.secure) return;
    }
  }

  #choose(handshake: Handshake, hello: ClientHello): void {
    const { raw } = handshake;
    const now = this.#clock.refresh();
    let choice: TlsChoice | undefined;
    try {
      choice = this.#server.choose({ local: this.#localOf(raw), serverName: hello.serverName }, now);
      if (choice) {
        const { protocols, scope } = choice;
        handshake.scope = scope;
        if (hello.protocols && !hello.protocols.some((protocol) => protocols.includes(protocol))) {
          this.#refuse(handshake, TlsAlert.noApplicationProtocol, { kind: "no-protocol" });
          return;
        }
        this.#secure(handshake, choice);
        return;
      }
    } catch (error) {
      this.#onFault(error);
      this.#refuse(handshake, TlsAlert.internalError, { kind: "failed" });
      return;
    }
    this.#refuse(handshake, TlsAlert.unrecognizedName, { kind: "unrecognized-name" });
  }

  #localOf({ localAddress, localPort }: Socket): Endpoint {
    return this.#local.set(localAddress ?? "", localPort ?? 0);
  }

  #secure(handshake: Handshake, choice: TlsChoice): void {
    const { raw, reader } = handshake;
    const secureContext = this.#contexts.get(choice, this.#server.ticketKey(this.#clock.refresh()));
    handshake.stopReading();
    raw.unshift(reader.wire.all);
    const secure = new TLSSocket(raw, {
      isServer: true,
      secureContext,
      requestCert: choice.clientAuthorities !== undefined,
      rejectUnauthorized: choice.clientAuthorities !== undefined,
      ALPNProtocols: [...choice.protocols],
    });
    handshake.secure = secure;
    secure.on("error", () => {}); // `close` follows
    secure.on("close", () => this.#end(handshake, { kind: "failed" }));
    secure.once("secure", () => {
      if (!this.#underWay.has(handshake)) return;
      if (choice.clientAuthorities !== undefined && !isClientTrusted(secure)) {
        this.#drop(handshake, { kind: "failed" });
        return;
      }
      const protocol = secure.getProtocol() ?? "";
      this.#end(handshake, { kind: "finished", protocol, isResumed: secure.isSessionReused() });
      handshake.ready({ stream: secure, raw });
    });
  }

  /** Sends an alert and waits for the client to go: a reset might overtake the alert. The time-out stands. */
  #refuse(handshake: Handshake, alert: number, outcome: HandshakeOutcome): void {
    if (handshake.isRefused) return;
    handshake.isRefused = true;
    this.#tell(handshake, outcome);
    handshake.raw.end(alertRecord(alert));
  }

  /** Ends a handshake at once. */
  #drop(handshake: Handshake, outcome: HandshakeOutcome): void {
    this.#end(handshake, outcome);
    const { raw } = handshake;
    // While a shutdown waits for octets, the system refuses to reset.
    if (raw.writableEnded && !raw.writableFinished) raw.destroy();
    else raw.resetAndDestroy();
  }

  #end(handshake: Handshake, outcome: HandshakeOutcome): void {
    if (!this.#underWay.delete(handshake)) return;
    clearTimeout(handshake.timer);
    if (!handshake.secure) handshake.stopReading();
    if (!handshake.isRefused) this.#tell(handshake, outcome);
  }

  #tell({ raw, scope }: Handshake, outcome: HandshakeOutcome): void {
    try {
      const isKnown = scope !== undefined || raw.localAddress === undefined;
      this.#server.ended?.(outcome, { scope, local: isKnown ? undefined : this.#localOf(raw) });
    } catch (error) {
      this.#onFault(error);
    }
  }
}

/**
 * Whether the chain that a client has shown is good. Node's own servers look at this and tell nobody how: a socket that is made by hand has
 * the library's verdict at its handle alone. Without one nobody is trusted.
 */
function isClientTrusted(secure: TLSSocket): boolean {
  const { _handle: handle } = secure as unknown as {
    readonly _handle?: { verifyError?(): Error | null | undefined };
  };
  return handle?.verifyError !== undefined && !handle.verifyError();
}
