// The thread of bulk-signer.ts: signs what it is sent, lot by lot.

import { parentPort } from "node:worker_threads";
import { algorithmOf } from "#dnssec";
import type { SigningAnswer, SigningLot } from "./bulk-signer.ts";

const port = parentPort;
port?.on("message", (lots: readonly SigningLot[]) => {
  // oxlint-disable-next-line unicorn/require-post-message-target-origin -- a thread has no origin
  port.postMessage(sign(lots));
});

function sign(lots: readonly SigningLot[]): SigningAnswer {
  try {
    return lots.map(({ algorithm: number, key, octets }) => {
      const algorithm = algorithmOf(number);
      if (!algorithm) throw new RangeError(`Cannot sign: algorithm ${number} is not there`);
      // What node:crypto gives may be a part of a pool: only its own octets are to be sent.
      return octets.map((each) => new Uint8Array(algorithm.sign(each, key)));
    });
  } catch (error) {
    return { problem: error instanceof Error ? error.message : String(error) };
  }
}
