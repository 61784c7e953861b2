// Which process holds a port: read from Linux's /proc, so that "port in use" can name the program to stop.
// Sockets of other users' processes are found only by a privileged reader; elsewhere than on Linux nothing is found.

import { readdirSync, readFileSync, readlinkSync } from "node:fs";
import { basename } from "node:path";
import { isIpv4, isSameAddress, type Transport } from "#engine";

/** A process that holds a port. */
export interface PortHolder {
  readonly pid: number;
  /** The program's file name, such as `node` or `nsd`. */
  readonly name: string;
}

/**
 * Finds the process that holds a port on an address, or on all addresses.
 * @param address  16 octets
 * @returns undefined where none is found or it may not be seen
 */
export function findPortHolder(
  transport: Transport,
  address: Uint8Array,
  port: number,
): PortHolder | undefined {
  if (process.platform !== "linux") return undefined;
  const inodes = new Set<string>();
  for (const family of ["", "6"]) {
    for (const row of socketTable(`/proc/net/${transport}${family}`)) {
      if (row.port !== port || !isConflict(row.address, address)) continue;
      // TCP state 0A is LISTEN, UDP state 07 is unconnected (the kernel's include/net/tcp_states.h).
      if (row.state === (transport === "tcp" ? "0A" : "07")) inodes.add(`socket:[${row.inode}]`);
    }
  }
  return inodes.size > 0 ? findSocketOwner(inodes) : undefined;
}

interface SocketRow {
  readonly address: Uint8Array;
  readonly port: number;
  readonly state: string;
  readonly inode: string;
}

function socketTable(path: string): SocketRow[] {
  let text: string;
  try {
    text = readFileSync(path, "latin1");
  } catch {
    return []; // no IPv6, or no /proc
  }
  const rows: SocketRow[] = [];
  for (const line of text.split("\n").slice(1)) {
    const [, local = "", , state = "", , , , , , inode = ""] = line.trim().split(/\s+/);
    const [hex = "", port = ""] = local.split(":");
    if (inode) rows.push({ address: tableAddress(hex), port: Number.parseInt(port, 16), state, inode });
  }
  return rows;
}

/** The table prints each 32-bit word of an address in the machine's order: little-endian on all that we run on. */
function tableAddress(hex: string): Uint8Array {
  const octets = new Uint8Array(16);
  const start = hex.length === 8 ? 12 : 0;
  if (start === 12) octets[10] = octets[11] = 0xff;
  for (let word = 0; word * 8 < hex.length; word++) {
    for (let i = 0; i < 4; i++) {
      octets[start + word * 4 + i] = Number.parseInt(
        hex.slice(word * 8 + (3 - i) * 2, word * 8 + (3 - i) * 2 + 2),
        16,
      );
    }
  }
  return octets;
}

/** Two sockets are in each other's way on one address, or where one of them has all addresses. */
function isConflict(held: Uint8Array, wanted: Uint8Array): boolean {
  return (
    isSameAddress(held, wanted) ||
    isUnspecified(held) ||
    (isUnspecified(wanted) && isIpv4(held) === isIpv4(wanted))
  );
}

function isUnspecified(address: Uint8Array): boolean {
  return address.every((octet, i) => octet === 0 || (i === 10 || i === 11 ? octet === 0xff : false));
}

function findSocketOwner(inodes: ReadonlySet<string>): PortHolder | undefined {
  for (const pid of readdirSync("/proc")) {
    if (!/^\d+$/.test(pid)) continue;
    try {
      for (const fd of readdirSync(`/proc/${pid}/fd`)) {
        if (inodes.has(linkTarget(`/proc/${pid}/fd/${fd}`))) {
          return { pid: Number(pid), name: basename(readlinkSync(`/proc/${pid}/exe`)) };
        }
      }
    } catch {
      // The process ended meanwhile or belongs to somebody else: it cannot be told.
    }
  }
  return undefined;
}

function linkTarget(path: string): string {
  try {
    return readlinkSync(path);
  } catch {
    return ""; // closed meanwhile
  }
}
