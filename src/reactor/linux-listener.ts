// Listening sockets of the linux driver, bound here or inherited.

import { parseAddress, type Endpoint } from "#engine";
import { defaultBacklog, receiveBufferOctets, type Listener } from "./driver.ts";
import { listenError, listenerEndpoint } from "./io-error.ts";
import { loadLibc } from "./libc.ts";
import { isUnspecified } from "./linux-address.ts";
import { Linux } from "./linux-constants.ts";
import { requestPacketInfo } from "./linux-datagrams.ts";
import type { LinuxHost } from "./linux-host.ts";

/** A socket that is bound, and for TCP listening. */
export interface OpenedListener {
  readonly fd: number;
  /** What it is bound to. */
  readonly at: Endpoint;
  /** UDP on all addresses: the kernel tells which one a datagram was sent to. */
  readonly hasPacketInfo: boolean;
}

/** Binds a listener or takes it over from its descriptor. Throws a PlatformError where it cannot. */
export function openListener(host: LinuxHost, listener: Listener): OpenedListener {
  const at = listenerEndpoint(listener);
  const libc = loadLibc();
  if (!libc) throw new RangeError("Cannot listen: the system's library is missing");
  const isUdp = listener.transport === "udp";
  let fd = listener.fd;
  try {
    if (fd === undefined) {
      fd = libc.openSocket(listener.transport, at.address);
      if (!isUdp) libc.allowAddressReuse(fd);
      libc.bind(fd, at);
      if (!isUdp) libc.listen(fd, defaultBacklog);
    } else {
      host.adopt(fd, isUdp ? Linux.SOCK_DGRAM : Linux.SOCK_STREAM);
    }
    if (isUdp) libc.requestReceiveBuffer(fd, receiveBufferOctets);
    else host.requestNoDelay(fd);
    const hasPacketInfo = isUdp && isOnAll(listener) && requestPacketInfo(host.calls, fd, at.address);
    return { fd, at: { address: at.address, port: libc.boundPort(fd) }, hasPacketInfo };
  } catch (error) {
    if (fd !== undefined && listener.fd === undefined) host.calls.close(fd);
    throw listenError(listener, error);
  }
}

/** Tells whether a listener is on all addresses of its family. */
export function isOnAll(listener: Listener): boolean {
  const address = parseAddress(listener.address);
  return address !== undefined && isUnspecified(address);
}
