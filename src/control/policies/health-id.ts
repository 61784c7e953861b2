// What the health of a set is that of, in one word without blanks: sets with the same are looked at once.

import type { SetHealth } from "#contract";

const resourcePrefix = "resource:";

/** Times of a check where nobody gave others. */
export const defaultIntervalMs = 10_000;
const defaultTimeoutMs = 5000;
export const defaultThreshold = 3;

/** A check of an address with all its times. */
export interface CheckTerms {
  readonly url: string;
  readonly intervalMs: number;
  readonly timeoutMs: number;
  readonly threshold: number;
  readonly host?: string;
  /** Of HTTPS alone, as is the next. */
  readonly serverName?: string;
  readonly verifyCertificate?: boolean;
}

/** The terms of a check. */
export function termsOf(check: Extract<SetHealth, { kind: "check" }>): CheckTerms {
  const { url, intervalMs = defaultIntervalMs, threshold = defaultThreshold } = check;
  const { timeoutMs = Math.min(defaultTimeoutMs, intervalMs) } = check;
  const { host, serverName = host, verifyCertificate = false } = check;
  return {
    url,
    intervalMs,
    timeoutMs,
    threshold,
    ...(host === undefined ? {} : { host }),
    ...(url.startsWith("https:")
      ? { ...(serverName === undefined ? {} : { serverName }), verifyCertificate }
      : {}),
  };
}

/** The id of a resource's health. Names of resources can have blanks. */
export function resourceHealthId(name: string): string {
  return `${resourcePrefix}${encodeURIComponent(name)}`;
}

/** The id of what a set's health is that of. */
export function healthIdOf(health: SetHealth): string {
  if (health.kind === "resource") return resourceHealthId(health.resource);
  const { url, intervalMs, timeoutMs, threshold, host, serverName, verifyCertificate } = termsOf(health);
  const asked = host === undefined ? "" : `/host=${host}`;
  const named = serverName === undefined ? "" : `/name=${serverName}`;
  return `${url}#${intervalMs}/${timeoutMs}/${threshold}${asked}${named}${verifyCertificate ? "/verified" : ""}`;
}

/** The name of the resource that an id is of; undefined where it is of a check. */
export function resourceOfHealthId(id: string): string | undefined {
  return id.startsWith(resourcePrefix) ? decodeURIComponent(id.slice(resourcePrefix.length)) : undefined;
}

/** What an id is of, for people: a resource, or an address with what of its terms nobody has by default. */
export function shownHealthId(id: string): string {
  const resource = resourceOfHealthId(id);
  if (resource !== undefined) return resource;
  const at = id.lastIndexOf("#");
  const [interval, timeout, threshold, ...more] = id.slice(at + 1).split("/");
  const of = (label: string): string | undefined =>
    more.find((part) => part.startsWith(label))?.slice(label.length);
  const [host, name] = [of("host="), of("name=")];
  return [
    `${id.slice(0, at)}${host === undefined ? "" : ` as ${host}`}`,
    ...(name === undefined || name === host ? [] : [`server name ${name}`]),
    ...(more.includes("verified") ? ["certificate verified"] : []),
    ...(Number(interval) === defaultIntervalMs ? [] : [`every ${Number(interval) / 1000} s`]),
    ...(Number(timeout) === defaultTimeoutMs ? [] : [`within ${Number(timeout) / 1000} s`]),
    ...(Number(threshold) === defaultThreshold ? [] : [`${threshold} times`]),
  ].join(", ");
}
