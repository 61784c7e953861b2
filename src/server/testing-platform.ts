// A platform in one process on the simulated network: control, the engines of the names role, and resolvers, all on one virtual clock. What control publishes is
// what the engines are given, and all that they say to each other are packets.

import type { RoleQuestion, ZoneSigning } from "#contract";
import { createControl, controlSchema, type Control, type RoleLink, type ZoneUpdateRule } from "#control";
import { openIdentity } from "#identity";
import { SimulatedNetwork, type SimulatedClient } from "#reactor";
import { createMemoryStore, createSealer } from "#store";
import type { ZoneImage } from "#zone";
import { decodeMessage, encodeRequest, type Message, Name, type TsigKey, typeNumber } from "#wire";
import { makeNamesEngines, type NamesEngines } from "./make-names-engines.ts";
import { makeResolverEngine } from "./make-engines.ts";
import type { RoleEngines } from "./role-engines.ts";
import { makeProfile } from "./profile.ts";
import { connectRole } from "./testing-role-link.ts";
import { UpdateForwarder } from "./update-forwarder.ts";
import { ZoneTransfers } from "./zone-transfers.ts";

/** When its clocks begin, in milliseconds since 1970. */
export const simulatedStart = 1_800_000_000_000;

const profile = makeProfile();
const host = "127.0.0.1:7700";
const key = "fl_test_0123456789abcdef";
const unreachable = (): Promise<never> => Promise.reject(new Error("no network here"));

/** Who may change its zones by DNS UPDATE. */
export interface SimulatedUpdates {
  readonly keys: readonly TsigKey[];
  readonly rules: readonly ZoneUpdateRule[];
}

/** See the head of this file. */
export class SimulatedPlatform {
  readonly network: SimulatedNetwork = new SimulatedNetwork({ seed: 5, wall: simulatedStart });
  readonly #timers: Set<{ readonly at: number; readonly run: () => void }> = new Set();
  #control!: Control;
  #client!: SimulatedClient;
  #names!: NamesEngines;
  /** The names role's connection to control; absent: control is away. */
  #link: RoleLink | undefined;
  #updates: SimulatedUpdates | undefined;
  #forwarder!: UpdateForwarder;
  /** Takes what control asks of the names role. */
  hear: (question: RoleQuestion) => void = (question) => {
    if (question.ask === "updated") this.#forwarder.take(question);
  };

  /** @param resolvers  addresses to have a resolver on */
  async start(signing: ZoneSigning, resolvers: readonly string[], updates?: SimulatedUpdates): Promise<void> {
    this.#updates = updates;
    this.#forwarder = new UpdateForwarder({ after: (milliseconds, run) => this.#after(milliseconds, run) });
    this.#forwarder.connect({
      tell: (report) => this.#link?.receive({ type: "report", report }),
      isHeard: () => this.#link !== undefined,
    });
    const names = (this.#names = makeNamesEngines(profile.groups, {
      report: () => {},
      ...(updates ? { transfers: (zones) => this.#transfersOf(zones, updates) } : {}),
    }));
    for (const { group, hosts } of profile.groups) {
      const engine = names.groups.find((one) => one.group === group)?.datagram;
      for (const { name, addresses } of hosts) {
        const [address = ""] = addresses;
        const server = this.network.host(name, addresses);
        if (engine)
          await server.attachDatagram(engine, { transport: "udp", address, port: profile.authorityPort });
      }
    }
    this.#client = await this.network.client("client", ["127.0.0.9"]);
    this.#control = this.#createControl(signing);
    await this.#control.start();
    this.#link = connectRole(this.#control, "names", names, (question) => this.hear(question));
    const all: RoleEngines[] = [];
    for (const address of resolvers) {
      const engines = makeResolverEngine({ report: () => {}, random: this.network.random() });
      await this.network
        .host(`resolver ${address}`, [address])
        .attach(engines.resolver, [{ transport: "udp", address, port: 5300 }]);
      all.push(engines);
    }
    connectRole(this.#control, "resolver", {
      apply: (change) => all.forEach((engines) => engines.apply(change)),
    });
    await settle();
  }

  async close(): Promise<void> {
    await this.#control.close();
  }

  /** Octets of updates, sent to a name server from a socket of their own; what is answered shows as time passes. */
  send(address: string, octets: Uint8Array): ReturnType<SimulatedClient["send"]> {
    return this.#client.send(`${address}:${profile.authorityPort}`, octets);
  }

  /** Updates that control has been told of and has not answered. */
  get updatesUnderWay(): number {
    return this.#forwarder.underWay;
  }

  /** The connection to control ends: what it says after this is heard by nobody. */
  loseControl(): void {
    this.#link?.closed();
    this.#link = undefined;
    this.#forwarder.lost();
  }

  /** There is a connection to control again. */
  async returnControl(): Promise<void> {
    this.#link = connectRole(this.#control, "names", this.#names, (question) => this.hear(question));
    await settle();
  }

  /** Calls control's API, which must do what it is asked. */
  async call<T>(method: string, path: string, body?: unknown): Promise<T> {
    const response = await this.#control.app.request(`http://${host}${path}`, {
      method,
      headers: { host, authorization: `Bearer ${key}`, "content-type": "application/json" },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    if (!response.ok) throw new Error(`${method} ${path}: ${await response.text()}`);
    return (await response.json()) as T;
  }

  /** Lets time pass, with all that control has to do in it. */
  async pass(milliseconds: number): Promise<void> {
    const end = this.network.time + milliseconds;
    for (;;) {
      const next = [...this.#timers].sort((a, b) => a.at - b.at)[0];
      if (!next || next.at > end) break;
      if (next.at > this.network.time) this.network.advance(next.at - this.network.time);
      this.#timers.delete(next);
      next.run();
      await settle();
    }
    if (end > this.network.time) this.network.advance(end - this.network.time);
  }

  /** Asks a server a question with DO; undefined where no answer comes. */
  ask(address: string, port: number, text: string, type: string, isRecursive = true): Message | undefined {
    const name = Name.parse(text);
    if (!name.ok) throw new RangeError(text);
    const query = encodeRequest(name.value, typeNumber(type) ?? 0, {
      id: 7,
      flags: { rd: isRecursive },
      edns: { udpPayloadSize: 4096, version: 0, isDnssecOk: true, options: [] },
    });
    const octets = this.#client.ask(`${address}:${port}`, query);
    const answer = octets && decodeMessage(octets);
    return answer?.ok ? answer.value : undefined;
  }

  #after(milliseconds: number, run: () => void): () => void {
    const timer = { at: this.network.time + milliseconds, run };
    this.#timers.add(timer);
    return () => this.#timers.delete(timer);
  }

  #transfersOf(zones: ZoneImage, { keys }: SimulatedUpdates): ZoneTransfers {
    const transfers = new ZoneTransfers({
      zones,
      random: this.network.random(),
      now: () => ({ monotonic: this.network.time, wall: simulatedStart + this.network.time }),
      engineOf: () => undefined,
      defaultPolicy: () => ({ transfer: [], notify: [], update: [], forwardsUpdates: true }),
      forwardUpdate: this.#forwarder.forward,
    });
    transfers.keys.replace(keys);
    return transfers;
  }

  #createControl(signing: ZoneSigning): Control {
    const sealer = createSealer(new Uint8Array(32));
    const now = (): number => simulatedStart + this.network.time;
    return createControl({
      clock: { monotonic: () => this.network.time, wall: now },
      timers: {
        after: (milliseconds, run) => this.#after(milliseconds, run),
      },
      random: this.network.random(),
      log: { info: () => {}, warn: () => {}, error: () => {} },
      visitor: { query: unreachable, queryServer: unreachable, request: unreachable },
      authority: {
        ask: (server, name, type) =>
          Promise.resolve(this.ask(server.address, server.port, name, `TYPE${type}`, false) ?? "no answer"),
      },
      acme: () => ({ send: unreachable }),
      resolver: { ask: () => Promise.resolve("no answer") },
      console: { get: () => undefined },
      images: { add: unreachable, get: () => undefined, list: () => [], remove: () => false },
      sealer,
      identity: openIdentity({ file: ":memory:", sealer, baseUrl: `http://${host}`, now }),
      store: createMemoryStore(controlSchema),
      config: {
        profile,
        version: "0",
        keys: [{ actor: "test", key }],
        allowedHosts: [host],
        allowedOrigins: [],
        outside: { policy: "refuse", forwarders: [] },
        places: [],
        region: "local",
        signing,
        ...(this.#updates ? { updates: this.#updates.rules } : {}),
        collectsMetrics: false,
      },
    });
  }
}

/** Lets what is under way in this process go on. */
export async function settle(): Promise<void> {
  for (let i = 0; i < 6; i++) await new Promise((resolve) => setImmediate(resolve));
}
