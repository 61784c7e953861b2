// Random change sets with undo against a plain model (testing-model.ts): at every revision the answers of the product's own name server
// engines, those of the TLDs, and what the edge routes by agree with the model. A change that is refused changes nothing; the latest change
// can always be undone, and an earlier one wherever nothing of it was changed since and the model stays whole.
//
// FAIRLEAD_ROUNDS and FAIRLEAD_SEED set how many and which.

import { expect, test } from "vitest";
import { PlatformError, type Command, type RoleObject } from "#contract";
import { controlSchema, platformPrincipal } from "#control";
import {
  ControlCore,
  FakeAuthority,
  FakeRole,
  lonelyVisitor,
  ManualTime,
  settle,
  testConfig,
  testHost,
} from "#control/testing";
import { endpoint } from "#engine";
import { createMemoryStore } from "#store";
import {
  decodeMessage,
  decodeRdataFields,
  encodeRequest,
  formatRdata,
  Name,
  Rcode,
  rcodeName,
  RrType,
  type Message,
} from "#wire";
import * as fc from "fast-check";
import { makeNamesEngines, type NamesEngines } from "./make-names-engines.ts";
import {
  addressCount,
  answerOf,
  certifiedIn,
  domains,
  expected,
  hostOf,
  inverse,
  isWhole,
  labels,
  routesOf,
  steps,
  touchedBy,
  zoneOf,
  type Done,
  type Model,
  type ModelStep,
} from "./testing-model.ts";

const addresses = Array.from({ length: addressCount }, (_, place) => `127.53.8.${place + 1}`);
const config = {
  ...testConfig,
  profile: {
    ...testConfig.profile,
    edge: { ...testConfig.profile.edge, addresses },
    instances: {
      ...testConfig.profile.instances,
      addresses: addresses.map((_, place) => `127.53.9.${place + 1}`),
    },
  },
};
const hosts = domains.flatMap((zone) => [...labels, "www.w", "nowhere"].map((label) => hostOf(zone, label)));
const types = ["A", "AAAA", "TXT", "CNAME"] as const;
const somebody = endpoint("127.0.0.9", 4000);

/** One platform: control, the engines of its name servers, and an edge that holds what it is given. */
class Platform {
  readonly time: ManualTime = new ManualTime();
  readonly names: FakeRole = new FakeRole("names");
  readonly edge: FakeRole = new FakeRole("edge");
  readonly core: ControlCore;
  /** What was before and what is after the step that is under way: each revision in between shows one of them, name by name. */
  under: { before: Model; after: Model } = { before: new Map(), after: new Map() };
  readonly #engines: NamesEngines = makeNamesEngines(config.profile.groups, { report: () => {} });
  readonly #output: Uint8Array = new Uint8Array(4096);

  constructor() {
    const authority = new FakeAuthority();
    authority.names = this.names;
    authority.profile = config.profile;
    const store = createMemoryStore(controlSchema);
    this.core = new ControlCore({ ...testHost(this.time, lonelyVisitor, authority), store, config });
    this.names.taken = (change) => {
      this.#engines.apply(change);
      this.#checkBetween();
    };
    this.edge.taken = ({ objects }) => checkEdge(objects);
  }

  async start(): Promise<void> {
    await this.core.start();
    for (const role of [this.names, this.edge, new FakeRole("resolver"), new FakeRole("runtime")])
      role.connect(this.core.hub);
    await this.finish();
  }

  /** Lets happen what follows from a change by itself. */
  async finish(): Promise<void> {
    do {
      this.time.advance(100);
      await settle();
    } while (this.#isUnderWay());
  }

  #isUnderWay(): boolean {
    const { state } = this.core.views;
    const isIssued = [...state.all("certificate")].every(
      ([name, { id }]) =>
        state.value("issuance", name)?.certificateId === id &&
        state.value("issuance", name)?.status === "ISSUED",
    );
    return state.all("pending").size + state.all("drain").size > 0 || !isIssued;
  }

  /** Asks an engine of a group, over octets. */
  ask(group: string, name: string, type: number): Message {
    const parsed = Name.parse(`${name}.`);
    const engine = this.#engines.groups.find((one) => one.group === group)?.datagram;
    const [to] = config.profile.groups.find((one) => one.group === group)?.hosts[0]?.addresses ?? [];
    if (!engine || !parsed.ok || to === undefined) throw new RangeError(`${group} ${name}`);
    const octets = encodeRequest(parsed.value, type, { id: 7 });
    const now = { monotonic: this.time.now, wall: this.time.now };
    const local = endpoint(to, config.profile.authorityPort);
    const length = engine.handle(octets, octets.length, somebody, local, this.#output, 0, now);
    const answer = decodeMessage(this.#output.subarray(0, length));
    if (!answer.ok) throw new RangeError(`${group} gives no message for ${name}`);
    return answer.value;
  }

  /** What the name servers answer, in the model's words. */
  answer(at: string, type: (typeof types)[number]): string {
    const { rcode, answer, flags } = this.ask("s1", at, RrType[type]);
    if (rcode !== Rcode.NOERROR) return rcodeName(rcode);
    expect(flags.aa, at).toBe(true);
    return answer
      .map((record) => formatRdata(record.type, record.rdata))
      .sort()
      .join();
  }

  serial(zone: string): number {
    const soa = this.ask("s1", zone, RrType.SOA).answer[0];
    const fields = soa && decodeRdataFields(RrType.SOA, soa.rdata);
    return Number(fields?.ok ? fields.value["serial"] : 0);
  }

  isDelegated(zone: string): boolean {
    const { authority } = this.ask("tlds", zone, RrType.NS);
    return authority.some(({ type }) => type === RrType.NS);
  }

  /** Everything agrees with a model. */
  expectToBe(model: Model): void {
    for (const at of hosts)
      for (const type of types)
        expect(this.answer(at, type), `${at} ${type}`).toBe(answerOf(model, at, type, addresses));
    for (const zone of domains) expect(this.isDelegated(zone), zone).toBe(model.has(`domain ${zone}`));
    expect(routesIn(this.edge.objects)).toEqual(routesOf(model, addresses));
    expect(certifiedAt(this.edge.objects)).toEqual(certifiedIn(model));
    expect([...this.core.views.state.all("certificate").keys()].sort()).toEqual(certifiedIn(model));
  }

  /** Whatever revision this is: each name is as before the step or as after it, and nothing is delegated that is not served. */
  #checkBetween(): void {
    const { before, after } = this.under;
    for (const at of hosts) {
      const either = [answerOf(before, at, "A", addresses), answerOf(after, at, "A", addresses)];
      expect(either, `${at} in between`).toContain(this.answer(at, "A"));
    }
    for (const zone of domains)
      if (this.isDelegated(zone)) expect(this.answer(zone, "A"), zone).not.toBe("REFUSED");
  }
}

/** No host leads to nothing, and no address is served for two resources. */
function checkEdge(objects: ReadonlyMap<string, RoleObject>): void {
  const all = [...objects.values()];
  const resources = all.flatMap((object) => (object.kind === "resource" ? [object] : []));
  const own = resources.flatMap((resource) => resource.addresses);
  expect(new Set(own).size).toBe(own.length);
  for (const object of all) {
    if (object.kind === "purge") expect(objects.has(`resource/${object.distributionId}`)).toBe(true);
    if (object.kind === "host") expect(objects.has(`resource/${object.resourceId}`), object.host).toBe(true);
  }
}

/** Hosts of the certificates that the edge holds. */
function certifiedAt(objects: ReadonlyMap<string, RoleObject>): string[] {
  return [...objects.values()]
    .flatMap((object) => (object.kind === "certificate" ? object.names : []))
    .sort();
}

/** What the edge holds, in the model's words. */
function routesIn(objects: ReadonlyMap<string, RoleObject>): string[] {
  return [...objects.values()]
    .flatMap((object) => {
      if (object.kind === "resource" && object.caching) {
        const origin = objects.get(`resource/${object.origin?.resourceId}`);
        const to = origin?.kind === "resource" ? origin.name : "nothing";
        const state = object.caching.isEnabled ? "on" : "off";
        return [`distribution ${object.name} at ${object.addresses.join()} to ${to} ${state}`];
      }
      if (object.kind === "resource") {
        const targets = object.targets.map(({ name, drains }) => (drains ? `${name} drains` : name));
        return [`${object.type} ${object.name} at ${object.addresses.join()} to ${targets.join()}`];
      }
      if (object.kind !== "host") return [];
      const resource = objects.get(`resource/${object.resourceId}`);
      return [`${object.host} to ${resource?.kind === "resource" ? resource.name : "nothing"}`];
    })
    .sort();
}

interface Change extends Done {
  readonly id: string;
  readonly number: number;
  /** What it wrote, others or not. */
  readonly keys: readonly string[];
}

/** The keys that a step writes whatever they were. */
function writtenBy(one: ModelStep, undone: Change | undefined): readonly string[] {
  if (one.action === "put-rrset") return [`rrset ${hostOf(one.zone, one.name)} ${one.type}`];
  return undone?.keys ?? [];
}

/** Whether an undo has to be carried out, or may be refused for what came later. */
function mustUndo(change: Change, latest: ReadonlyMap<string, number>, next: Model): boolean {
  return isWhole(next) && change.keys.every((key) => latest.get(key) === change.number);
}

async function runSteps(list: readonly ModelStep[]): Promise<void> {
  const platform = new Platform();
  await platform.start();
  let model: Model = new Map();
  const done: Change[] = [];
  /** The change that made each key what it is. */
  const latest = new Map<string, number>();
  const serials = new Map<string, number>();
  for (const one of list) {
    const undone = one.action === "undo" ? done.at(-one.back) : undefined;
    if (one.action === "undo" && !undone) continue;
    const command: Command = one.action === "undo" ? { action: "undo", changeId: undone?.id ?? "" } : one;
    const next = one.action === "undo" ? inverse(model, undone as Change) : expected(model, one);
    const before = model;
    platform.under = { before, after: next ?? before };
    try {
      const { change } = await platform.core.run(command, platformPrincipal("test"));
      expect(next, `${JSON.stringify(one)} should be refused`).toBeDefined();
      model = next as Model;
      const number = done.length;
      const keys = [...new Set([...touchedBy({ before, after: model }), ...writtenBy(one, undone)])];
      // What a cache forgot is not brought back.
      if (one.action !== "purge-distribution")
        done.push({ id: change?.id ?? "", number, before, after: model, keys });
      for (const key of keys) latest.set(key, number);
    } catch (error) {
      if (!(error instanceof PlatformError)) throw error;
      if (undone)
        expect(mustUndo(undone, latest, next as Model), `${JSON.stringify(one)}: ${error.message}`).toBe(
          false,
        );
      else expect(next, error.message).toBeUndefined();
    }
    await platform.finish();
    platform.expectToBe(model);
    for (const zone of domains) {
      if (zoneOf(model, zone) === undefined) continue;
      const isSame = hosts.every((at) =>
        types.every((type) => answerOf(before, at, type, addresses) === answerOf(model, at, type, addresses)),
      );
      const [last, serial] = [serials.get(zone) ?? 0, platform.serial(zone)];
      expect(serial, `serial of ${zone}`).toBeGreaterThanOrEqual(last);
      if (isSame && before === model) expect(serial, `serial of ${zone}`).toBe(Math.max(last, serial));
      serials.set(zone, serial);
    }
  }
  platform.core.hub.close();
}

test("random changes and undos: names, delegations and routes are as in a plain model at every revision", async () => {
  const numRuns = Number(process.env["FAIRLEAD_ROUNDS"] ?? 10);
  await fc.assert(fc.asyncProperty(steps, runSteps), {
    numRuns,
    // One that fails is made smaller for as long as this at most.
    interruptAfterTimeLimit: 30_000 + 5000 * numRuns,
  });
}, 3_600_000);
