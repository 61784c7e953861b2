// A name server of the product on one of its drivers, with one zone at a time: what the suites say of answers is asked of it over sockets. On the linux driver a worker
// thread answers out of the zone image that this thread writes.

import { tmpdir } from "node:os";
import { join } from "node:path";
import { type RunningNameServer, startNameServer } from "#server";
import type { Message, Name } from "#wire";
import type { ZoneFeed } from "#zone";
import { askTcp, askUdp } from "../platform/nsd.ts";
import { freePort } from "../platform/transfer-peers.ts";

const address = "127.0.0.1";

/** A server for one zone after the other. */
export class LiveZone {
  #apex: Name | undefined;
  #feed: ZoneFeed = () => {};
  #server: RunningNameServer | undefined;
  readonly #place: { readonly address: string; readonly port: number };

  private constructor(port: number) {
    this.#place = { address, port };
  }

  /** Starts one. Fails where the driver does not work. */
  static async start(driver: "linux" | "node"): Promise<LiveZone> {
    const live = new LiveZone(await freePort(address));
    live.#server = await startNameServer({
      listen: [live.#place],
      driver,
      cache: join(tmpdir(), `fl-suites-cache-${process.getuid?.() ?? 0}`),
      load: () => ({
        keys: [],
        zones:
          live.#apex === undefined
            ? []
            : [{ apex: live.#apex, feed: live.#feed, policy: { transfer: [], notify: [], update: [] } }],
      }),
      log: () => {},
      failed: (error) => {
        throw error;
      },
    });
    if (live.#server.driver.name !== driver) throw new Error(`The ${driver} driver does not work here`);
    return live;
  }

  /** Serves a zone, and nothing else. */
  serve(apex: Name, feed: ZoneFeed): void {
    this.#apex = undefined;
    this.#server?.reload();
    this.#apex = apex;
    this.#feed = feed;
    this.#server?.reload();
  }

  /** Asks. */
  ask(query: Uint8Array, transport: "udp" | "tcp"): Promise<Message> {
    return (transport === "udp" ? askUdp : askTcp)(this.#place, query);
  }

  /** Ends it. */
  async stop(): Promise<void> {
    await this.#server?.stop();
  }
}
