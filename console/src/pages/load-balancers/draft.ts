// The settings of a load balancer as they are typed: texts, with times in seconds, and what of them differs from what is set.

import type { LoadBalancer, LoadBalancerSettings } from "#contract";

/** Settings as texts and choices. */
export interface SettingsDraft {
  readonly path: string;
  readonly interval: string;
  readonly timeout: string;
  readonly healthyThreshold: string;
  readonly unhealthyThreshold: string;
  readonly successCodes: string;
  readonly algorithm: LoadBalancer["algorithm"];
  readonly isSticky: boolean;
  readonly stickyFor: string;
  readonly ejectAfter: string;
  readonly ejectFor: string;
  readonly drainFor: string;
  readonly redirects: boolean;
  readonly tlsPolicy: string;
  readonly port: string;
}

/** Settings as they are. */
export function draftOf(balancer: LoadBalancer): SettingsDraft {
  const { healthCheck, stickiness } = balancer;
  return {
    path: healthCheck.path,
    interval: seconds(healthCheck.intervalMs),
    timeout: seconds(healthCheck.timeoutMs),
    healthyThreshold: String(healthCheck.healthyThreshold),
    unhealthyThreshold: String(healthCheck.unhealthyThreshold),
    successCodes: healthCheck.successCodes,
    algorithm: balancer.algorithm,
    isSticky: stickiness.isEnabled,
    stickyFor: String(stickiness.durationSeconds),
    ejectAfter: String(balancer.ejectAfterFailures),
    ejectFor: seconds(balancer.ejectMs),
    drainFor: seconds(balancer.drainMs),
    redirects: balancer.redirectsToHttps,
    tlsPolicy: balancer.tlsPolicyName,
    port: String(balancer.instancePort),
  };
}

/** Numbers with their bounds: in seconds where they are times, whole where they are counts. */
const bounds: readonly (readonly [
  field: keyof SettingsDraft,
  least: number,
  most: number,
  isWhole: boolean,
])[] = [
  ["interval", 0.1, 300, false],
  ["timeout", 0.1, 120, false],
  ["healthyThreshold", 1, 10, true],
  ["unhealthyThreshold", 1, 10, true],
  ["stickyFor", 1, 604_800, true],
  ["ejectAfter", 0, 1000, true],
  ["ejectFor", 0.1, 3600, false],
  ["drainFor", 0, 3600, false],
  ["port", 1, 65_535, true],
];

/** What is wrong with what was typed, by field. */
export function problemsOf(draft: SettingsDraft): Partial<Record<keyof SettingsDraft, string>> {
  const problems: Partial<Record<keyof SettingsDraft, string>> = {};
  for (const [field, least, most, isWhole] of bounds) {
    const text = String(draft[field]).trim();
    const value = Number(text);
    if (text === "" || !(value >= least && value <= most) || (isWhole && !Number.isInteger(value)))
      problems[field] = `${isWhole ? "A whole number" : "Seconds"} from ${least} to ${most}`;
  }
  if (!problems.timeout && !problems.interval && Number(draft.timeout) > Number(draft.interval))
    problems.timeout = "Not longer than the time between two checks";
  if (!/^\/[!"$-~]*$/.test(draft.path)) problems.path = "A path that begins with /, without blanks";
  if (!/^[1-5]\d\d(-[1-5]\d\d)?(,[1-5]\d\d(-[1-5]\d\d)?)*$/.test(draft.successCodes))
    problems.successCodes = "Codes and ranges, such as 200-299,301";
  return problems;
}

/** What differs, as the command takes it, and how many settings that are. Numbers are right already. */
export function changesOf(
  before: SettingsDraft,
  draft: SettingsDraft,
): { readonly settings: LoadBalancerSettings; readonly count: number } {
  const changed = (Object.keys(draft) as (keyof SettingsDraft)[]).filter(
    (field) => draft[field] !== before[field],
  );
  const given = <T>(field: keyof SettingsDraft, name: string, value: T): Record<string, T> =>
    changed.includes(field) ? { [name]: value } : {};
  const healthCheck = {
    ...given("path", "path", draft.path),
    ...given("interval", "intervalMs", inMs(draft.interval)),
    ...given("timeout", "timeoutMs", inMs(draft.timeout)),
    ...given("healthyThreshold", "healthyThreshold", Number(draft.healthyThreshold)),
    ...given("unhealthyThreshold", "unhealthyThreshold", Number(draft.unhealthyThreshold)),
    ...given("successCodes", "successCodes", draft.successCodes),
  };
  const stickiness = {
    ...given("isSticky", "isEnabled", draft.isSticky),
    ...given("stickyFor", "durationSeconds", Number(draft.stickyFor)),
  };
  const settings = {
    ...(Object.keys(healthCheck).length > 0 ? { healthCheck } : {}),
    ...(Object.keys(stickiness).length > 0 ? { stickiness } : {}),
    ...given("algorithm", "algorithm", draft.algorithm),
    ...given("ejectAfter", "ejectAfterFailures", Number(draft.ejectAfter)),
    ...given("ejectFor", "ejectMs", inMs(draft.ejectFor)),
    ...given("drainFor", "drainMs", inMs(draft.drainFor)),
    ...given("redirects", "redirectsToHttps", draft.redirects),
    ...given("tlsPolicy", "tlsPolicyName", draft.tlsPolicy),
    ...given("port", "instancePort", Number(draft.port)),
  } as LoadBalancerSettings;
  return { settings, count: changed.length };
}

function seconds(ms: number): string {
  return String(ms / 1000);
}

function inMs(text: string): number {
  return Math.round(Number(text) * 1000);
}
