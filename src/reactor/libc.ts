// The few calls of the system's C library that open a listening socket without reading from it, which Node's own API
// cannot do. Linux only; where it or the foreign-function library is missing there is no `Libc`.
//
// Two rules of such calls: `errno` is read first thing after each, and memory that the kernel writes to stays reachable
// for as long as it may write (here: during the call).

import { createRequire } from "node:module";
import { getSystemErrorName } from "node:util";
import { isIpv4, type Endpoint, type Transport } from "#engine";
import type koffi from "koffi";
import { socketAddressOctets, writeSocketAddress } from "./linux-address.ts";
import { Linux } from "./linux-constants.ts";

/** The foreign-function library. */
export type Koffi = typeof koffi;

const architectures: readonly string[] = ["x64", "arm64", "riscv64"];

/** A call failed. `code` is errno's name, such as EADDRINUSE. */
export class SystemCallError extends Error {
  readonly code: string;

  constructor(call: string, errno: number) {
    const code = getSystemErrorName(-errno);
    super(`${call} failed with ${code}`);
    this.name = "SystemCallError";
    this.code = code;
  }
}

/** The calls. Each throws a SystemCallError where the system refuses. */
export interface Libc {
  /** Opens a non-blocking socket that no child inherits unless it is handed to it. Gives its descriptor. */
  openSocket(transport: Transport, address: Uint8Array): number;
  /** Lets a TCP socket bind while connections of an earlier owner linger (TIME_WAIT). */
  allowAddressReuse(fd: number): void;
  /** Lets other sockets that allow it too be bound to the same port; the kernel spreads what comes over them. */
  allowPortSharing(fd: number): void;
  /** Asks for a receive buffer in octets; the kernel grants what it allows. */
  requestReceiveBuffer(fd: number, octets: number): void;
  bind(fd: number, at: Endpoint): void;
  listen(fd: number, backlog: number): void;
  /** The port that a socket is bound to. */
  boundPort(fd: number): number;
}

let loaded: Libc | undefined;
let isTried = false;

/** The calls, or undefined where this machine does not have them. */
export function loadLibc(): Libc | undefined {
  if (isTried) return loaded;
  isTried = true;
  if (process.platform !== "linux" || !architectures.includes(process.arch)) return undefined;
  try {
    loaded = makeLibc(createRequire(import.meta.url)("koffi") as Koffi);
  } catch {
    loaded = undefined; // no foreign-function library for this machine: the roles bind by themselves
  }
  return loaded;
}

function makeLibc(koffi: Koffi): Libc {
  const library = koffi.load(null); // what Node itself is linked with, whichever C library that is
  const socket = library.func("int socket(int domain, int type, int protocol)");
  const setOption = library.func(
    "int setsockopt(int fd, int level, int name, const void *value, uint32_t length)",
  );
  const bind = library.func("int bind(int fd, const void *address, uint32_t length)");
  const listen = library.func("int listen(int fd, int backlog)");
  const getName = library.func("int getsockname(int fd, void *address, void *length)");

  const check = (call: string, result: number): number => {
    if (result < 0) throw new SystemCallError(call, koffi.errno());
    return result;
  };
  const set = (fd: number, level: number, name: number, value: number): void => {
    check("setsockopt", setOption(fd, level, name, Int32Array.of(value), 4) as number);
  };
  return {
    openSocket(transport, address) {
      const family = isIpv4(address) ? Linux.AF_INET : Linux.AF_INET6;
      const type =
        (transport === "udp" ? Linux.SOCK_DGRAM : Linux.SOCK_STREAM) |
        Linux.SOCK_NONBLOCK |
        Linux.SOCK_CLOEXEC;
      const fd = check("socket", socket(family, type, 0) as number);
      if (family === Linux.AF_INET6) set(fd, Linux.IPPROTO_IPV6, Linux.IPV6_V6ONLY, 1);
      return fd;
    },
    allowAddressReuse: (fd) => set(fd, Linux.SOL_SOCKET, Linux.SO_REUSEADDR, 1),
    allowPortSharing: (fd) => set(fd, Linux.SOL_SOCKET, Linux.SO_REUSEPORT, 1),
    requestReceiveBuffer: (fd, octets) => set(fd, Linux.SOL_SOCKET, Linux.SO_RCVBUF, octets),
    bind(fd, at) {
      const address = new Uint8Array(socketAddressOctets);
      check("bind", bind(fd, address, writeSocketAddress(address, 0, at)) as number);
    },
    listen: (fd, backlog) => void check("listen", listen(fd, backlog) as number),
    boundPort(fd) {
      const address = new Uint8Array(socketAddressOctets);
      const length = Uint32Array.of(socketAddressOctets);
      check("getsockname", getName(fd, address, length) as number);
      return ((address[2] ?? 0) << 8) | (address[3] ?? 0);
    },
  };
}
