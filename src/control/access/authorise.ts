// Whether a principal may do something. Commands are looked at twice: by what they name before they are planned, so that a refusal
// tells nothing of what is not one's own, and by what their plan touches, which is what counts.
//
// A key that is limited to zones reads those zones alone and changes nothing but what lies in them: a fact that belongs to no zone,
// such as an instance, is not its to change. Kinds of facts that are not named here belong to none.

import { PlatformError, type Command } from "#contract";
import type { CertificateFact } from "../certificate-facts.ts";
import type { AssignmentFact, ChangedObject } from "../facts.ts";
import { readName, shown } from "../names.ts";
import type { PlannedChange } from "../planned.ts";
import { taggedOf } from "../tags.ts";
import { hasRole, isLimited, type Principal } from "./principal.ts";

/** What is done with a command. */
export type CommandUse = "plan" | "apply";

/** Commands that only owners may give: who may do what, and whom the platform trusts. Keys are looked at one by one (plan-access-key.ts). */
const ownersCommands: ReadonlySet<Command["action"]> = new Set([
  "update-user",
  "delete-user",
  "set-acme-account",
  "delete-acme-account",
]);
/** Commands that nobody gives: they come about by a one-time link. */
const nobodysCommands: ReadonlySet<Command["action"]> = new Set(["create-user"]);
/** Commands that a key with any limit cannot give: it could shed its limits with them. */
const unlimitedCommands: ReadonlySet<Command["action"]> = new Set([
  "create-access-key",
  "update-access-key",
  "delete-access-key",
  "update-user",
  "delete-user",
]);

/** Refuses with the reason. */
export function deny({ name }: Principal, what: string, reason: string): never {
  throw new PlatformError("access-denied", `Cannot ${what} as "${name}": ${reason}`);
}

/** Throws `access-denied` where a principal's role has not the rights of another one. */
export function requireRole(principal: Principal, wanted: Principal["role"], what: string): void {
  if (!hasRole(principal.role, wanted))
    deny(principal, what, `its role is ${principal.role}, and that takes ${wanted}`);
}

/** Throws `access-denied` where a principal may not read at all. */
export function requireRead(principal: Principal): void {
  if (principal.verbs && !principal.verbs.includes("read"))
    deny(principal, "read", `its verbs are ${principal.verbs.join(", ")}`);
}

/** Throws `access-denied` for a key with any limit, its end among them: it could make a key or an owner without. */
export function requireNoLimits(principal: Principal, what: string): void {
  if (isLimited(principal)) deny(principal, what, "a limited key cannot do that");
}

/** Throws `access-denied` where a principal may not do something that no command stands for. */
export function requireOperate(principal: Principal, what: string): void {
  requireRole(principal, "operator", what);
  if (principal.verbs && !principal.verbs.includes("apply"))
    deny(principal, what, `its verbs are ${principal.verbs.join(", ")}`);
  if (principal.zones) deny(principal, what, "it is limited to zones");
}

/** Tells whether a principal may see a zone. @param zone  absolute, in lower case */
export function mayReadZone({ zones }: Principal, zone: string): boolean {
  return zones === undefined || zones.includes(zone);
}

/** Paths that a key limited to zones may read, beside its zones' own (guard.ts). */
const zonePath = /^\/v1\/zones\/([^/]+)(?:\/|$)/;
const sharedPaths = /^\/v1\/(?:me|zones|openapi\.json|operations\/[^/]+)$/;

/** Throws `access-denied` where a principal may not read a path of the API. */
export function authoriseRead(principal: Principal, path: string): void {
  if (path === "/v1/me" || path.startsWith("/v1/me/")) return;
  // Who may do one command only may still see how it went: that is looked at where operations are shown.
  if (!/^\/v1\/operations\/[^/]+$/.test(path)) requireRead(principal);
  if (!principal.zones || sharedPaths.test(path)) return;
  const zone = zonePath.exec(path)?.[1];
  if (zone === undefined) deny(principal, "read that", "it is limited to zones");
  requireZone(principal, readZone(zone), "read zone");
}

/** Throws `access-denied` where a principal may not give a command, by its role, its verbs and the zone that the command names. */
export function authoriseCommand(principal: Principal, use: CommandUse, command: Command): void {
  const { action } = command;
  const what = `${use} ${action}`;
  if (nobodysCommands.has(action)) deny(principal, what, "users are created by a one-time link");
  requireRole(principal, ownersCommands.has(action) ? "owner" : "operator", what);
  const { verbs, zones } = principal;
  if (unlimitedCommands.has(action)) requireNoLimits(principal, what);
  if (verbs) {
    const enough = [action, ...(action === "undo" ? [] : ["apply"]), ...(use === "plan" ? ["plan"] : [])];
    if (!enough.some((verb) => verbs.includes(verb)))
      deny(principal, what, `its verbs are ${verbs.join(", ")}`);
  }
  if (!zones) return;
  const named = "zone" in command ? command.zone : undefined;
  if (named !== undefined) requireZone(principal, readName(named), what);
  // A name that is in none of its zones is not even looked up. What an undo touches is looked at by authoriseUndo.
  else if (action === "assign" || action === "unassign") requireName(principal, readName(command.name), what);
  else if (action !== "undo") deny(principal, what, "it is limited to zones, and that belongs to none");
}

/** The apex of the zone that a name lies in; undefined where no zone here holds it. */
export type ZoneOf = (name: string) => string | undefined;

/** Throws `access-denied` where a change that is to be undone touches something outside a principal's zones. */
export function authoriseUndo(principal: Principal, objects: readonly ChangedObject[], zoneOf: ZoneOf): void {
  if (!principal.zones) return;
  for (const { kind, key, before } of objects) {
    // Of what a change made, the key alone is known here: the plan tells the rest.
    if (before === undefined && kind === "certificate") continue;
    for (const zone of zonesOf(principal, { kind, key, value: before }, "undo", zoneOf))
      requireZone(principal, zone, "undo");
  }
}

/** Throws `access-denied` where a plan touches something outside a principal's zones. */
export function authorisePlanned(principal: Principal, planned: PlannedChange, zoneOf: ZoneOf): void {
  if (!principal.zones) return;
  const what = planned.command === "platform" ? "apply" : planned.command.action;
  const before = new Map(planned.objects.map((object) => [`${object.kind} ${object.key}`, object.before]));
  for (const { kind, key, value } of planned.entries) {
    const held = value ?? before.get(`${kind} ${key}`);
    for (const zone of zonesOf(principal, { kind, key, value: held }, what, zoneOf))
      requireZone(principal, zone, what);
  }
  for (const { zone } of planned.records) requireZone(principal, zone === "." ? zone : `${zone}.`, what);
}

/** The zones that a fact lies in. */
function zonesOf(
  principal: Principal,
  { kind, key, value }: { readonly kind: string; readonly key: string; readonly value: unknown },
  what: string,
  zoneOf: ZoneOf,
): string[] {
  switch (kind) {
    case "zone":
    case "zone-signing":
    case "serial":
    case "pending":
      return [key];
    case "alias-addresses": // what a name outside was seen to have: nobody's, and derived
      return [];
    case "tags": {
      const on = taggedOf(key);
      if (on.kind === "zone") return [on.key];
      break;
    }
    case "rrset":
    case "alias":
      return [key.split(" ", 1)[0] ?? ""];
    case "assignment": {
      const zone = (value as AssignmentFact | undefined)?.zone;
      if (zone !== undefined) return [zone];
      break;
    }
    case "certificate": {
      // What an assignment asks for by itself. A name that no zone here holds is in none of the principal's.
      const { names = [], origin } = (value ?? {}) as Partial<CertificateFact>;
      if (origin === "assign" && names.length > 0)
        return names.map((name) => zoneOf(`${name.replace(/^\*\./, "")}.`) ?? ".");
    }
  }
  return deny(principal, what, `it is limited to zones, and that changes ${kind} ${key}, which lies in none`);
}

function requireZone(principal: Principal, zone: string, what: string): void {
  if (!mayReadZone(principal, zone)) deny(principal, `${what} of ${shown(zone)}`, outside(principal));
}

function requireName(principal: Principal, name: string, what: string): void {
  if (!principal.zones?.some((zone) => name === zone || name.endsWith(`.${zone}`)))
    deny(principal, `${what} of ${shown(name)}`, outside(principal));
}

function outside({ zones = [] }: Principal): string {
  return `it is limited to zone ${zones.map(shown).join(", ")}`;
}

/** The zone of a path's segment, read as the routes read it. */
function readZone(segment: string): string {
  try {
    return readName(decodeURIComponent(segment));
  } catch {
    return ""; // no name: in no list of zones
  }
}
