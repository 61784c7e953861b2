// A request as a policy sees it while it decides: texts made from octets only when asked for.

import { traceHeader } from "#contract";
import { type Endpoint, isNearby, type Now } from "#engine";
import { octetsOf, textOf } from "#http";
import type { ClientConnection } from "./connections.ts";
import type { Decision, RequestView } from "./policy.ts";
import { cookieOf } from "./stickiness.ts";

const traceName = octetsOf(traceHeader);

/** The view of the request that is being decided about. One object, set anew for each request. */
export class CurrentRequest implements RequestView {
  #connection: ClientConnection | undefined = undefined;
  #octets: Uint8Array = new Uint8Array(0);
  #start = 0;
  readonly #decideLater: (connection: ClientConnection, serial: number, decision: Decision, now: Now) => void;

  /** @param decideLater  takes a decision for the request of a connection that has the given serial number */
  constructor(
    decideLater: (connection: ClientConnection, serial: number, decision: Decision, now: Now) => void,
  ) {
    this.#decideLater = decideLater;
  }

  /** Shows the request whose head lies at `start`. */
  show(connection: ClientConnection, octets: Uint8Array, start: number): void {
    this.#connection = connection;
    this.#octets = octets;
    this.#start = start;
  }

  get #client(): ClientConnection {
    if (!this.#connection) throw new RangeError("Cannot read request: none is shown");
    return this.#connection;
  }

  get method(): number {
    return this.#client.head.method;
  }

  get methodText(): string {
    return this.#text(this.#client.head.methodStart, this.#client.head.methodEnd);
  }

  get targetForm(): number {
    return this.#client.head.targetForm;
  }

  get targetText(): string {
    return this.#text(this.#client.head.targetStart, this.#client.head.targetEnd);
  }

  get pathText(): string {
    return this.#text(this.#client.head.pathStart, this.#client.head.pathEnd);
  }

  get hostText(): string {
    return this.#text(this.#client.head.hostStart, this.#client.head.hostEnd);
  }

  get port(): number {
    return this.#client.head.port;
  }

  cookieText(name: Uint8Array): string | undefined {
    return cookieOf(this.#client.head, this.#octets, this.#start, name);
  }

  get traceId(): string | undefined {
    const { head, peer } = this.#client;
    if (!isNearby(peer.address)) return undefined;
    const index = head.findName(this.#octets, this.#start, traceName);
    if (index < 0) return undefined;
    const id = head.valueText(this.#octets, this.#start, index);
    return /^[0-9a-f]{16}$/i.test(id) ? id.toLowerCase() : undefined;
  }

  get traced(): RequestView["traced"] {
    return this.#client.traced;
  }

  get peer(): Endpoint {
    return this.#client.peer;
  }

  get listener(): number {
    return this.#client.listener;
  }

  get local(): Endpoint {
    return this.#client.local;
  }

  get localKey(): string {
    return this.#client.localKey;
  }

  later(): (decision: Decision, now: Now) => void {
    const connection = this.#client;
    const serial = connection.serial;
    return (decision, now) => this.#decideLater(connection, serial, decision, now);
  }

  #text(from: number, to: number): string {
    return textOf(this.#octets, this.#start + from, this.#start + to);
  }
}
