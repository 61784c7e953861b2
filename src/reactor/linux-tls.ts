// TLS on the linux driver: from an accepted TCP connection to a stream of plain octets. The ClientHello is read here first, so that versions and
// ciphers too depend on the name that is asked for; then the library is given those octets, and reads the socket by itself from there on.

import type { Endpoint } from "#engine";
import { copyEndpoint } from "#engine";
import { HelloReader, type ClientHello } from "./client-hello.ts";
import { Errno, Linux } from "./linux-constants.ts";
import { readOctets, type LinuxHost } from "./linux-host.ts";
import type { Ready } from "./linux-loop.ts";
import { Memory } from "./linux-memory.ts";
import { LinuxSecure } from "./linux-secure.ts";
import { LinuxTlsContexts, type LinuxTlsContext } from "./linux-tls-contexts.ts";
import { Ssl, type OpenSsl } from "./openssl.ts";
import {
  alertRecord,
  defaultTlsLimits,
  TlsAlert,
  type HandshakeOutcome,
  type TlsLimits,
  type TlsServer,
} from "./tls.ts";

/** Takes a connection whose handshake is finished: descriptor and TLS are its from then on. */
export type SecureTaker = (fd: number, from: Endpoint, to: Endpoint, secure: LinuxSecure) => void;

/**
 * Steps of handshakes in one turn of the loop, each up to a third of a millisecond: what else the thread serves, such as datagrams, waits no
 * longer for a crowd of them. The system tells of those that are left in the next turn.
 */
const stepsPerTurn = 8;

/** Takes the handshakes of all listeners that have one `TlsServer`. */
export class LinuxTlsAcceptor {
  readonly host: LinuxHost;
  readonly openSsl: OpenSsl;
  readonly server: TlsServer;
  readonly limits: TlsLimits;
  readonly contexts: LinuxTlsContexts;
  /** In the order of their beginning. */
  readonly #underWay = new Set<Handshake>();
  #steps = 0;

  constructor(host: LinuxHost, openSsl: OpenSsl, server: TlsServer) {
    this.host = host;
    this.openSsl = openSsl;
    this.server = server;
    this.limits = { ...defaultTlsLimits, ...server.limits };
    this.contexts = new LinuxTlsContexts(openSsl, host.calls, this.limits.sessionSeconds);
  }

  /** Takes a connection; `ready` is called once its handshake is finished, or never. */
  accept(fd: number, from: Endpoint, to: Endpoint, ready: SecureTaker): void {
    if (this.#underWay.size >= this.limits.handshakes) {
      for (const oldest of this.#underWay) {
        oldest.drop({ kind: "evicted" });
        break;
      }
    }
    const handshake = new Handshake(this, fd, copyEndpoint(from), copyEndpoint(to), ready);
    this.#underWay.add(handshake);
    handshake.begin();
  }

  /** Whether one may take a step in this turn. */
  mayStep(): boolean {
    if (this.#steps >= stepsPerTurn) return false;
    if (this.#steps++ === 0) this.host.loop.later(() => (this.#steps = 0));
    return true;
  }

  /** One is over. */
  forget(handshake: Handshake): void {
    this.#underWay.delete(handshake);
  }

  /** Drops all handshakes. */
  close(): void {
    for (const handshake of this.#underWay) handshake.drop({ kind: "failed" });
    this.contexts.free();
  }
}

/** A connection whose handshake is not finished. */
class Handshake implements Ready {
  readonly #acceptor: LinuxTlsAcceptor;
  readonly #fd: number;
  readonly #from: Endpoint;
  readonly #to: Endpoint;
  readonly #ready: SecureTaker;
  readonly #reader = new HelloReader();
  #handle = -1;
  #timer = 0;
  #interest = Linux.EPOLLIN as number;
  /** The library's connection; 0 until a hello was read. */
  #connection = 0;
  #context: LinuxTlsContext | undefined;
  #chosen = -1;
  /** The hello's octets, while the library may read them. */
  #hello: Memory | undefined;
  /** Of what it is served with; undefined until that is chosen. */
  #scope: string | undefined;
  /** An alert was sent: the client is waited for, because a reset might overtake the alert. */
  #isRefused = false;
  /** The client has ended: an alert may still be on its way to it. */
  #hasEnded = false;
  #isOver = false;
  #isTold = false;

  constructor(acceptor: LinuxTlsAcceptor, fd: number, from: Endpoint, to: Endpoint, ready: SecureTaker) {
    this.#acceptor = acceptor;
    this.#fd = fd;
    this.#from = from;
    this.#to = to;
    this.#ready = ready;
  }

  begin(): void {
    const { loop } = this.#acceptor.host;
    try {
      this.#handle = loop.add(this.#fd, Linux.EPOLLIN, this);
    } catch {
      this.drop({ kind: "failed" }); // the kernel has no room for one more to watch
      return;
    }
    const until = loop.clock.refresh().monotonic + this.#acceptor.limits.handshakeMs;
    this.#timer = loop.setTimer(until, () => this.drop({ kind: "timeout" }));
  }

  ready(): void {
    if (!this.#acceptor.mayStep()) return;
    if (this.#connection !== 0) this.#goOn();
    else this.#read();
  }

  #read(): void {
    const { calls, input } = this.#acceptor.host;
    const length = calls.receive(this.#fd, input.address, readOctets, Linux.MSG_DONTWAIT);
    if (length < 0) {
      const errno = calls.errno();
      if (errno !== Errno.EAGAIN && errno !== Errno.EINTR) this.drop({ kind: "failed" });
      return;
    }
    if (length === 0) {
      this.#hasEnded = true;
      this.drop({ kind: "failed" });
      return;
    }
    if (this.#isRefused) return; // nobody listens any more; the alert shall arrive
    const result = this.#reader.push(input.octets.subarray(0, length));
    if (result.kind === "failed") this.#refuse(result.alert, { kind: "malformed" });
    else if (result.kind === "read") this.#choose(result.hello);
  }

  #choose(hello: ClientHello): void {
    const { host, server, contexts } = this.#acceptor;
    const now = host.loop.clock.refresh();
    try {
      const choice = server.choose({ local: this.#to, serverName: hello.serverName }, now);
      if (!choice) {
        this.#refuse(TlsAlert.unrecognizedName, { kind: "unrecognized-name" });
        return;
      }
      const { protocols, scope } = choice;
      this.#scope = scope;
      if (hello.protocols) {
        const { protocols: offered } = hello;
        this.#chosen = protocols.findIndex((protocol) => offered.includes(protocol));
        if (this.#chosen < 0) {
          this.#refuse(TlsAlert.noApplicationProtocol, { kind: "no-protocol" });
          return;
        }
      }
      this.#context = contexts.get(choice, server.ticketKey(host.loop.clock.refresh()));
      this.#open(this.#context.handle);
    } catch (error) {
      host.faults.report("accepted", error);
      this.#refuse(TlsAlert.internalError, { kind: "failed" });
      return;
    }
    this.#goOn();
  }

  /** Gives the library the octets that were read, and the socket to write to. */
  #open(context: number): void {
    const { openSsl, host } = this.#acceptor;
    const octets = this.#reader.wire.all;
    this.#hello = new Memory(host.calls, Math.ceil(octets.length / 4) * 4);
    this.#hello.octets.set(octets);
    const connection = openSsl.connectionNew(context);
    const from = openSsl.memoryBio(this.#hello.address, octets.length);
    const to = openSsl.socketBio(this.#fd, Ssl.BIO_NOCLOSE);
    if (connection === 0 || from === 0 || to === 0) throw new Error("Cannot serve TLS: there is no memory");
    // At its end there is more to come, not the end of the connection.
    openSsl.bioControl(from, Ssl.BIO_SET_MEM_EOF_RETURN, -1, 0);
    openSsl.setReadBio(connection, from);
    openSsl.setWriteBio(connection, to);
    openSsl.acceptState(connection);
    this.#connection = connection;
  }

  #goOn(): void {
    const { openSsl } = this.#acceptor;
    this.#setChosen(openSsl.choosing);
    openSsl.clearErrors();
    let result = openSsl.handshake(this.#connection);
    let error = result === 1 ? 0 : openSsl.error(this.#connection, result);
    if (this.#hello && error === Ssl.ERROR_WANT_READ) {
      // All of the hello is read: the rest comes from the socket.
      openSsl.setReadBio(this.#connection, openSsl.socketBio(this.#fd, Ssl.BIO_NOCLOSE));
      this.#hello.free();
      this.#hello = undefined;
      openSsl.clearErrors();
      result = openSsl.handshake(this.#connection);
      error = result === 1 ? 0 : openSsl.error(this.#connection, result);
    }
    if (error === 0) this.#finish();
    else if (error === Ssl.ERROR_WANT_READ) this.#watchFor(Linux.EPOLLIN);
    else if (error === Ssl.ERROR_WANT_WRITE) this.#watchFor(Linux.EPOLLOUT);
    else if (error === Ssl.ERROR_SSL) {
      // The library has sent an alert. The client broke it off, or there was no version or cipher in common.
      this.#free();
      this.#linger({ kind: "failed" });
    } else this.drop({ kind: "failed" });
  }

  #setChosen(choosing: OpenSsl["choosing"]): void {
    choosing.address = choosing.length = 0;
    const context = this.#context;
    if (!context || this.#chosen < 0) return;
    let at = 0;
    for (let i = 0; i < this.#chosen; i++) at += context.protocols[i]?.length ?? 0;
    choosing.address = context.names.address + at;
    choosing.length = context.protocols[this.#chosen]?.length ?? 0;
  }

  #watchFor(events: number): void {
    if (events === this.#interest) return;
    this.#interest = events;
    this.#acceptor.host.loop.change(this.#handle, this.#fd, events);
  }

  #finish(): void {
    const { openSsl, host } = this.#acceptor;
    const connection = this.#connection;
    this.#connection = 0;
    this.#end({
      kind: "finished",
      protocol: openSsl.protocolOf(connection),
      isResumed: openSsl.isResumed(connection) === 1,
    });
    this.#ready(this.#fd, this.#from, this.#to, new LinuxSecure(openSsl, host.calls, connection));
  }

  /** Sends an alert and waits for the client to go. The time-out stands. */
  #refuse(alert: number, outcome: HandshakeOutcome): void {
    const { calls, small } = this.#acceptor.host;
    const record = alertRecord(alert);
    small.octets.set(record);
    calls.send(this.#fd, small.address, record.length, Linux.MSG_DONTWAIT | Linux.MSG_NOSIGNAL);
    this.#linger(outcome);
  }

  #linger(outcome: HandshakeOutcome): void {
    this.#isRefused = true;
    this.#tell(outcome);
    this.#watchFor(Linux.EPOLLIN);
    this.#acceptor.host.calls.shutdown(this.#fd, Linux.SHUT_WR);
  }

  /** Ends it at once. */
  drop(outcome: HandshakeOutcome): void {
    if (this.#isOver) return;
    this.#free();
    this.#end(outcome);
    const { host } = this.#acceptor;
    if (this.#isRefused && this.#hasEnded) host.calls.close(this.#fd);
    else host.reset(this.#fd);
  }

  #free(): void {
    if (this.#connection !== 0) this.#acceptor.openSsl.connectionFree(this.#connection);
    this.#connection = 0;
    this.#hello?.free();
    this.#hello = undefined;
  }

  #end(outcome: HandshakeOutcome): void {
    this.#isOver = true;
    const { loop } = this.#acceptor.host;
    if (this.#timer !== 0) loop.clearTimer(this.#timer);
    if (this.#handle >= 0) loop.remove(this.#handle, this.#fd);
    this.#handle = -1;
    this.#acceptor.forget(this);
    this.#tell(outcome);
  }

  #tell(outcome: HandshakeOutcome): void {
    if (this.#isTold) return;
    this.#isTold = true;
    const { server, host } = this.#acceptor;
    try {
      server.ended?.(outcome, {
        scope: this.#scope,
        local: this.#scope === undefined ? this.#to : undefined,
      });
    } catch (error) {
      host.faults.report("accepted", error);
    }
  }
}
