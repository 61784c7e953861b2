// Which TCP ports processes listen on, as Linux tells it in /proc: so that a container which serves another port than its public endpoint
// names is told so. Elsewhere, and of other users' processes, nothing is known.

import { readdirSync, readFileSync, readlinkSync } from "node:fs";

/** The state LISTEN in /proc/net/tcp. */
const listenState = "0A";

/** The ports that sockets of some processes listen on, in order. Undefined where none of the processes can be looked into. */
export function listeningPortsOf(pids: readonly number[]): number[] | undefined {
  const found = new Set<number>();
  let isKnown = false;
  for (const pid of pids) {
    const sockets = socketsOf(pid);
    if (!sockets) continue;
    isKnown = true;
    for (const { port, inode } of listenersOf(pid)) if (sockets.has(inode)) found.add(port);
  }
  return isKnown ? [...found].sort((a, b) => a - b) : undefined;
}

/** The ports that anything listens on in the network of a process, which is a container's own. */
export function listeningPortsAround(pid: number): number[] {
  return [...new Set(listenersOf(pid).map(({ port }) => port))].sort((a, b) => a - b);
}

function socketsOf(pid: number): Set<string> | undefined {
  try {
    const folder = `/proc/${pid}/fd`;
    return new Set(
      readdirSync(folder).flatMap((name) => {
        try {
          return /^socket:\[(\d+)\]$/.exec(readlinkSync(`${folder}/${name}`))?.[1] ?? [];
        } catch {
          return []; // closed meanwhile
        }
      }),
    );
  } catch {
    return undefined; // gone, another user's, or another system
  }
}

function listenersOf(pid: number): { port: number; inode: string }[] {
  return ["tcp", "tcp6"].flatMap((file) => {
    let text: string;
    try {
      text = readFileSync(`/proc/${pid}/net/${file}`, "latin1");
    } catch {
      return []; // gone, or a system without IPv6
    }
    return text.split("\n").flatMap((line) => {
      // sl, local address, remote address, state, queues, timer, retransmissions, uid, timeout, inode
      const fields = line.trim().split(/\s+/);
      const port = /:([0-9A-F]{4})$/.exec(fields[1] ?? "")?.[1];
      return fields[3] === listenState && port !== undefined
        ? [{ port: Number.parseInt(port, 16), inode: fields[9] ?? "" }]
        : [];
    });
  });
}
