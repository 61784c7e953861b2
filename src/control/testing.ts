// What tests of control are made with: a clock that is moved by hand, seeded chance, a role that holds what it is given and
// acknowledges it, and name servers that answer from that. Small, but real.

import { createHash } from "node:crypto";
import {
  objectKey,
  PlatformError,
  StateDigest,
  type LiveQuestion,
  type RoleObject,
  type ToRole,
} from "#contract";
import { keptAuthorityPair } from "#certificate/testing";
import { openIdentity, type Identity } from "#identity";
import { quickHashing } from "#identity/testing";
import { createSealer } from "#store";
import { addressRrsets } from "#registry";
import { toRecords } from "#zone";
import { emptyMessage, Name, noFlags, Rcode, RrType, type Message, type ResourceRecord } from "#wire";
import type { ControlConfig } from "./config.ts";
import type { NameServerQueries, Host, Images, PushedImage, Resolver, Visitor } from "./ports.ts";
import { makeAnswer, type AnswerOptions } from "./testing-dns.ts";
import type { DataRole } from "./data-roles.ts";
import type { RoleHub, RoleLink } from "./role-hub.ts";

export { awsServices } from "./aws/services.ts";
export { ControlCore } from "./control.ts";
export { Identities } from "./identity.ts";
export { ZoneKeys } from "./signing/keys.ts";
export { carryOut } from "./signing/signing-work.ts";
export { newSigning } from "./signing/stage-signing.ts";
export { ZoneSigner } from "./signing/zone-signer.ts";
export { State } from "./state.ts";
export { metricsOf, type MeteredType } from "./metrics/catalogue.ts";
export { counterHelp, histogramNames, isGauge } from "./metrics/counter-help.ts";
export { Exposition } from "./metrics/exposition.ts";
export { cacheFamilies, classFamilies, resourceFamilies } from "./metrics/resource-families.ts";

/** Clock and timers that stand still until they are moved. */
export class ManualTime {
  now = 1_800_000_000_000;
  /** Milliseconds that the clock of the wall is ahead: what somebody who sets it changes. */
  ahead = 0;
  /** Chance, which goes on as time does: a control that is started anew makes no id a second time. */
  readonly random: Host["random"] = seededRandom();
  readonly #timers: Set<{ readonly at: number; readonly run: () => void }> = new Set();

  readonly clock: Host["clock"] = { monotonic: () => this.now, wall: () => this.now + this.ahead };

  readonly timers: Host["timers"] = {
    after: (milliseconds, run) => {
      const timer = { at: this.now + milliseconds, run };
      this.#timers.add(timer);
      return () => this.#timers.delete(timer);
    },
  };

  /** Takes all timers back: the process that set them has ended. */
  forget(): void {
    this.#timers.clear();
  }

  /** When the next timer is due; undefined where there is none. */
  get nextAt(): number | undefined {
    return [...this.#timers].reduce<number | undefined>(
      (least, { at }) => (least === undefined || at < least ? at : least),
      undefined,
    );
  }

  /** Lets time pass: what falls due runs in its order. */
  advance(milliseconds: number): void {
    const until = this.now + milliseconds;
    for (;;) {
      const next = [...this.#timers].sort((a, b) => a.at - b.at)[0];
      if (!next || next.at > until) break;
      this.now = next.at;
      this.#timers.delete(next);
      next.run();
    }
    this.now = until;
  }
}

/** Seeded chance. */
export function seededRandom(seed: number = 1): Host["random"] {
  let state = seed;
  return {
    integer(below) {
      // Marsaglia's xorshift, 32 bits.
      state ^= state << 13;
      state ^= state >>> 17;
      state ^= state << 5;
      return (state >>> 0) % below;
    },
  };
}

/** A visitor to whom nothing answers. */
export const lonelyVisitor: Visitor = {
  query: () =>
    Promise.resolve({
      server: "127.0.0.1:5300",
      answer: [],
      addresses: [],
      outcome: "no answer",
      flags: [],
      isFailure: true,
    }),
  queryServer: ({ address, port }) =>
    Promise.resolve({
      server: `${address}:${port}`,
      answer: [],
      addresses: [],
      outcome: "no answer",
      flags: [],
      isFailure: true,
    }),
  request: (_url, address) =>
    Promise.resolve({
      server: address,
      outcome: "connection refused",
      answer: [],
      isConnected: false,
      isFailure: true,
      connectMs: 1,
    }),
};

/** Name servers that answer from what the names role holds: SOA of a zone, and the referral of a delegation. */
export class FakeAuthority implements NameServerQueries {
  /** The role whose objects are served; without one, nobody answers. */
  names: FakeRole | undefined;
  /** Whose addresses they have. */
  profile: ControlConfig["profile"] = testConfig.profile;
  /** Addresses that do not answer. */
  readonly silent: Set<string> = new Set();
  /** Everything that was asked: address, name and type number. */
  readonly asked: string[] = [];
  /** Called before each answer. */
  onAsk: (() => void) | undefined;

  async ask({ address }: { address: string }, name: string, type: number): Promise<Message | string> {
    this.asked.push(`${address} ${name} ${type}`);
    this.onAsk?.();
    await Promise.resolve();
    const group = this.profile.groups.find(({ hosts }) =>
      hosts.some(({ addresses }) => addresses.includes(address)),
    )?.group;
    if (!this.names || this.silent.has(address) || group === undefined) return "no answer";
    const apex = [...this.names.objects.values()]
      .flatMap((object) => (object.kind === "zone" && object.groups.includes(group) ? [object.apex] : []))
      .filter((zone) => zone === "." || zone === name || name.endsWith(`.${zone}`))
      .sort((a, b) => b.length - a.length)[0];
    if (apex === undefined) return message(Rcode.REFUSED, false);
    const rrset = this.names.objects.get(`rrset/${apex}/${name}/${type}`);
    if (rrset?.kind !== "rrset") return message(Rcode.NXDOMAIN, true);
    const records = rrset.rdata.map((text) => record(name, type, rrset.ttl, text));
    const isCut = type === RrType.NS && name !== apex;
    return isCut ? message(Rcode.NOERROR, false, [], records) : message(Rcode.NOERROR, true, records);
  }
}

/** A resolver that knows what it is told: addresses by name, or in words why there is no answer. */
export class FakeResolver implements Resolver {
  /** Addresses with the TTL of each family, an rcode, or why nothing is heard. Unknown names do not exist. */
  readonly names: Map<
    string,
    { readonly addresses: readonly string[]; readonly ttl: number } | number | string
  > = new Map();
  /** What is said to a question of one type, by name and type number with a blank between: before what `names` has. */
  readonly answers: Map<string, Message | string> = new Map();
  /** Everything that was asked: name and type number. */
  readonly asked: string[] = [];

  /** What a name has of one type from now on: records in presentation format. */
  set(name: string, type: number, data: readonly string[], options: AnswerOptions = {}): void {
    this.answers.set(`${name} ${type}`, makeAnswer(name, type, data, options));
  }

  async ask(name: string, type: number): Promise<Message | string> {
    this.asked.push(`${name} ${type}`);
    await Promise.resolve();
    const answer = this.answers.get(`${name} ${type}`);
    if (answer !== undefined) return answer;
    const known = this.names.get(name) ?? Rcode.NXDOMAIN;
    if (typeof known === "string") return known;
    if (typeof known === "number") return message(known, false);
    const rrset = addressRrsets(name, known.ttl, known.addresses).find((one) => one.type === type);
    return message(Rcode.NOERROR, false, rrset ? toRecords([rrset]) : []);
  }
}

function record(owner: string, type: number, ttl: number, rdata: string): ResourceRecord {
  const name = Name.parse(owner);
  if (!name.ok) throw new RangeError(owner);
  return { name: name.value, type, class: 1, ttl, rdata: new Uint8Array(Buffer.from(rdata, "base64")) };
}

function message(
  rcode: number,
  aa: boolean,
  answer: readonly ResourceRecord[] = [],
  authority: readonly ResourceRecord[] = [],
): Message {
  return { ...emptyMessage, flags: { ...noFlags, qr: true, aa }, rcode, answer, authority };
}

/** Lets everything run on that waits for no timer. */
export async function settle(): Promise<void> {
  for (let i = 0; i < 5; i++) await new Promise((resolve) => setImmediate(resolve));
}

/** Images in memory: what comes is taken for an image, whatever it is, but for nothing at all. */
class MemoryImages implements Images {
  readonly #images: Map<string, PushedImage> = new Map();
  readonly #now: () => number;

  constructor(now: () => number) {
    this.#now = now;
  }

  async add(archive: AsyncIterable<Uint8Array>): Promise<PushedImage> {
    const hash = createHash("sha256");
    let octets = 0;
    for await (const part of archive) {
      hash.update(part);
      octets += part.length;
    }
    if (octets === 0) throw new PlatformError("image-malformed", "Cannot take in the image: it is empty");
    const image = { digest: `sha256:${hash.digest("hex")}`, octets, storedAt: this.#now() };
    this.#images.set(image.digest, image);
    return image;
  }

  get(digest: string): PushedImage | undefined {
    return this.#images.get(digest);
  }

  list(): PushedImage[] {
    return [...this.#images.values()];
  }

  remove(digest: string): boolean {
    return this.#images.delete(digest);
  }
}

function silent(): void {}

/** A host with manual time, a silent log, and name servers that do not answer. */
export function testHost(
  time: ManualTime = new ManualTime(),
  visitor: Visitor = lonelyVisitor,
  authority: NameServerQueries = new FakeAuthority(),
  resolver: Resolver = new FakeResolver(),
  identity: Identity = testIdentity(time),
): Host {
  return {
    clock: time.clock,
    timers: time.timers,
    random: time.random,
    log: { info: silent, warn: silent, error: silent },
    visitor,
    authority,
    acme: () => ({ send: () => Promise.reject(new Error("there is no network here")) }),
    resolver,
    images: new MemoryImages(() => time.now),
    sealer: testSealer,
    console: { get: () => undefined },
    identity,
    makeAuthorityPair: keptAuthorityPair,
  };
}

const testSealer = createSealer(new Uint8Array(32).fill(1));

/** Accounts in memory, without anybody. */
export function testIdentity(time: ManualTime): Identity {
  return openIdentity({
    file: ":memory:",
    sealer: testSealer,
    baseUrl: "http://127.0.0.1:7700",
    now: () => time.now,
    hashing: quickHashing,
  });
}

/** The key that `testConfig` accepts. */
export const testKey = "fl_test_0123456789abcdef";

/** The local profile in small: three public addresses. */
export const testConfig: ControlConfig = {
  profile: {
    name: "local",
    tlds: ["test.", "internal.", "lab.", "home.arpa."],
    authorityPort: 5301,
    groups: [
      {
        group: "root",
        hosts: [
          { name: "a.root.internal.", addresses: ["127.53.0.1"] },
          { name: "b.root.internal.", addresses: ["127.53.0.2"] },
        ],
      },
      {
        group: "tlds",
        hosts: [
          { name: "a.nic.test.", addresses: ["127.53.1.1"] },
          { name: "b.nic.test.", addresses: ["127.53.1.2"] },
        ],
      },
      {
        group: "s1",
        hosts: [1, 2, 3, 4].map((i) => ({ name: `ns${i}.s1.nic.test.`, addresses: [`127.53.2.${i}`] })),
      },
    ],
    portOffset: 0,
    edge: {
      httpPort: 8080,
      httpsPort: 8443,
      addresses: [1, 2, 3].map((i) => `127.53.8.${i}`),
      sharedAddresses: ["::1"],
    },
    instances: { addresses: [1, 2, 3, 4].map((i) => `127.53.9.${i}`), port: 8080 },
  },
  version: "0.0.0",
  keys: [{ actor: "first", key: testKey }],
  allowedHosts: ["127.0.0.1:7700", "localhost:7700"],
  allowedOrigins: ["http://127.0.0.1:7700"],
  outside: { policy: "refuse", forwarders: [] },
  places: [{ title: "resolver", at: "127.0.0.1:5300" }],
  region: "local",
  // Tests let years pass; those of metrics say so.
  collectsMetrics: false,
};

/** A role that holds what it is given, checks digests, and acknowledges at once unless it is told to refuse. */
export class FakeRole {
  readonly objects: Map<string, RoleObject> = new Map();
  readonly messages: ToRole[] = [];
  readonly role: DataRole;
  revision = 0;
  /** Why it refuses everything, where it does. */
  refusal: string | undefined;
  /** As the runtime: what it answers to a question for log lines of containers. */
  containerLogs: unknown = { events: [] };
  /** False where it keeps its acknowledgements to itself. */
  acknowledges = true;
  isClosed = false;
  /** What it answers to who asks for counters. */
  counters: () => unknown = () => ({ queries: 7 });
  /** What it answers to who asks for metrics. */
  metrics: () => unknown = () => ({ epoch: "", at: 0, samples: [] });
  /** As the edge: what it answers to questions of this moment. */
  live: (question: LiveQuestion) => unknown = ({ ask }) =>
    ask === "checks" ? { targets: [] } : ask === "cache" ? { misses: [] } : { at: 0, resources: [] };
  /** As the resolver: what it finds of a name past its negative trust anchors. */
  validates: (name: string) => unknown = () => ({ isValid: false, text: "no key fits" });
  /** Told of each change before it is acknowledged. */
  taken: (change: {
    readonly put: readonly RoleObject[];
    readonly removed: readonly RoleObject[];
    readonly objects: ReadonlyMap<string, RoleObject>;
  }) => void = () => {};
  /** As the edge: requests under way at targets that drain, by instance name. Null where it does not tell. */
  underWay: ReadonlyMap<string, number> | null = new Map();
  #link: RoleLink | undefined;
  readonly #parts: Extract<ToRole, { type: "part" }>[] = [];

  constructor(role: DataRole) {
    this.role = role;
  }

  /** Connects to a hub and says hello with what it holds. */
  connect(hub: RoleHub, protocolVersions: readonly number[] = [1]): void {
    this.isClosed = false;
    const link = hub.connect({
      send: (message) => {
        this.messages.push(structuredClone(message));
        this.#take(link, message);
      },
      close: () => {
        this.isClosed = true;
      },
    });
    this.#link = link;
    const { role, revision } = this;
    link.receive({
      type: "hello",
      role,
      pid: 1,
      protocolVersions,
      lastRevision: revision,
      digest: this.digest(),
    });
  }

  /** Leaves. */
  disconnect(): void {
    this.#link?.closed();
  }

  /** Sends a message of its own. */
  send(message: unknown): void {
    this.#link?.receive(message);
  }

  /** As the edge: tells of targets that drain, and that all others are healthy. */
  tellTargets(): void {
    if (this.role !== "edge" || this.underWay === null) return;
    for (const object of this.objects.values()) {
      if (object.kind !== "resource") continue;
      const isTold = object.balancing !== undefined || object.targets.some(({ drains }) => drains);
      if (!isTold) continue;
      const targets = object.targets.map(({ id, name, drains }) => ({
        id,
        state: drains ? "draining" : "healthy",
        underWay: this.underWay?.get(name) ?? 0,
      }));
      this.send({ type: "report", report: { type: "targets", resourceId: object.id, targets } });
    }
  }

  digest(): string {
    const digest = new StateDigest();
    for (const object of this.objects.values()) digest.toggle(object);
    return digest.toString();
  }

  #answer(question: Extract<ToRole, { type: "ask" }>["question"]): unknown {
    const { ask } = question;
    if (ask === "resource-counts" || ask === "checks" || ask === "cache" || ask === "stored")
      return this.live(question);
    if (ask === "validates") return this.validates(question.name);
    if (ask === "metrics") return this.metrics();
    if (ask === "container-logs") return this.containerLogs;
    return ask === "logs" ? ["line"] : this.counters();
  }

  #take(link: RoleLink, message: ToRole): void {
    if (message.type === "part") {
      this.#parts.push(message);
      return;
    }
    if (message.type === "ask") {
      link.receive({
        type: "answer",
        id: message.id,
        answer: this.#answer(message.question),
      });
      return;
    }
    const { revision } = message;
    const parts = this.#parts.splice(0);
    if (this.refusal !== undefined || (message.type === "delta" && message.base !== this.revision)) {
      link.receive({ type: "nack", revision, reason: this.refusal ?? "it builds on another revision" });
      return;
    }
    const isSnapshot = message.type === "snapshot";
    const before = new Map(this.objects);
    if (isSnapshot) this.objects.clear();
    const remove = [...parts.flatMap((part) => part.remove), ...(isSnapshot ? [] : message.remove)];
    for (const key of remove) this.objects.delete(key);
    for (const { put } of [...parts, { put: isSnapshot ? message.objects : message.put }])
      for (const object of put) this.objects.set(objectKey(object), object);
    this.revision = revision;
    const put = [...parts.flatMap((part) => part.put), ...(isSnapshot ? message.objects : message.put)];
    const removed = [...before].flatMap(([key, object]) => (this.objects.has(key) ? [] : [object]));
    this.taken({ put, removed, objects: this.objects });
    const digest = this.digest();
    if (!this.acknowledges) return;
    if (digest === message.digest) {
      link.receive({ type: "ack", revision, digest });
      this.tellTargets();
    } else link.receive({ type: "nack", revision, reason: "the digest differs" });
  }
}
