// A plain model of a platform, for the property test of changes: a map from what things are to what becomes of them, what each command
// makes of it or that it must be refused, and what follows from it: answers of name servers, and what the edge is to route.

import type { Command } from "#contract";
import * as fc from "fast-check";

/**
 * What there is. `domain NAME`, `rrset HOST TYPE` (its data), `instance NAME` (running or stopped), `static-ip NAME` (the instance it is
 * attached to, or empty), `balancer NAME` (its instances), `distribution NAME` (its origin, and `on` or `off`), `assignment HOST` and `alias HOST` (the resource), `certificate HOST` (that an
 * assignment asked for), `address RESOURCE` (its place in the list).
 */
export type Model = ReadonlyMap<string, string>;

/** A command of the model's, or an undo of the change so many before. */
export type ModelStep =
  | Extract<Command, { action: Action }>
  | { readonly action: "undo"; readonly back: number };

type Action =
  | "register"
  | "delete-domain"
  | "put-rrset"
  | "delete-rrset"
  | "create-instance"
  | "start-instance"
  | "stop-instance"
  | "delete-instance"
  | "create-load-balancer"
  | "delete-load-balancer"
  | "attach-instances"
  | "detach-instances"
  | "create-distribution"
  | "update-distribution"
  | "purge-distribution"
  | "delete-distribution"
  | "allocate-static-ip"
  | "attach-static-ip"
  | "detach-static-ip"
  | "release-static-ip"
  | "put-alias"
  | "delete-alias"
  | "assign"
  | "unassign";

/** All domains and labels there can be. */
export const domains: readonly string[] = ["a.test", "b.lab"];
export const labels: readonly string[] = ["@", "w", "www"];

/** The host of a label. */
export function hostOf(zone: string, label: string): string {
  return label === "@" ? zone : `${label}.${zone}`;
}

/** How many public addresses there are. */
export const addressCount = 6;

const domain = fc.constantFrom(...domains);
const label = fc.constantFrom(...labels);
const host = fc.tuple(domain, label).map(([zone, one]) => hostOf(zone, one));
// Of few names, so that there mostly is what a step names, and types meet at times.
const mostly = (own: readonly string[], others: readonly string[]): fc.Arbitrary<string> =>
  fc.oneof(
    { weight: 6, arbitrary: fc.constantFrom(...own) },
    { weight: 1, arbitrary: fc.constantFrom(...others) },
  );
const instance = mostly(["one", "two"], ["three", "front", "ip"]);
const balancer = mostly(["front"], ["back", "one", "ip"]);
const staticIp = mostly(["ip"], ["spare", "two", "front"]);
const distribution = mostly(["site"], ["site-2", "front", "one"]);
const resource = fc.oneof(instance, balancer, staticIp, distribution);
const instances = fc.uniqueArray(instance, { minLength: 1, maxLength: 2 });
const record = fc.constantFrom<[string, string]>(
  ["A", "192.0.2.1"],
  ["A", "192.0.2.2"],
  ["TXT", '"x"'],
  ["CNAME", "x.example."],
);

type Weighted = fc.WeightedArbitrary<ModelStep>;
const often = (weight: number, arbitrary: fc.Arbitrary<ModelStep>): Weighted => ({ weight, arbitrary });
const of = (weight: number, name: fc.Arbitrary<string>, make: (name: string) => ModelStep): Weighted =>
  often(weight, name.map(make));

/** A step, at random. */
const step: fc.Arbitrary<ModelStep> = fc.oneof(
  often(
    3,
    domain.map((name) => ({ action: "register", name })),
  ),
  often(
    1,
    domain.map((name) => ({ action: "delete-domain", name })),
  ),
  often(
    4,
    fc.tuple(domain, label, record).map(([zone, name, [type, data]]) => ({
      action: "put-rrset",
      zone,
      name,
      type,
      records: [data],
    })),
  ),
  often(
    2,
    fc
      .tuple(domain, label, record)
      .map(([zone, name, [type]]) => ({ action: "delete-rrset", zone, name, type })),
  ),
  of(4, instance, (name) => ({ action: "create-instance", name, run: { kind: "site", folder: "/srv" } })),
  of(4, instance, (name) => ({ action: "start-instance", name })),
  of(3, instance, (name) => ({ action: "stop-instance", name })),
  of(2, instance, (name) => ({ action: "delete-instance", name })),
  often(
    3,
    fc
      .tuple(balancer, fc.uniqueArray(instance, { maxLength: 2 }))
      .map(([name, over]) => ({ action: "create-load-balancer", name, instances: over })),
  ),
  of(1, balancer, (name) => ({ action: "delete-load-balancer", name })),
  often(
    3,
    fc
      .tuple(balancer, instances)
      .map(([loadBalancer, all]) => ({ action: "attach-instances", loadBalancer, instances: all })),
  ),
  often(
    2,
    fc
      .tuple(balancer, instances)
      .map(([loadBalancer, all]) => ({ action: "detach-instances", loadBalancer, instances: all })),
  ),
  often(
    3,
    fc
      .tuple(distribution, resource)
      .map(([name, origin]) => ({ action: "create-distribution", name, origin })),
  ),
  often(
    3,
    fc
      .tuple(distribution, fc.option(resource, { nil: undefined }), fc.boolean())
      .map(([name, origin, isEnabled]) => ({
        action: "update-distribution",
        name,
        settings: { isEnabled, ...(origin === undefined ? {} : { origin: { name: origin } }) },
      })),
  ),
  of(1, distribution, (name) => ({ action: "purge-distribution", name, paths: ["/a", "/b/*"] })),
  of(1, distribution, (name) => ({ action: "delete-distribution", name })),
  of(3, staticIp, (name) => ({ action: "allocate-static-ip", name })),
  often(
    4,
    fc.tuple(staticIp, instance).map(([name, to]) => ({ action: "attach-static-ip", name, instance: to })),
  ),
  of(2, staticIp, (name) => ({ action: "detach-static-ip", name })),
  of(1, staticIp, (name) => ({ action: "release-static-ip", name })),
  often(
    3,
    fc
      .tuple(domain, label, resource)
      .map(([zone, name, target]) => ({ action: "put-alias", zone, name, target })),
  ),
  often(
    1,
    fc.tuple(domain, label).map(([zone, name]) => ({ action: "delete-alias", zone, name })),
  ),
  often(
    6,
    fc
      .tuple(host, resource, fc.boolean(), fc.boolean())
      .map(([name, to, withWww, https]) => ({ action: "assign", name, resource: to, withWww, https })),
  ),
  often(
    2,
    host.map((name) => ({ action: "unassign", name })),
  ),
  often(
    8,
    fc.constantFrom(1, 1, 1, 2, 3, 5, 8).map((back) => ({ action: "undo", back })),
  ),
);

/** Steps at random, after some that make what most of them are about. */
export const steps: fc.Arbitrary<readonly ModelStep[]> = fc
  .array(step, { minLength: 10, maxLength: 50, size: "max" })
  .map((list) => [...first, ...list]);

const first: readonly ModelStep[] = [
  { action: "register", name: "a.test" },
  { action: "create-instance", name: "one", run: { kind: "site", folder: "/srv" } },
  { action: "create-instance", name: "two", run: { kind: "site", folder: "/srv" } },
  { action: "create-load-balancer", name: "front", instances: ["one"] },
  { action: "allocate-static-ip", name: "ip", instance: "one" },
  { action: "create-distribution", name: "site", origin: "front" },
];

const kinds = ["instance", "static-ip", "balancer", "distribution"] as const;
/** What leads a host to a resource. */
const leading = ["assignment", "alias"] as const;

function keyOfResource(model: Model, name: string): string | undefined {
  return kinds.map((kind) => `${kind} ${name}`).find((key) => model.has(key));
}

function instancesOf(model: Model, balancer: string): string[] {
  return (model.get(`balancer ${balancer}`) ?? "").split(",").filter((name) => name !== "");
}

/** The origin of a distribution, and whether it is enabled. */
function distributionOf(model: Model, name: string): { origin: string; state: string } {
  const [origin = "", state = ""] = (model.get(`distribution ${name}`) ?? "").split(" ");
  return { origin, state };
}

/** Whether a resource can be the origin of a distribution. */
function isOrigin(model: Model, name: string): boolean {
  return model.has(`instance ${name}`) || model.has(`balancer ${name}`);
}

function keysOf(model: Model, kind: string): string[] {
  return [...model.keys()].flatMap((key) => (key.startsWith(`${kind} `) ? [key.slice(kind.length + 1)] : []));
}

function typesAt(model: Model, at: string): string[] {
  return keysOf(model, "rrset").flatMap((key) => (key.startsWith(`${at} `) ? [key.split(" ")[1] ?? ""] : []));
}

/** The registered domain that a host is in. */
export function zoneOf(model: Model, at: string): string | undefined {
  return domains.find((zone) => model.has(`domain ${zone}`) && (at === zone || at.endsWith(`.${zone}`)));
}

/** Whether anything refers to a resource. */
function isUsed(model: Model, name: string): boolean {
  return (
    leading.some((kind) => keysOf(model, kind).some((at) => model.get(`${kind} ${at}`) === name)) ||
    keysOf(model, "balancer").some((balancer) => instancesOf(model, balancer).includes(name)) ||
    keysOf(model, "static-ip").some((ip) => model.get(`static-ip ${ip}`) === name) ||
    keysOf(model, "distribution").some((one) => distributionOf(model, one).origin === name)
  );
}

function freePlace(model: Model, wanted: string = "0"): string | undefined {
  const taken = new Set(keysOf(model, "address").map((name) => model.get(`address ${name}`)));
  const places = [wanted, ...Array.from({ length: addressCount }, (_, place) => String(place))];
  return places.find((place) => !taken.has(place));
}

function withResource(model: Model, key: string, value: string): Model | undefined {
  const [, name = ""] = key.split(" ");
  const place = freePlace(model);
  if (keyOfResource(model, name) !== undefined || place === undefined) return undefined;
  return new Map([...model, [key, value], [`address ${name}`, place]]);
}

function without(model: Model, ...keys: readonly string[]): Model {
  return new Map([...model].filter(([key]) => !keys.includes(key)));
}

function set(model: Model, key: string, value: string): Model {
  return new Map([...model, [key, value]]);
}

/** What a command makes of a model; undefined where it must be refused. */
export function expected(model: Model, command: Exclude<ModelStep, { action: "undo" }>): Model | undefined {
  const isRunning = (name: string): boolean => model.get(`instance ${name}`) === "running";
  switch (command.action) {
    case "register":
      return model.has(`domain ${command.name}`) ? undefined : set(model, `domain ${command.name}`, "");
    case "delete-domain": {
      if (!model.has(`domain ${command.name}`)) return undefined;
      const isIn = (at: string): boolean => at === command.name || at.endsWith(`.${command.name}`);
      const gone = [...model.keys()].filter((key) => {
        const [kind = "", at = ""] = key.split(" ");
        return ["rrset", "assignment", "alias", "certificate"].includes(kind) && isIn(at);
      });
      return without(model, `domain ${command.name}`, ...gone);
    }
    case "put-rrset": {
      const { zone, type } = command;
      const at = hostOf(zone, command.name);
      const next = set(model, `rrset ${at} ${type}`, command.records.join());
      const isDerived = type !== "TXT" && leading.some((kind) => model.has(`${kind} ${at}`));
      return isDerived || !isWhole(next) ? undefined : next;
    }
    case "delete-rrset": {
      const key = `rrset ${hostOf(command.zone, command.name)} ${command.type}`;
      return model.has(key) ? without(model, key) : undefined;
    }
    case "create-instance":
      return withResource(model, `instance ${command.name}`, "running");
    case "start-instance":
    case "stop-instance": {
      const [before, after] =
        command.action === "start-instance" ? ["stopped", "running"] : ["running", "stopped"];
      const key = `instance ${command.name}`;
      return model.get(key) === before ? set(model, key, after ?? "") : undefined;
    }
    case "delete-instance":
    case "delete-load-balancer":
    case "delete-distribution":
    case "release-static-ip": {
      const kind = {
        "delete-distribution": "distribution",
        "delete-instance": "instance",
        "delete-load-balancer": "balancer",
        "release-static-ip": "static-ip",
      };
      const key = `${kind[command.action]} ${command.name}`;
      if (!model.has(key) || isUsed(model, command.name)) return undefined;
      return without(model, key, `address ${command.name}`);
    }
    case "create-load-balancer": {
      const { name, instances = [] } = command;
      return instances.every(isRunning)
        ? withResource(model, `balancer ${name}`, instances.join())
        : undefined;
    }
    case "attach-instances": {
      const key = `balancer ${command.loadBalancer}`;
      const held = instancesOf(model, command.loadBalancer);
      const isRefused =
        !model.has(key) || command.instances.some((name) => held.includes(name) || !isRunning(name));
      return isRefused ? undefined : set(model, key, [...held, ...command.instances].join());
    }
    case "detach-instances": {
      const held = instancesOf(model, command.loadBalancer);
      if (!command.instances.every((name) => held.includes(name))) return undefined;
      const left = held.filter((name) => !command.instances.includes(name));
      return set(model, `balancer ${command.loadBalancer}`, left.join());
    }
    case "create-distribution":
      return isOrigin(model, command.origin)
        ? withResource(model, `distribution ${command.name}`, `${command.origin} on`)
        : undefined;
    case "update-distribution": {
      const key = `distribution ${command.name}`;
      const { isEnabled, origin } = command.settings;
      const next = `${origin?.name ?? distributionOf(model, command.name).origin} ${isEnabled === true ? "on" : "off"}`;
      const isRefused =
        !model.has(key) || model.get(key) === next || !isOrigin(model, next.split(" ")[0] ?? "");
      return isRefused ? undefined : set(model, key, next);
    }
    // What it forgets is no part of the model.
    case "purge-distribution":
      return model.has(`distribution ${command.name}`) ? model : undefined;
    case "allocate-static-ip": {
      const next = withResource(model, `static-ip ${command.name}`, command.instance ?? "");
      return next && isWhole(next) ? next : undefined;
    }
    case "attach-static-ip": {
      const next = set(model, `static-ip ${command.name}`, command.instance);
      const isSame = model.get(`static-ip ${command.name}`) === command.instance;
      return !model.has(`static-ip ${command.name}`) || isSame || !isWhole(next) ? undefined : next;
    }
    case "detach-static-ip": {
      const key = `static-ip ${command.name}`;
      return model.get(key) ? set(model, key, "") : undefined;
    }
    case "put-alias": {
      const key = `alias ${hostOf(command.zone, command.name)}`;
      const next = set(model, key, command.target);
      return model.get(key) === command.target || !isWhole(next) ? undefined : next;
    }
    case "delete-alias": {
      const key = `alias ${hostOf(command.zone, command.name)}`;
      return model.has(key) ? without(model, key) : undefined;
    }
    case "assign": {
      const hosts = command.withWww === true ? [command.name, `www.${command.name}`] : [command.name];
      const left = hosts.filter((at) => model.get(`assignment ${at}`) !== command.resource);
      const next = left.reduce((all, at) => {
        const assigned = set(all, `assignment ${at}`, command.resource);
        return command.https === false ? assigned : set(assigned, `certificate ${at}`, "");
      }, model);
      return left.length === 0 || !isWhole(next) ? undefined : next;
    }
    case "unassign": {
      const key = `assignment ${command.name}`;
      return model.has(key) ? without(model, key, `certificate ${command.name}`) : undefined;
    }
  }
}

/** Whether a model keeps all rules: nothing refers to what is not there, and no name has what excludes each other. */
export function isWhole(model: Model): boolean {
  const hosts = new Set(
    ["rrset", ...leading].flatMap((kind) => keysOf(model, kind)).map((key) => key.split(" ")[0] ?? ""),
  );
  const areHosts = [...hosts].every((at) => {
    const types = typesAt(model, at);
    const leads = leading.filter((kind) => model.has(`${kind} ${at}`)).length;
    const hasAddress = leads > 0;
    const isCnameAlone =
      !types.includes("CNAME") || (types.length === 1 && !hasAddress && !domains.includes(at));
    const isLedOnce = leads < 2 && !(hasAddress && types.includes("A"));
    return zoneOf(model, at) !== undefined && isCnameAlone && isLedOnce;
  });
  const attached = keysOf(model, "static-ip").flatMap((ip) => model.get(`static-ip ${ip}`) || []);
  const instances = [...attached, ...keysOf(model, "balancer").flatMap((name) => instancesOf(model, name))];
  const all = kinds.flatMap((kind) => keysOf(model, kind));
  return (
    areHosts &&
    new Set(attached).size === attached.length &&
    instances.every((name) => model.has(`instance ${name}`)) &&
    keysOf(model, "distribution").every((name) => isOrigin(model, distributionOf(model, name).origin)) &&
    leading.every((kind) =>
      keysOf(model, kind).every((at) => keyOfResource(model, model.get(`${kind} ${at}`) ?? "")),
    ) &&
    new Set(all).size === all.length &&
    all.length <= addressCount
  );
}

/** A change as the model saw it. */
export interface Done {
  readonly before: Model;
  readonly after: Model;
}

/** The keys that a change made others of. An address is its resource's matter. */
export function touchedBy({ before, after }: Done): string[] {
  return [...new Set([...before.keys(), ...after.keys()])].filter(
    (key) => !key.startsWith("address ") && before.get(key) !== after.get(key),
  );
}

/** Takes the difference of a change out of today's model. An address that was given away since is replaced. */
export function inverse(model: Model, done: Done): Model {
  const { before } = done;
  let next = model;
  const touched = touchedBy(done);
  for (const key of touched) {
    const value = before.get(key);
    const [kind = "", name = ""] = key.split(" ");
    const isResource = kinds.some((one) => one === kind);
    next =
      value === undefined
        ? without(next, key, ...(isResource ? [`address ${name}`] : []))
        : set(next, key, value);
    if (!isResource || value === undefined || next.has(`address ${name}`)) continue;
    next = set(next, `address ${name}`, freePlace(next, before.get(`address ${name}`)) ?? "none");
  }
  return next;
}

/** The place of the address that a name leads to; undefined where that has none. */
function placeOf(model: Model, name: string): string | undefined {
  const ip = keysOf(model, "static-ip").find((one) => model.get(`static-ip ${one}`) === name);
  return model.get(`address ${ip ?? name}`);
}

/** What name servers are to answer for a host and type: `REFUSED`, `NXDOMAIN`, or data in presentation format, sorted. */
export function answerOf(model: Model, at: string, type: string, addresses: readonly string[]): string {
  if (zoneOf(model, at) === undefined) return "REFUSED";
  const to = model.get(`assignment ${at}`) ?? model.get(`alias ${at}`);
  const place = to === undefined ? undefined : placeOf(model, to);
  const derived =
    place === undefined
      ? []
      : type === "A"
        ? [addresses[Number(place)] ?? ""]
        : type === "AAAA"
          ? ["::1"]
          : [];
  const cname = model.get(`rrset ${at} CNAME`);
  const own = cname ?? model.get(`rrset ${at} ${type}`);
  const data = [...derived, ...(own === undefined ? [] : own.split(","))];
  // A name below it makes it an empty non-terminal (RFC 8020 section 2).
  const all = ["rrset", "certificate", ...leading]
    .flatMap((kind) => keysOf(model, kind))
    .map((key) => key.split(" ")[0] ?? "");
  const isThere = domains.includes(at) || all.some((other) => other === at || other.endsWith(`.${at}`));
  return isThere ? data.sort().join() : "NXDOMAIN";
}

/** The hosts that the edge is to have a certificate for. */
export function certifiedIn(model: Model): string[] {
  return keysOf(model, "certificate").sort();
}

/** What the edge is to hold: resources with their addresses and targets, and the resource of each host, by name. */
export function routesOf(model: Model, addresses: readonly string[]): string[] {
  const at = (name: string): string => addresses[Number(model.get(`address ${name}`))] ?? "";
  const isRunning = (name: string): boolean => model.get(`instance ${name}`) === "running";
  const instances = keysOf(model, "instance").map((name) => {
    const ips = keysOf(model, "static-ip").filter((ip) => model.get(`static-ip ${ip}`) === name);
    return `instance ${name} at ${[...ips, name].map(at).join()} to ${isRunning(name) ? name : ""}`;
  });
  const balancers = keysOf(model, "balancer").map(
    (name) => `load-balancer ${name} at ${at(name)} to ${instancesOf(model, name).filter(isRunning).join()}`,
  );
  const distributions = keysOf(model, "distribution").map((name) => {
    const { origin, state } = distributionOf(model, name);
    return `distribution ${name} at ${at(name)} to ${origin} ${state}`;
  });
  const hosts = leading.flatMap((kind) =>
    keysOf(model, kind).flatMap((one) => {
      const to = model.get(`${kind} ${one}`) ?? "";
      const routed = model.get(`static-ip ${to}`) ?? to;
      return routed === "" ? [] : [`${one} to ${routed}`];
    }),
  );
  return [...instances, ...balancers, ...distributions, ...hosts].sort();
}
