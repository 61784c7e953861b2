// Control and the names role's engines in one process on the simulated network: what control publishes is asked for by real packets,
// some of which are lost, and a name server that is down keeps the delegation back.

import { expect, test } from "vitest";
import type { Operation, WriteAnswer } from "#contract";
import { createControl, controlSchema, type NameServerQueries } from "#control";
import { openIdentity } from "#identity";
import { SimulatedNetwork, type SimulatedClient } from "#reactor";
import { createMemoryStore, createSealer } from "#store";
import { decodeMessage, encodeRequest, Name, RrType, type Message } from "#wire";
import { makeNamesEngines } from "./make-names-engines.ts";
import { makeProfile } from "./profile.ts";
import { connectRole } from "./testing-role-link.ts";

const profile = makeProfile();
const port = profile.authorityPort;
const host = "127.0.0.1:7700";

/** Timers that run when the test lets time pass, beside the network's own clock. */
class TestTimers {
  now = 0;
  readonly #waiting = new Set<{ readonly at: number; readonly run: () => void }>();

  after = (milliseconds: number, run: () => void): (() => void) => {
    const timer = { at: this.now + milliseconds, run };
    this.#waiting.add(timer);
    return () => this.#waiting.delete(timer);
  };

  async pass(network: SimulatedNetwork, milliseconds: number): Promise<void> {
    const until = this.now + milliseconds;
    while (this.now < until) {
      this.now += 100;
      network.advance(100);
      for (const timer of this.#waiting) {
        if (timer.at > this.now) continue;
        this.#waiting.delete(timer);
        timer.run();
      }
      await settle();
    }
  }
}

async function settle(): Promise<void> {
  for (let i = 0; i < 10; i++) await new Promise((resolve) => setImmediate(resolve));
}

/** Asks over the simulated network; three times, as packets may be lost. */
function ask(client: SimulatedClient, address: string, name: string, type: number): Message | string {
  const parsed = Name.parse(name);
  if (!parsed.ok) throw new RangeError(name);
  const query = encodeRequest(parsed.value, type, { id: 7 });
  for (let i = 0; i < 3; i++) {
    const octets = client.ask(`${address}:${port}`, query, 500);
    const answer = octets && decodeMessage(octets);
    if (answer?.ok) return answer.value;
  }
  return "no answer";
}

test("a registration reaches DNS zone first, survives loss, and waits for the one server that is down", async () => {
  const network = new SimulatedNetwork({ seed: 11, link: { loss: 0.1 } });
  const engines = makeNamesEngines(profile.groups, { report: () => {} });
  const client = await network.client("control", ["127.0.0.9"]);
  const timers = new TestTimers();
  const attach = async (name: string): Promise<void> => {
    for (const { group, hosts } of profile.groups) {
      for (const { addresses } of hosts.filter((one) => one.name === name)) {
        const engine = engines.groups.find((one) => one.group === group)?.datagram;
        const [address = ""] = addresses;
        if (engine) await hostsByName.get(name)?.attachDatagram(engine, { transport: "udp", address, port });
      }
    }
  };
  const all = profile.groups.flatMap(({ hosts }) => hosts);
  const hostsByName = new Map(all.map(({ name, addresses }) => [name, network.host(name, addresses)]));
  for (const { name } of all) await attach(name);
  const authority: NameServerQueries = {
    ask: async (server, name, type) => Promise.resolve(ask(client, server.address, name, type)),
  };
  const sealer = createSealer(new Uint8Array(32));
  const control = createControl({
    clock: { monotonic: () => timers.now, wall: () => 1_800_000_000_000 + timers.now },
    timers,
    random: network.random(),
    log: { info: () => {}, warn: () => {}, error: () => {} },
    visitor: {
      query: () => Promise.reject(new Error("no trace here")),
      queryServer: () => Promise.reject(new Error("no trace here")),
      request: () => Promise.reject(new Error("no trace here")),
    },
    authority,
    acme: () => ({ send: () => Promise.reject(new Error("no network here")) }),
    resolver: { ask: () => Promise.resolve("no answer") },
    console: { get: () => undefined },
    images: {
      add: () => Promise.reject(new Error("no image here")),
      get: () => undefined,
      list: () => [],
      remove: () => false,
    },
    sealer,
    identity: openIdentity({ file: ":memory:", sealer, baseUrl: `http://${host}`, now: () => timers.now }),
    store: createMemoryStore(controlSchema),
    config: {
      profile,
      version: "0",
      keys: [{ actor: "test", key: "fl_test_0123456789abcdef" }],
      allowedHosts: [host],
      allowedOrigins: [],
      outside: { policy: "refuse", forwarders: [] },
      places: [],
      region: "local",
    },
  });
  await control.start();
  connectRole(control, "names", engines);
  const call = async <T>(method: string, path: string, body?: unknown): Promise<T> => {
    const response = await control.app.request(`http://${host}${path}`, {
      method,
      headers: { host, authorization: "Bearer fl_test_0123456789abcdef", "content-type": "application/json" },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    return (await response.json()) as T;
  };
  const status = async (id: string | undefined): Promise<string> =>
    (await call<Operation>("GET", `/v1/operations/${id}`)).status;
  const cut = (): number => {
    const answer = ask(client, "127.53.1.1", "shop.test.", RrType.NS);
    return typeof answer === "string" ? -1 : answer.authority.filter(({ type }) => type === RrType.NS).length;
  };

  hostsByName.get("ns3.s1.nic.test.")?.crash();
  const { operation } = await call<WriteAnswer>("POST", "/v1/domains", { name: "shop.test" });
  await timers.pass(network, 60_000);
  expect([await status(operation?.id), cut()]).toEqual(["Started", 0]);
  expect(ask(client, "127.53.2.1", "shop.test.", RrType.SOA)).toMatchObject({ flags: { aa: true } });

  hostsByName.get("ns3.s1.nic.test.")?.restart();
  await attach("ns3.s1.nic.test.");
  await timers.pass(network, 60_000);
  expect([await status(operation?.id), cut()]).toEqual(["Succeeded", 4]);

  const ended = await call<WriteAnswer>("DELETE", "/v1/domains/shop.test");
  await timers.pass(network, 60_000);
  expect([await status(ended.operation?.id), cut()]).toEqual(["Succeeded", 0]);
  expect(ask(client, "127.53.2.1", "shop.test.", RrType.SOA)).toMatchObject({ rcode: 5 });
  await control.close();
});
