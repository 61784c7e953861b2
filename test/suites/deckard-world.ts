// The internet of a Deckard scenario on the simulated driver: one host with the resolver, made as the product makes it, one that
// answers for every server's address by the scenario's script, over UDP and TCP, and a client.

import type { OutsideObject, TreeObject } from "#contract";
import {
  formatAddress,
  parseAddress,
  type DatagramEngine,
  type Effects,
  type Endpoint,
  type Engine,
} from "#engine";
import { SimulatedNetwork, type SimulatedClient } from "#reactor";
import type { ResolverSettings } from "#resolver";
import { makeResolverEngine } from "#server";
import { frame, FrameReader } from "#wire";

/** What a server answers to a query at one of its addresses; undefined for silence. */
export type ServerScript = (query: Uint8Array, address: string) => Uint8Array | undefined;

/** How the resolver of a scenario is set up. */
export interface WorldOptions {
  readonly seed: number;
  /** All addresses that a server may be asked at. */
  readonly servers: Iterable<string>;
  readonly script: ServerScript;
  readonly tree: TreeObject | undefined;
  readonly outside: OutsideObject;
  readonly settings: Partial<ResolverSettings>;
  /** Milliseconds since 1970 at the start; absent: any time. */
  readonly wall: number | undefined;
}

/** Private addresses that no scenario uses. */
const resolverAddresses = ["10.253.0.1", "fd53::253:1"];
const clientAddresses = ["10.253.0.2", "fd53::253:2"];

/** See the head of this file. */
export class DeckardWorld {
  /** What the resolver threw: a scenario expects nothing. */
  readonly faults: unknown[] = [];
  readonly #network: SimulatedNetwork;
  readonly #client: SimulatedClient;

  private constructor(network: SimulatedNetwork, client: SimulatedClient) {
    this.#network = network;
    this.#client = client;
  }

  static async make({
    seed,
    servers,
    script,
    tree,
    outside,
    settings,
    wall,
  }: WorldOptions): Promise<DeckardWorld> {
    const network = new SimulatedNetwork({ seed, ...(wall === undefined ? {} : { wall }) });
    const world = new DeckardWorld(network, await network.client("client", clientAddresses));
    const all = network.host("servers", [...new Set(servers)]);
    for (const address of ["0.0.0.0", "::"]) {
      await all.attachDatagram(new ScriptedDatagrams(script), { transport: "udp", address, port: 53 });
      await all.attach(new ScriptedStreams(script), [{ transport: "tcp", address, port: 53 }]);
    }
    const made = makeResolverEngine(
      { report: () => {}, random: network.random(), onFault: (error) => world.faults.push(error) },
      settings,
    );
    const objects = [outside, ...(tree ? [tree] : [])];
    made.apply({ put: objects, removed: [], objects: new Map(objects.map((each) => [each.kind, each])) });
    const [address = ""] = resolverAddresses;
    await network.host("resolver", resolverAddresses).attach(made.resolver, [
      { transport: "udp", address, port: 53 },
      { transport: "tcp", address, port: 53 },
    ]);
    return world;
  }

  /** Sends octets and waits for nothing. */
  send(octets: Uint8Array): void {
    this.#client.send(`${resolverAddresses[0]}:53`, octets);
  }

  /** Asks over UDP. @returns the answer, or undefined where none came within `patienceMs` */
  ask(octets: Uint8Array, patienceMs: number): Uint8Array | undefined {
    return this.#client.ask(`${resolverAddresses[0]}:53`, octets, patienceMs);
  }

  /** Asks over TCP. */
  askOverTcp(octets: Uint8Array, patienceMs: number): Uint8Array | undefined {
    const stream = this.#client.open(`${resolverAddresses[0]}:53`);
    stream.write(frame(octets));
    let answers: Uint8Array[] = [];
    this.#network.runUntil(() => {
      answers = new FrameReader().push(stream.received, stream.received.length);
      return answers.length > 0;
    }, patienceMs);
    stream.destroy();
    return answers[0];
  }

  /** Lets time pass. */
  advance(ms: number): void {
    this.#network.advance(ms);
  }
}

class ScriptedDatagrams implements DatagramEngine {
  readonly #script: ServerScript;

  constructor(script: ServerScript) {
    this.#script = script;
  }

  handle(
    input: Uint8Array,
    length: number,
    _from: Endpoint,
    to: Endpoint,
    output: Uint8Array,
    at: number,
  ): number {
    const answer = this.#script(input.slice(0, length), formatAddress(to.address));
    if (!answer) return 0;
    output.set(answer, at);
    return answer.length;
  }
}

class ScriptedStreams implements Engine {
  readonly #script: ServerScript;
  readonly #streams = new Map<number, { readonly address: string; readonly frames: FrameReader }>();
  #effects: Effects | undefined;

  constructor(script: ServerScript) {
    this.#script = script;
  }

  start(effects: Effects): void {
    this.#effects = effects;
  }

  accepted(slot: number, _listener: number, _from: Endpoint, to: Endpoint): void {
    this.#streams.set(slot, { address: formatAddress(to.address), frames: new FrameReader() });
  }

  received(slot: number, input: Uint8Array, length: number): void {
    const stream = this.#streams.get(slot);
    for (const query of stream?.frames.push(input, length) ?? []) {
      const answer = this.#script(query, stream?.address ?? "");
      if (answer) this.#effects?.write(slot, frame(answer));
    }
  }

  ended(slot: number): void {
    this.#effects?.end(slot);
  }

  closed(slot: number): void {
    this.#streams.delete(slot);
  }
}

/** An address in the one form that texts of addresses are compared in; as it is where it is none. */
export function normalAddress(text: string): string {
  const octets = parseAddress(text);
  return octets ? formatAddress(octets) : text;
}
