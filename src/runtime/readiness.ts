// Whether something listens on an address: it does when it accepts a TCP connection.

import { connect } from "node:net";

/**
 * Tries one TCP connection and drops it.
 *
 * @param timeoutMs  how long an answer is waited for
 */
export function acceptsConnections(address: string, port: number, timeoutMs: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ host: address, port });
    const settle = (isAccepted: boolean): void => {
      socket.destroy();
      resolve(isAccepted);
    };
    socket.setTimeout(timeoutMs, () => settle(false));
    socket.once("connect", () => settle(true));
    socket.once("error", () => settle(false));
  });
}
