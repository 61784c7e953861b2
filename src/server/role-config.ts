// What the supervisor tells a role as it starts it: in the environment variable FAIRLEAD_ROLE, in JSON, together with
// descriptors of the sockets it listens on, which are open already.

import { createHash } from "node:crypto";
import { canonicalJson, type RoleName, type ZoneSigning } from "#contract";
import type { DriverName } from "./driver-choice.ts";
import type { PlatformTransfers } from "./names-transfers.ts";
import type { PlannedListener, Profile } from "./profile.ts";
import { programVersion } from "./program-version.ts";
import type { WatchPlan } from "./watch-plan.ts";

/** The environment variable that a role finds its {@link RoleConfig} in. */
export const roleVariable = "FAIRLEAD_ROLE";

/** The number of the first descriptor that a role inherits beside the three standard ones. */
export const firstDescriptor = 3;

/** All roles, in the order they are started in. */
export const roles: readonly RoleName[] = ["control", "names", "resolver", "edge", "runtime"];

/** What is done with names outside the private tree. */
export interface OutsidePolicy {
  readonly policy: "iterate" | "forward" | "refuse";
  /** For "forward": where to, at least one. */
  readonly forwarders: readonly { readonly address: string; readonly port: number }[];
}

/** What all roles of one platform are started with. */
export interface PlatformConfig {
  /** The data folder, absolute. */
  readonly folder: string;
  readonly profile: Profile;
  readonly outside: OutsidePolicy;
  /** How zones are signed for which nobody has said it; absent: with NSEC. */
  readonly signing?: ZoneSigning;
  /** What roles that can run on several drivers run on; absent: the default. */
  readonly driver?: DriverName;
  /** How many threads answer for name servers, on the linux driver; absent: one. */
  readonly workers?: number;
  /** How long the endpoint of a container may take to accept connections, in milliseconds; absent: a minute. */
  readonly containerReadyMs?: number;
  /** Secondaries that are not the platform's own; absent: there are none. */
  readonly transfers?: PlatformTransfers;
  /** What is watched of queries, by name servers and resolver; absent: what is usual. */
  readonly watch?: WatchPlan;
}

/** A socket that a role inherits. */
export interface InheritedListener extends PlannedListener {
  /** The descriptor, open and bound. */
  readonly fd: number;
  /** Which of several sockets of one listener, from 0: each is for a worker of its own. */
  readonly place?: number;
}

/** A socket that a role has, or opens by itself. */
export type RoleListener = PlannedListener | InheritedListener;

/** What one role is started with. */
export interface RoleConfig {
  readonly role: RoleName;
  readonly platform: PlatformConfig;
  /** {@link configurationDigest} of it: a role with another one is not adopted but replaced. */
  readonly configuration: string;
  /** What it listens on; a role opens by itself what comes without a descriptor. */
  readonly listeners: readonly RoleListener[];
}

/** Stands for a configuration and the program that runs it. */
export function configurationDigest(config: PlatformConfig): string {
  const text = canonicalJson({ program: programVersion(), config });
  return createHash("sha256").update(text).digest("hex").slice(0, 32);
}
