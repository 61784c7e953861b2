// Where tests listen: ports, networks of 127/8 and whole platforms' places that no two tests have at once, in whatever processes of this machine they
// run. Each is claimed by its name before it is used: the claim is a socket without a file (unix(7), abstract), which one process alone can have, in
// the same network namespace that ports belong to, and which ends with its process. Nothing is chosen by chance, and nothing is left behind.
//
// Ports lie below 32768, from where on systems give ports to outgoing connections: nobody takes one between its claim and its use. A test that binds
// port 0 and keeps that socket needs none of this; one that closes it again, or that another program is to bind the port, does.

import { createSocket } from "node:dgram";
import { createServer, type Server } from "node:net";

/** Ports of a platform without offset that lie on addresses which all platforms of a machine share. */
const sharedPorts: readonly number[] = [5300, 7443, 7700, 7780, 8080, 8443, 8853];

/** Offsets are hundreds: a platform's ports end in 00, 01, 43, 53 and 80, and the ports of {@link freePort} in 02 to 41. */
const step = 100;
const firstOffset = 2000;
const offsetCount = 219;
const firstPort = 10_102;
const portsOfStep = 40;
const portCount = 226 * portsOfStep;
const firstNetwork = 60;
const networkCount = 180;

/** A second number of addresses 127.N.x.y that is a test's own. */
export interface ClaimedNetwork {
  readonly network: number;
  /** Gives it back, once nothing listens there any more. What is not given back ends with the process. */
  readonly release: () => void;
}

/** A network and an offset of ports for one platform. */
export interface ClaimedPlace extends ClaimedNetwork {
  readonly portOffset: number;
}

/**
 * A port of an address that is free for TCP and UDP, and that no other test of the machine gets as long as this process runs.
 *
 * Throws where there is none.
 */
export async function freePort(address: string): Promise<number> {
  const claimed = await claimOne("port", portCount, async (index) => {
    const port = firstPort + Math.floor(index / portsOfStep) * step + (index % portsOfStep);
    return claimAll([`port-${port}`], async () => (await isFree(address, port)) && port);
  });
  return claimed.what;
}

/** Claims a network for servers that know each other by their addresses. Throws where all are taken. */
export async function claimNetwork(): Promise<ClaimedNetwork> {
  const { what, release } = await claimOne("network", networkCount, (index) =>
    claimAll([`network-${firstNetwork + index}`], () => firstNetwork + index),
  );
  return { network: what, release };
}

/** Claims a place for a platform: with `--network 127.N` and `--port-offset K` it meets no other's. Throws where there is none. */
export async function claimPlace(): Promise<ClaimedPlace> {
  const { network, release } = await claimNetwork();
  const offset = await claimOne("offset", offsetCount, (index) => {
    const portOffset = firstOffset + index * step;
    const ports = sharedPorts.map((port) => port + portOffset);
    return claimAll(
      ports.map((port) => `port-${port}`),
      // A platform that a test left behind has its ports still, and one that somebody started by hand.
      async () => {
        const looks = ["127.0.0.1", "::1"].flatMap((address) => ports.map((port) => isFree(address, port)));
        return (await Promise.all(looks)).every(Boolean) && portOffset;
      },
    );
  });
  return {
    network,
    portOffset: offset.what,
    release() {
      offset.release();
      release();
    },
  };
}

interface Claimed<T> {
  readonly what: T;
  readonly release: () => void;
}

/**
 * Where looking went on last, by kind. It begins at another place in each process, so that what one has given back is not at once another's: somebody
 * may still be sending there.
 */
const last = new Map<string, number>();

async function claimOne<T>(
  kind: string,
  count: number,
  claim: (index: number) => Promise<Claimed<T> | undefined>,
): Promise<Claimed<T>> {
  for (let tried = 0; tried < count; tried++) {
    const index = ((last.get(kind) ?? process.pid * 7) + 1) % count;
    last.set(kind, index);
    const claimed = await claim(index);
    if (claimed) return claimed;
  }
  throw new Error(`Cannot claim a ${kind} for a test: all ${count} are taken`);
}

/** Claims all of these names, or none of them. @param look  what has been claimed so; false where it is of no use */
async function claimAll<T>(
  names: readonly string[],
  look: () => T | false | Promise<T | false>,
): Promise<Claimed<T> | undefined> {
  const held: Server[] = [];
  const release = (): void => {
    for (const server of held.splice(0)) server.close();
  };
  for (const name of names) {
    const server = await hold(name);
    if (!server) break;
    held.push(server);
  }
  const what = held.length === names.length && (await look());
  if (what !== false) return { what, release };
  release();
  return undefined;
}

/** Holds a name; undefined where another process or this one does. */
function hold(name: string): Promise<Server | undefined> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.unref();
    server.once("error", (error: NodeJS.ErrnoException) =>
      error.code === "EADDRINUSE" ? resolve(undefined) : reject(error),
    );
    server.listen({ path: `\0fairlead-test-${name}`, exclusive: true }, () => resolve(server));
  });
}

async function isFree(address: string, port: number): Promise<boolean> {
  const stream = createServer();
  const datagrams = createSocket({ type: address.includes(":") ? "udp6" : "udp4", reuseAddr: false });
  try {
    await new Promise<void>((resolve, reject) => {
      stream.once("error", reject);
      stream.listen({ port, host: address, exclusive: true }, resolve);
    });
    await new Promise<void>((resolve, reject) => {
      datagrams.once("error", reject);
      datagrams.bind({ port, address, exclusive: true }, resolve);
    });
    return true;
  } catch (error) {
    // Else somebody has it. Where there is no IPv6 nobody has anything of it.
    return ["EADDRNOTAVAIL", "EAFNOSUPPORT"].includes(String((error as NodeJS.ErrnoException).code));
  } finally {
    datagrams.close();
    await new Promise((resolve) => stream.close(resolve));
  }
}
