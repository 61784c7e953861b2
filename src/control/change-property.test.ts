// Random change sets with undo, against a plain model: a map from names of things to what they are.
//
// After every step the state is as the model says, refusals change nothing, the latest change can always be undone, and the roles hold
// exactly what a control that starts on the same log would give them.

import { PlatformError, type Command } from "#contract";
import { createMemoryStore, type Store } from "#store";
import { formatRdata, typeName } from "#wire";
import * as fc from "fast-check";
import { expect, test } from "vitest";
import { targetText } from "./alias-rules.ts";
import { platformPrincipal } from "./access/principal.ts";
import { ControlCore } from "./control.ts";
import { controlSchema } from "./facts.ts";
import { octetsOf } from "./octets.ts";
import { dataRoles } from "./data-roles.ts";
import { publicAddressesOf, resourceZone } from "./resources.ts";
import {
  FakeAuthority,
  FakeResolver,
  FakeRole,
  lonelyVisitor,
  ManualTime,
  settle,
  testConfig,
  testHost,
} from "./testing.ts";

/** Every reason of a refused undo names the later change. */
const namedReason =
  /^Cannot undo change \S+(?: \(.*?\))?: (?:[^;]*\bchange \d+[^;]*)(?:; [^;]*\bchange \d+[^;]*)*$/;

type Model = Map<string, string>;

/** The one name outside that has an address. */
const outsideName = "x.example";
const outsideAddress = "192.0.2.99";

const domain = fc.constantFrom("a.test", "b.lab");
const label = fc.constantFrom("@", "w", "v");
const instance = fc.constantFrom("web", "api", "old", "new");
const record = fc.constantFrom(
  ["A", "192.0.2.1"],
  ["A", "192.0.2.2"],
  ["TXT", '"x"'],
  ["CNAME", "x.example."],
  ["CNAME", "w.a.test."],
);
/** What aliases lead to: resources, names of the zones that may or may not be there, and one outside. */
const target = fc.oneof(instance, fc.constantFrom("a.test", "w.a.test", "v.a.test", "v.b.lab", outsideName));

/** Users and keys touch no zone and are never taken back. */
type Identity = `${string}-user` | `${string}-access-key`;
type Step = Exclude<Command, { action: "undo" | Identity }> | { action: "undo"; back: number };

const often = (weight: number, arbitrary: fc.Arbitrary<Step>): fc.WeightedArbitrary<Step> => ({
  weight,
  arbitrary,
});

const step: fc.Arbitrary<Step> = fc.oneof(
  often(
    3,
    domain.map((name) => ({ action: "register", name })),
  ),
  often(
    1,
    domain.map((name) => ({ action: "delete-domain", name })),
  ),
  often(
    8,
    fc.tuple(domain, label, record).map(([zone, name, [type = "", data = ""]]) => ({
      action: "put-rrset",
      zone,
      name,
      type,
      records: [data],
    })),
  ),
  often(
    3,
    fc
      .tuple(domain, label, record)
      .map(([zone, name, [type = ""]]) => ({ action: "delete-rrset", zone, name, type })),
  ),
  often(
    2,
    fc
      .tuple(domain, fc.array(fc.tuple(label, record), { minLength: 1, maxLength: 3 }))
      .map(([zone, rows]) => ({
        action: "import-zone",
        zone,
        records: rows.map(([name, [type = "", data = ""]]) => ({ name, type, data })),
      })),
  ),
  often(
    4,
    instance.map((name) => ({ action: "create-instance", name, run: { kind: "site", folder: "/srv" } })),
  ),
  often(
    1,
    instance.map((name) => ({ action: "delete-instance", name })),
  ),
  often(
    5,
    fc.tuple(domain, label, instance).map(([zone, name, resource]) => ({
      action: "assign",
      name: hostOf(zone, name),
      resource,
      https: false,
    })),
  ),
  often(
    2,
    fc.tuple(domain, label).map(([zone, name]) => ({ action: "unassign", name: hostOf(zone, name) })),
  ),
  often(
    5,
    fc
      .tuple(domain, label, target)
      .map(([zone, name, to]) => ({ action: "put-alias", zone, name, target: to })),
  ),
  often(
    2,
    fc.tuple(domain, label).map(([zone, name]) => ({ action: "delete-alias", zone, name })),
  ),
  often(
    6,
    fc.constantFrom(1, 1, 2, 3, 5).map((back) => ({ action: "undo", back })),
  ),
);

function hostOf(zone: string, label: string): string {
  return label === "@" ? zone : `${label}.${zone}`;
}

const typesAt = (model: Model, host: string): string[] =>
  [...model.keys()].filter((key) => key.startsWith(`rrset ${host} `)).map((key) => key.split(" ")[2] ?? "");
const leadTo = (model: Model, resource: string): string[] =>
  [...model]
    .filter(([key, value]) => /^(?:assignment|alias) /.test(key) && value === resource)
    .map(([key]) => key);
const isIn = (key: string, zone: string): boolean =>
  (key.split(" ")[1] ?? "").endsWith(zone) && !key.startsWith("instance");

/** Where an alias' target leads in a model: a resource, the A records of a name, nothing, or in a circle. */
function leadsTo(model: Model, to: string, way: readonly string[]): string {
  if (!to.includes(".")) return `resource ${to}`;
  if (way.includes(to)) return "circle";
  const on = (next: string): string => leadsTo(model, next, [...way, to]);
  const alias = model.get(`alias ${to}`);
  if (alias !== undefined) return on(alias);
  const assigned = model.get(`assignment ${to}`);
  if (assigned !== undefined) return `resource ${assigned}`;
  const cname = model.get(`rrset ${to} CNAME`);
  if (cname !== undefined) return on(cname.slice(0, -1));
  if (model.has(`rrset ${to} A`)) return `records ${model.get(`rrset ${to} A`)}`;
  return to === outsideName ? `records ${outsideAddress}` : "nothing";
}

/** Where each alias of a model leads. */
function aliasesOf(model: Model): [host: string, end: string][] {
  return [...model].flatMap(([key, value]): [string, string][] => {
    const [kind, host = ""] = key.split(" ");
    return kind === "alias" ? [[host, leadsTo(model, value, [host])]] : [];
  });
}

/** What a command makes of a model; undefined where it must be refused. */
function expected(model: Model, command: Exclude<Step, { action: "undo" }>): Model | undefined {
  const next = expectedOf(model, command);
  return next && aliasesOf(next).some(([, end]) => end === "circle") ? undefined : next;
}

function expectedOf(model: Model, command: Exclude<Step, { action: "undo" }>): Model | undefined {
  const next = new Map(model);
  switch (command.action) {
    case "register":
      return model.has(`domain ${command.name}`) ? undefined : next.set(`domain ${command.name}`, "");
    case "delete-domain":
      if (!model.has(`domain ${command.name}`)) return undefined;
      for (const key of model.keys()) if (isIn(key, command.name)) next.delete(key);
      return next;
    case "put-rrset": {
      const { zone, type } = command;
      const host = hostOf(zone, command.name);
      const others = typesAt(model, host).filter((other) => other !== type);
      const isDerived = model.has(`assignment ${host}`) || model.has(`alias ${host}`);
      if (!model.has(`domain ${zone}`) || (isDerived && type !== "TXT")) return undefined;
      if (type === "CNAME" && (host === zone || others.length > 0)) return undefined;
      return others.includes("CNAME") ? undefined : next.set(`rrset ${host} ${type}`, command.records.join());
    }
    case "import-zone": {
      const { zone } = command;
      if (!model.has(`domain ${zone}`)) return undefined;
      const sets = new Map<string, Set<string>>();
      for (const { name, type, data } of command.records) {
        const key = `rrset ${hostOf(zone, name)} ${type}`;
        sets.set(key, (sets.get(key) ?? new Set()).add(data));
      }
      for (const [key, data] of sets) {
        const [, host = "", type = ""] = key.split(" ");
        if (type !== "TXT" && (model.has(`assignment ${host}`) || model.has(`alias ${host}`)))
          return undefined;
        if (type === "CNAME" && (host === zone || data.size > 1)) return undefined;
        next.set(key, [...data].join());
      }
      const isMixed = [...sets.keys()].some((key) => {
        const types = typesAt(next, key.split(" ")[1] ?? "");
        return types.includes("CNAME") && types.length > 1;
      });
      // What is there already is nothing to import.
      const isNew = [...sets].some(
        ([key, data]) => (model.get(key) ?? "").split(",").sort().join() !== [...data].sort().join(),
      );
      return isMixed || !isNew ? undefined : next;
    }
    case "delete-rrset": {
      const key = `rrset ${hostOf(command.zone, command.name)} ${command.type}`;
      return next.delete(key) ? next : undefined;
    }
    case "create-instance": {
      const count = [...model.keys()].filter((key) => key.startsWith("instance ")).length;
      const isRefused =
        model.has(`instance ${command.name}`) || count >= testConfig.profile.edge.addresses.length;
      return isRefused ? undefined : next.set(`instance ${command.name}`, "");
    }
    case "delete-instance":
      return leadTo(model, command.name).length === 0 && next.delete(`instance ${command.name}`)
        ? next
        : undefined;
    case "assign": {
      const { name, resource } = command;
      const isHeld = [...model.keys()].some(
        (key) => key.startsWith("domain ") && isIn(`x ${name}`, key.slice(7)),
      );
      const isFree = typesAt(model, name).every((type) => type === "TXT");
      const isRefused =
        !isHeld ||
        !model.has(`instance ${resource}`) ||
        !isFree ||
        model.has(`alias ${name}`) ||
        model.get(`assignment ${name}`) === resource;
      return isRefused ? undefined : next.set(`assignment ${name}`, resource);
    }
    case "put-alias": {
      const { zone, target: to } = command;
      const host = hostOf(zone, command.name);
      const isFree = typesAt(model, host).every((type) => type === "TXT") && !model.has(`assignment ${host}`);
      if (!model.has(`domain ${zone}`) || !isFree || model.get(`alias ${host}`) === to) return undefined;
      if (!to.includes(".") && !model.has(`instance ${to}`)) return undefined;
      next.set(`alias ${host}`, to);
      return leadsTo(next, to, [host]) === "nothing" ? undefined : next;
    }
    case "delete-alias":
      return next.delete(`alias ${hostOf(command.zone, command.name)}`) ? next : undefined;
    case "unassign":
      return next.delete(`assignment ${command.name}`) ? next : undefined;
    default:
      throw new RangeError(
        `Cannot tell what "${command.action}" makes of the model: it knows no such command`,
      );
  }
}

/** The state in the model's terms. */
function actual({ views: { state } }: ControlCore): Model {
  const model: Model = new Map();
  for (const name of state.all("domain").keys())
    if (name !== resourceZone) model.set(`domain ${name.slice(0, -1)}`, "");
  for (const name of state.all("instance").keys()) model.set(`instance ${name}`, "");
  for (const { value } of state.all("assignment").values())
    model.set(`assignment ${value.owner.slice(0, -1)}`, value.resource);
  for (const { value } of state.all("alias").values())
    model.set(`alias ${value.owner.slice(0, -1)}`, targetText(value.target));
  for (const { value } of state.all("rrset").values()) {
    const data = value.entries.map(({ rdata }) => formatRdata(value.type, octetsOf(rdata)));
    model.set(`rrset ${value.owner.slice(0, -1)} ${typeName(value.type)}`, data.join());
  }
  expect([...state.all("zone").keys()].sort()).toEqual([...state.all("domain").keys()].sort());
  return model;
}

/** Every alias has the addresses of what it leads to in the model, and no CNAME. */
function expectAddresses({ views: { state, publisher } }: ControlCore, model: Model): void {
  for (const [host, end] of aliasesOf(model)) {
    const zone = `${host.split(".").slice(-2).join(".")}.`;
    const [what, of = ""] = end.split(" ");
    const wanted =
      what === "resource" ? publicAddressesOf(state, of) : what === "records" ? of.split(",") : [];
    const given = publisher
      .derivedRrsets(zone, `${host}.`)
      .flatMap(({ type, rdata }) => rdata.map((octets) => formatRdata(type, octets)));
    expect(given.sort(), `${host} leads to ${end}`).toEqual([...wanted].sort());
  }
}

interface Done {
  readonly changeId: string;
  readonly before: Model;
  readonly after: Model;
}

async function startCore(store: Store, time: ManualTime, authority: FakeAuthority): Promise<ControlCore> {
  const resolver = new FakeResolver();
  resolver.names.set(`${outsideName}.`, { addresses: [outsideAddress], ttl: 300 });
  const host = testHost(time, lonelyVisitor, authority, resolver);
  const core = new ControlCore({ ...host, store, config: testConfig });
  await core.start();
  return core;
}

/** Lets happen what is pending. */
async function settleAll(core: ControlCore, time: ManualTime): Promise<void> {
  do {
    time.advance(100);
    await settle();
  } while (core.views.state.all("pending").size > 0);
}

/** Takes the difference of a change out of today's model. */
function inverse(model: Model, { before, after }: Done): Model {
  const next = new Map(model);
  for (const key of new Set([...before.keys(), ...after.keys()])) {
    const value = before.get(key);
    if (value === after.get(key)) continue;
    if (value === undefined) next.delete(key);
    else next.set(key, value);
  }
  return next;
}

test("random changes and undos come out as in a plain model, and the roles hold what the log says", async () => {
  const numRuns = Number(process.env["FAIRLEAD_ROUNDS"] ?? 15);
  await fc.assert(
    fc.asyncProperty(fc.array(step, { minLength: 10, maxLength: 60, size: "max" }), async (steps) => {
      const store = createMemoryStore(controlSchema);
      const time = new ManualTime();
      const authority = new FakeAuthority();
      const core = await startCore(store, time, authority);
      const roles = dataRoles.map((role) => new FakeRole(role));
      authority.names = roles.find(({ role }) => role === "names");
      for (const role of roles) role.connect(core.hub);
      await settleAll(core, time);
      let model: Model = new Map();
      const done: Done[] = [];
      for (const one of steps) {
        const undone = one.action === "undo" ? done.at(-one.back) : undefined;
        if (one.action === "undo" && !undone) continue;
        const command: Command =
          one.action === "undo" ? { action: "undo", changeId: undone?.changeId ?? "" } : one;
        let next = one.action === "undo" ? inverse(model, undone as Done) : expected(model, one);
        await settle(); // what the platform writes of its own
        const head = await store.head();
        try {
          const { change } = await core.run(command, platformPrincipal("test"));
          expect(next, `${JSON.stringify(one)} should be refused`).toBeDefined();
          done.push({ changeId: change?.id ?? "", before: model, after: next as Model });
        } catch (error) {
          if (!(error instanceof PlatformError)) throw error;
          if (one.action === "undo") {
            // The latest change can always be taken back; an earlier one may be refused because of what came later.
            expect(one.back, error.message).toBeGreaterThan(1);
            expect(["undo-refused", "addresses-exhausted"]).toContain(error.code);
            if (error.code === "undo-refused") expect(error.message).toMatch(namedReason);
          } else {
            expect(next, error.message).toBeUndefined();
          }
          expect(await store.head()).toBe(head);
          next = model;
        }
        // What drains has nothing under way, and goes at once.
        await settle();
        model = next as Model;
        expect(actual(core)).toEqual(model);
        expectAddresses(core, model);
        time.advance(1500);
      }
      await settleAll(core, time);
      const fresh = await startCore(store, time, authority);
      for (const { role, objects } of roles) {
        expect(objects).toEqual(new Map(fresh.hub.objects(role)));
      }
      core.hub.close();
    }),
    { numRuns, interruptAfterTimeLimit: 30_000 + 2000 * numRuns },
  );
}, 600_000);
