// The system calls of the linux driver, through the foreign-function library. Addresses of memory are numbers: the
// 47 bits of an address of user space fit into one, and nothing is made for a call.
//
// Each call gives what the system gives: a result below zero is a failure, whose `errno` must be read first thing after it.

import { createRequire } from "node:module";
import { getSystemErrorName } from "node:util";
import { SystemCallError, type Koffi } from "./libc.ts";

/** The calls. Descriptors, lengths and addresses of memory are numbers. */
export interface LinuxCalls {
  /** Of the last call that failed: to be read before anything else happens. */
  errno(): number;
  /** Where a buffer's octets lie. They stay there as long as the buffer is reachable. */
  addressOf(buffer: ArrayBufferLike): number;
  epollCreate(flags: number): number;
  epollControl(epoll: number, operation: number, fd: number, event: number): number;
  epollWait(epoll: number, events: number, maxEvents: number, timeoutMs: number): number;
  /** The same on a thread of its own; `done` is called from the event loop. The memory must stay reachable until then. */
  epollWaitAside(epoll: number, events: number, maxEvents: number, timeoutMs: number, done: () => void): void;
  eventfd(value: number, flags: number): number;
  timerfd(clock: number, flags: number): number;
  setTimerfd(fd: number, flags: number, value: number, old: number): number;
  read(fd: number, buffer: number, length: number): number;
  write(fd: number, buffer: number, length: number): number;
  close(fd: number): number;
  control(fd: number, command: number, argument: number): number;
  socket(family: number, type: number, protocol: number): number;
  bind(fd: number, address: number, length: number): number;
  connect(fd: number, address: number, length: number): number;
  accept(fd: number, address: number, length: number, flags: number): number;
  shutdown(fd: number, how: number): number;
  setOption(fd: number, level: number, name: number, value: number, length: number): number;
  getOption(fd: number, level: number, name: number, value: number, length: number): number;
  localAddress(fd: number, address: number, length: number): number;
  receive(fd: number, buffer: number, length: number, flags: number): number;
  send(fd: number, buffer: number, length: number, flags: number): number;
  receiveFrom(
    fd: number,
    buffer: number,
    length: number,
    flags: number,
    address: number,
    addressLength: number,
  ): number;
  sendTo(
    fd: number,
    buffer: number,
    length: number,
    flags: number,
    address: number,
    addressLength: number,
  ): number;
  receiveMany(fd: number, headers: number, count: number, flags: number, timeout: number): number;
  sendMany(fd: number, headers: number, count: number, flags: number): number;
  poll(fds: number, count: number, timeoutMs: number): number;
  advise(address: number, octets: number, advice: number): number;
}

const architectures: readonly string[] = ["x64", "arm64", "riscv64"];

let loaded: LinuxCalls | undefined;
let reason: string | undefined;

/** The calls, or in words why this machine does not have them. */
export function loadLinuxCalls(): LinuxCalls | string {
  if (loaded) return loaded;
  if (reason !== undefined) return reason;
  if (process.platform !== "linux") reason = `this system is ${process.platform}`;
  else if (!architectures.includes(process.arch)) reason = `the processor is ${process.arch}`;
  else {
    try {
      return (loaded = makeCalls(createRequire(import.meta.url)("koffi") as Koffi));
    } catch (error) {
      reason = `the foreign-function library cannot be loaded: ${firstLine(error)}`;
    }
  }
  return reason;
}

function firstLine(error: unknown): string {
  return (error instanceof Error ? error.message : String(error)).split("\n")[0] ?? "";
}

function makeCalls(koffi: Koffi): LinuxCalls {
  const library = koffi.load(null); // what Node itself is linked with, whichever C library that is
  const call = <F>(declaration: string): F => library.func(declaration) as unknown as F;
  const epollWait = library.func("int epoll_wait(int epoll, uintptr_t events, int count, int timeout)");
  return {
    errno: () => koffi.errno(),
    addressOf: (buffer) => Number(koffi.address(new Uint8Array(buffer))),
    epollCreate: call("int epoll_create1(int flags)"),
    epollControl: call("int epoll_ctl(int epoll, int operation, int fd, uintptr_t event)"),
    epollWait,
    epollWaitAside: (epoll, events, maxEvents, timeoutMs, done) =>
      void epollWait.async(epoll, events, maxEvents, timeoutMs, done),
    timerfd: call("int timerfd_create(int clock, int flags)"),
    setTimerfd: call("int timerfd_settime(int fd, int flags, uintptr_t value, uintptr_t old)"),
    eventfd: call("int eventfd(unsigned int value, int flags)"),
    read: call("intptr_t read(int fd, uintptr_t buffer, size_t length)"),
    write: call("intptr_t write(int fd, uintptr_t buffer, size_t length)"),
    close: call("int close(int fd)"),
    control: call("int fcntl(int fd, int command, intptr_t argument)"),
    socket: call("int socket(int family, int type, int protocol)"),
    bind: call("int bind(int fd, uintptr_t address, uint32_t length)"),
    connect: call("int connect(int fd, uintptr_t address, uint32_t length)"),
    accept: call("int accept4(int fd, uintptr_t address, uintptr_t length, int flags)"),
    shutdown: call("int shutdown(int fd, int how)"),
    setOption: call("int setsockopt(int fd, int level, int name, uintptr_t value, uint32_t length)"),
    getOption: call("int getsockopt(int fd, int level, int name, uintptr_t value, uintptr_t length)"),
    localAddress: call("int getsockname(int fd, uintptr_t address, uintptr_t length)"),
    receive: call("intptr_t recv(int fd, uintptr_t buffer, size_t length, int flags)"),
    send: call("intptr_t send(int fd, uintptr_t buffer, size_t length, int flags)"),
    receiveFrom: call(
      "intptr_t recvfrom(int fd, uintptr_t buffer, size_t length, int flags, uintptr_t address, uintptr_t addressLength)",
    ),
    sendTo: call(
      "intptr_t sendto(int fd, uintptr_t buffer, size_t length, int flags, uintptr_t address, uint32_t addressLength)",
    ),
    receiveMany: call(
      "int recvmmsg(int fd, uintptr_t headers, unsigned int count, int flags, uintptr_t timeout)",
    ),
    sendMany: call("int sendmmsg(int fd, uintptr_t headers, unsigned int count, int flags)"),
    advise: call("int madvise(uintptr_t address, size_t octets, int advice)"),
    poll: call("int poll(uintptr_t fds, unsigned long count, int timeout)"),
  };
}

/** Gives a result back, or throws the SystemCallError of a call that failed. */
export function check(calls: LinuxCalls, name: string, result: number): number {
  if (result < 0) throw new SystemCallError(name, calls.errno());
  return result;
}

/** Errno's name, such as ECONNRESET. */
export function errnoName(errno: number): string {
  return errno > 0 ? getSystemErrorName(-errno) : "";
}
