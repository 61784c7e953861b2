// What all of Lightsail's resources carry, and how lists are given in pages.

import type { LightsailShapes } from "#contract";
import { AwsError } from "./aws-error.ts";
import type { AwsCall } from "./service.ts";

/** Members of a page. Lightsail's clients cannot choose. */
export const pageSize = 100;

/** Where what belongs to no region is. */
export const globalLocation: LightsailShapes["ResourceLocation"] = {
  availabilityZone: "all",
  regionName: "global",
};

/** Where a resource of the region is: this platform is whatever region a client asks for. */
export function locationOf(
  call: AwsCall,
  availabilityZone: string = "all",
): LightsailShapes["ResourceLocation"] {
  return { availabilityZone, regionName: call.region };
}

/** A time of the platform's, as Lightsail writes it: seconds since 1970. */
export function secondsOf(iso: string): number {
  return Date.parse(iso) / 1000;
}

/** What every resource carries beside its name. @param view  as the platform shows it */
export function resourceOf<T extends LightsailShapes["ResourceType"]>(
  view: { readonly id: string; readonly arn: string; readonly accountId: string; readonly createdAt: string },
  resourceType: T,
  location: LightsailShapes["ResourceLocation"],
): {
  readonly arn: string;
  readonly supportCode: string;
  readonly createdAt: number;
  readonly resourceType: T;
  readonly location: LightsailShapes["ResourceLocation"];
} {
  const { id, arn, accountId, createdAt } = view;
  return { arn, supportCode: `${accountId}/${id}`, createdAt: secondsOf(createdAt), resourceType, location };
}

/**
 * One page of a list, and the token of the next one. A token names the last member that was given, so that what comes or goes meanwhile
 * neither repeats nor hides others.
 * Throws `InvalidInputException` for a token that is none.
 */
export function pageOf<T>(
  list: readonly T[],
  keyOf: (member: T) => string,
  pageToken: string | undefined,
): { readonly page: T[]; readonly next: { readonly nextPageToken?: string } } {
  const from = pageToken === undefined ? 0 : startOf(list, keyOf, pageToken);
  const page = list.slice(from, from + pageSize);
  const last = page.at(-1);
  const isLast = last === undefined || from + pageSize >= list.length;
  return { page, next: isLast ? {} : { nextPageToken: writeToken(keyOf(last), from + pageSize) } };
}

function startOf<T>(list: readonly T[], keyOf: (member: T) => string, token: string): number {
  const { key, from } = readToken(token);
  const at = list.findIndex((member) => keyOf(member) === key);
  // Where it is gone, its place is as good as any.
  return at >= 0 ? at + 1 : from;
}

function writeToken(key: string, from: number): string {
  return Buffer.from(JSON.stringify(["page", key, from])).toString("base64url");
}

function readToken(token: string): { readonly key: string; readonly from: number } {
  let read: unknown;
  try {
    read = JSON.parse(Buffer.from(token, "base64url").toString());
  } catch {
    read = undefined; // no token of ours
  }
  const [kind, key, from] = Array.isArray(read) ? (read as unknown[]) : [];
  if (kind === "page" && typeof key === "string" && typeof from === "number" && from >= 0)
    return { key, from: Math.floor(from) };
  throw new AwsError("InvalidInputException", "Input error: the page token is none that was given here", {
    code: "InvalidParameter",
  });
}

/** Refuses the name of what is not there, in Lightsail's words. */
export function unknownResource(resourceType: string, name: string): AwsError {
  return new AwsError("NotFoundException", `The ${resourceType} does not exist: ${name.slice(0, 255)}`, {
    code: "DoesNotExist",
  });
}

/** Refuses a request for what it holds. @param reason  in words, to follow "Input error:" */
export function invalidInput(reason: string): AwsError {
  return new AwsError("InvalidInputException", `Input error: ${reason}`, { code: "InvalidParameter" });
}
