// Listening sockets that outlive the processes that serve them: opened here, never read from here, and handed to child
// processes by their descriptor (`stdio` of spawn). While no child serves one, the kernel queues what arrives.
//
// Works on Linux with the foreign-function library (`canOpenListeners`). Elsewhere a child binds its listeners by
// itself, as every driver does for a listener without `fd`; then what arrives between two children is refused.

import { closeSync } from "node:fs";
import { PlatformError } from "#contract/plain";
import { defaultBacklog, receiveBufferOctets, type Listener } from "./driver.ts";
import { listenError, listenerEndpoint } from "./io-error.ts";
import { loadLibc, type Libc } from "./libc.ts";

/** A listener to open. */
export interface ListenerPlan extends Listener {
  /** TCP: connections that may wait to be accepted; 4096 where absent. */
  readonly backlog?: number;
  /** Sockets on the one address and port, for as many threads: the kernel spreads what comes over them. 1 where absent. */
  readonly sockets?: number;
}

/** One open socket of a plan. */
export type OpenListener<T extends ListenerPlan> = T & {
  readonly fd: number;
  /** Which of the plan's sockets it is, from 0. */
  readonly place: number;
};

/** Tells whether this machine can open listeners for other processes. */
export function canOpenListeners(): boolean {
  return loadLibc() !== undefined;
}

/**
 * Opens listeners, all of them or none.
 *
 * Each port is proven free: it is bound without SO_REUSEPORT, so that a second platform cannot take half of the
 * traffic unseen; UDP also without SO_REUSEADDR, which on Linux would do the same. Descriptors are close-on-exec: a child has
 * only those that it is handed.
 * @returns the plans in order with their descriptors, and the port chosen where 0 was asked for; close each with
 * `closeListeners`
 * Throws a PlatformError `port-in-use` (naming the process in the way where it can be seen), `port-not-permitted`,
 * `address-unavailable` or `address-malformed`; `internal` where `canOpenListeners` is false.
 */
export function openListeners<T extends ListenerPlan>(plans: readonly T[]): OpenListener<T>[] {
  const libc = loadLibc();
  if (!libc)
    throw new PlatformError("internal", "Cannot open listeners: this system has no way to hand them on");
  const opened: OpenListener<T>[] = [];
  try {
    for (const plan of plans) {
      const first = open(libc, plan, 0);
      opened.push(first);
      // Only now that the port is proven to be this process's alone may others of it be beside it.
      if ((plan.sockets ?? 1) > 1) libc.allowPortSharing(first.fd);
      for (let place = 1; place < (plan.sockets ?? 1); place++)
        opened.push(open(libc, { ...plan, port: first.port }, place));
    }
  } catch (error) {
    closeListeners(opened);
    throw error;
  }
  return opened;
}

/** Closes this process's descriptors. A child's own stay open. */
export function closeListeners(listeners: readonly { readonly fd: number }[]): void {
  for (const { fd } of listeners) closeSync(fd);
}

function open<T extends ListenerPlan>(libc: Libc, plan: T, place: number): OpenListener<T> {
  const at = listenerEndpoint(plan);
  let fd: number | undefined;
  try {
    fd = libc.openSocket(plan.transport, at.address);
    if (plan.transport === "tcp") libc.allowAddressReuse(fd);
    else libc.requestReceiveBuffer(fd, receiveBufferOctets);
    if (place > 0) libc.allowPortSharing(fd);
    libc.bind(fd, at);
    if (plan.transport === "tcp") libc.listen(fd, plan.backlog ?? defaultBacklog);
    return { ...plan, port: libc.boundPort(fd), fd, place };
  } catch (error) {
    if (fd !== undefined) closeSync(fd);
    throw listenError(plan, error);
  }
}
