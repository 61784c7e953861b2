// The port to what is more than a question about names: transfers, NOTIFY, UPDATE, and everything that is signed with TSIG. The engines of this
// folder recognise such messages and hand them on; who takes them (src/transfer) may be in another thread, and answers in several
// messages, as fast as they are taken.

import type { Endpoint, MessageTransport, Now } from "#engine";

/** A message that was handed on. All of it is the receiver's. */
export interface TransactionRequest {
  readonly octets: Uint8Array;
  readonly from: Endpoint;
  /** The local endpoint that it came to. */
  readonly to: Endpoint;
  readonly transport: MessageTransport;
  /** Id of the listener group. */
  readonly group: string;
}

/** Takes the messages of a response. Calls after `end` or `abort`, and after the peer is gone, are without effect. */
export interface ResponseSink {
  /**
   * Takes one message, which is the sink's from then on.
   * @returns whether more is wanted at once; else {@link Transaction.more} is called when it is. The message is taken either way.
   */
  send(octets: Uint8Array): boolean;
  /** Nothing more comes. Without a message before, nothing is answered. */
  end(): void;
  /** What was sent is not to be taken for all there is: a connection is dropped. */
  abort(): void;
}

/** A response under way. */
export interface Transaction {
  /** The sink wants more. */
  more(now: Now): void;
  /** The peer is gone: nothing more is wanted. */
  cancel(): void;
}

/** Answers what was handed on. */
export interface Transactions {
  /**
   * Begins to answer. The sink may be called at once, or later.
   * @returns undefined where all was said at once
   */
  begin(request: TransactionRequest, sink: ResponseSink, now: Now): Transaction | undefined;
}
