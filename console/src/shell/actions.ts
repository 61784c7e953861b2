// What can be done with each thing from the palette, as a command whose plan is shown first.

import type {
  Certificate,
  Command,
  ContainerService,
  Distribution,
  Domain,
  Instance,
  StaticIp,
} from "#contract";
import type { PlanOptions } from "../commands/plan-context.ts";

/** Something to be done with a thing. */
export interface Action {
  readonly title: string;
  /** The folder of the thing's page, and its name: what the page at hand is told by. */
  readonly of: readonly [folder: string, name: string];
  readonly command: Command;
  readonly options: PlanOptions;
}

/** Things by kind, as far as they were read. */
export interface Things {
  readonly domains?: readonly Domain[] | undefined;
  readonly instances?: readonly Instance[] | undefined;
  readonly staticIps?: readonly StaticIp[] | undefined;
  readonly distributions?: readonly Distribution[] | undefined;
  readonly containerServices?: readonly ContainerService[] | undefined;
  readonly certificates?: readonly Certificate[] | undefined;
}

/** All that can be done with some things. */
export function actionsOf(things: Things): readonly Action[] {
  const { domains = [], instances = [], staticIps = [], distributions = [] } = things;
  const { containerServices = [], certificates = [] } = things;
  return [
    ...domains.filter(({ isPlatform }) => !isPlatform).flatMap(ofDomain),
    ...instances.flatMap(ofInstance),
    ...staticIps.flatMap(ofStaticIp),
    ...distributions.flatMap(ofDistribution),
    ...containerServices.flatMap(ofService),
    ...certificates.flatMap(ofCertificate),
  ];
}

function ofDomain({ name, isLocked, autoRenew, expiresAt }: Domain): Action[] {
  const of = ["domains", name] as const;
  return [
    {
      of,
      title: `Renew domain ${name}`,
      command: { action: "renew-domain", name, years: 1, currentExpiry: expiresAt.slice(0, 10) },
      options: { verb: "Renew" },
    },
    {
      of,
      title: `${isLocked ? "Unlock" : "Lock"} domain ${name}`,
      command: { action: "set-domain", name, lock: !isLocked },
      options: { verb: isLocked ? "Unlock" : "Lock" },
    },
    {
      of,
      title: `${autoRenew ? "Stop renewing" : "Renew"} domain ${name} by itself`,
      command: { action: "set-domain", name, autoRenew: !autoRenew },
      options: { verb: "Change" },
    },
  ];
}

function ofInstance({ name, desired, run }: Instance): Action[] {
  const of = ["instances", name] as const;
  // The process of a server that exists already is not the platform's.
  if (run.kind === "address") return [];
  if (desired === "stopped")
    return [
      {
        of,
        title: `Start instance ${name}`,
        command: { action: "start-instance", name },
        options: { verb: "Start" },
      },
    ];
  return [
    {
      of,
      title: `Stop instance ${name}`,
      command: { action: "stop-instance", name },
      options: { verb: "Stop", isDangerous: true },
    },
    {
      of,
      title: `Reboot instance ${name}`,
      command: { action: "reboot-instance", name },
      options: { verb: "Reboot" },
    },
  ];
}

function ofStaticIp({ name, attachedTo }: StaticIp): Action[] {
  if (attachedTo === undefined) return [];
  return [
    {
      of: ["static-ips", name],
      title: `Detach static IP ${name}`,
      command: { action: "detach-static-ip", name },
      options: { verb: "Detach", isDangerous: true },
    },
  ];
}

function ofDistribution({ name, isEnabled }: Distribution): Action[] {
  const of = ["distributions", name] as const;
  return [
    {
      of,
      title: `Purge everything of distribution ${name}`,
      command: { action: "purge-distribution", name, paths: ["/*"] },
      options: { verb: "Purge" },
    },
    {
      of,
      title: `${isEnabled ? "Disable" : "Enable"} distribution ${name}`,
      command: { action: "update-distribution", name, settings: { isEnabled: !isEnabled } },
      options: { verb: isEnabled ? "Disable" : "Enable", isDangerous: isEnabled },
    },
  ];
}

function ofService({ name, isDisabled }: ContainerService): Action[] {
  return [
    {
      of: ["container-services", name],
      title: `${isDisabled ? "Enable" : "Disable"} container service ${name}`,
      command: { action: "update-container-service", name, isDisabled: !isDisabled },
      options: { verb: isDisabled ? "Enable" : "Disable", isDangerous: !isDisabled },
    },
  ];
}

function ofCertificate({ name, issuer }: Certificate): Action[] {
  if (issuer === "imported") return [];
  return [
    {
      of: ["certificates", name],
      title: `Renew certificate ${name}`,
      command: { action: "renew-certificate", name },
      options: { verb: "Renew" },
    },
  ];
}
