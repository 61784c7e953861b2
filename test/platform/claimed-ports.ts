// Ports of a platform of a test, kept from platforms of other test files for as long as the test runs: one that is stopped for a moment finds its own
// ports again. What is claimed are names of sockets without a file (unix(7), abstract), which end with the process that holds them.

import { createServer, type Server } from "node:net";

/** Ports of a platform without offset that lie on addresses which all platforms share, by their hundreds alike in two. */
const sharedPorts = [7780, 8080] as const;

/** An offset of ports that is a test's own. */
export interface ClaimedPorts {
  readonly offset: number;
  release(): void;
}

/** Claims an offset. All ports stay below 32768, where the ports begin that the system gives to outgoing connections. */
export async function claimPorts(): Promise<ClaimedPorts> {
  for (;;) {
    const offset = 2000 + Math.floor(Math.random() * 218) * 100;
    const held: Server[] = [];
    for (const port of sharedPorts) {
      const server = await claim(port + offset);
      if (!server) break;
      held.push(server);
    }
    const release = (): void => {
      for (const server of held) server.close();
    };
    if (held.length === sharedPorts.length) return { offset, release };
    release();
  }
}

function claim(port: number): Promise<Server | undefined> {
  return new Promise((resolve) => {
    const server = createServer();
    server.unref();
    server.once("error", () => resolve(undefined));
    server.listen(`\0fairlead-test-port-${port}`, () => resolve(server));
  });
}
