// A command as lines of the AWS CLI, where AWS's services have an operation for it. A test holds each against the services' models, and has
// the platform's own endpoint read it back.

import type { Command, CommandAction } from "#contract";
import { awsLine, calls, lightsail, type AwsCalls } from "./aws-call.ts";
import { nameCalls } from "./aws-names.ts";
import { resourceCalls } from "./aws-resources.ts";
import type { ServiceAction } from "./cli-services.ts";
import { lines, none, type Example } from "./shell.ts";
import type { CommandOf } from "./table.ts";

const ownAccess = "Users and keys are this platform's own: AWS's IAM has no part in it.";
const sealedValues = "Values of environments are sealed, and in no command: put yours in place of VALUE.";

type Deployment = NonNullable<CommandOf<"create-container-service">["deployment"]>;

const serviceCalls: { readonly [Action in ServiceAction]: (command: CommandOf<Action>) => AwsCalls } = {
  "create-container-service": ({ name, power, scale, publicDomainNames, deployment }) => ({
    calls: [
      lightsail("CreateContainerService", {
        serviceName: name,
        power: power.replace(/-\d+$/, ""),
        scale,
        publicDomainNames,
        deployment: deployment && deploymentOf(deployment),
      }),
    ],
    ...noteOn(deployment),
  }),
  "update-container-service": ({ name, power, scale, isDisabled, publicDomainNames }) =>
    calls(
      lightsail("UpdateContainerService", {
        serviceName: name,
        power: power?.replace(/-\d+$/, ""),
        scale,
        isDisabled,
        publicDomainNames,
      }),
    ),
  "delete-container-service": ({ name }) => calls(lightsail("DeleteContainerService", { serviceName: name })),
  "create-deployment": ({ service, ...deployment }) => ({
    calls: [
      lightsail("CreateContainerServiceDeployment", {
        serviceName: service,
        ...deploymentOf(deployment),
      }),
    ],
    ...noteOn(deployment),
  }),
  "roll-back-deployment": () => ({
    none: "Lightsail deploys what it is told anew, and knows no way back to an earlier version.",
  }),
  "register-container-image": ({ service, label, digest }) =>
    calls(lightsail("RegisterContainerImage", { serviceName: service, label, digest })),
  "delete-container-image": ({ service, image }) =>
    calls(lightsail("DeleteContainerImage", { serviceName: service, image })),
  "create-access-key": () => ({ none: ownAccess }),
  "update-access-key": () => ({ none: ownAccess }),
  "delete-access-key": () => ({ none: ownAccess }),
  "create-user": () => ({ none: ownAccess }),
  "update-user": () => ({ none: ownAccess }),
  "delete-user": () => ({ none: ownAccess }),
  undo: () => ({ none: "AWS's services keep no history that could be taken back." }),
};

const rows: { readonly [Action in CommandAction]: (command: CommandOf<Action>) => AwsCalls } = {
  ...nameCalls,
  ...resourceCalls,
  ...serviceCalls,
};

/** Writes a command for the AWS CLI. */
export function awsExample(command: Command, origin: string): Example {
  const found = awsCallsOf(command);
  if ("none" in found) return none(found.none);
  const notes = [
    ...(found.calls.length > 1 ? ["Each line is a change of its own."] : []),
    ...(found.note === undefined ? [] : [found.note]),
    "Signed with a key of the type aws.",
  ];
  return lines(
    found.calls.map((call) => awsLine(call, origin)),
    notes.join(" "),
  );
}

/** The operations that a command comes to. */
export function awsCallsOf(command: Command): AwsCalls {
  return (rows[command.action] as (command: Command) => AwsCalls)(command);
}

function noteOn(deployment: Deployment | undefined): { readonly note?: string } {
  const hasValues = Object.values(deployment?.containers ?? {}).some(
    ({ environmentNames = [] }) => environmentNames.length > 0,
  );
  return hasValues ? { note: sealedValues } : {};
}

function deploymentOf({ containers, publicEndpoint }: Omit<Deployment, "environmentId">): {
  readonly containers: object;
  readonly publicEndpoint?: object;
} {
  const inSeconds = (ms: number | undefined): number | undefined =>
    ms === undefined ? undefined : ms / 1000;
  const { healthCheck: check, ...endpoint } = publicEndpoint ?? {};
  return {
    containers: Object.fromEntries(
      Object.entries(containers).map(([name, { environmentNames = [], ...spec }]) => [
        name,
        environmentNames.length === 0
          ? spec
          : { ...spec, environment: Object.fromEntries(environmentNames.map((one) => [one, "VALUE"])) },
      ]),
    ),
    ...(publicEndpoint
      ? {
          publicEndpoint: {
            ...endpoint,
            ...(check
              ? {
                  healthCheck: {
                    healthyThreshold: check.healthyThreshold,
                    unhealthyThreshold: check.unhealthyThreshold,
                    timeoutSeconds: inSeconds(check.timeoutMs),
                    intervalSeconds: inSeconds(check.intervalMs),
                    path: check.path,
                    successCodes: check.successCodes,
                  },
                }
              : {}),
          },
        }
      : {}),
  };
}
