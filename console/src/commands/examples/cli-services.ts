// Lines of `fairlead` for commands about container services, about who may do what, and for undo.

import type { CommandAction } from "#contract";
import { fairlead, lines, none, type Example, type Options } from "./shell.ts";
import type { CommandOf, Rows } from "./table.ts";

/** Actions about container services and people. */
export type ServiceAction = Extract<
  CommandAction,
  | "create-container-service"
  | "update-container-service"
  | "delete-container-service"
  | "create-deployment"
  | "roll-back-deployment"
  | "register-container-image"
  | "delete-container-image"
  | "create-access-key"
  | "update-access-key"
  | "delete-access-key"
  | "create-user"
  | "update-user"
  | "delete-user"
  | "undo"
>;

type Deployment = NonNullable<CommandOf<"create-container-service">["deployment"]>;

const severalChanges = "Each line is a change of its own.";
const sealedValues = "Values of environments are sealed, and in no command: put yours in place of VALUE.";

/** A row each. */
export const serviceRows: Rows<ServiceAction> = {
  "create-container-service": ({ name, power, scale, publicDomainNames = {}, deployment }) => {
    const first = deployment
      ? deploymentLine("container-service create", name, deployment, { power, scale })
      : fairlead("container-service create", [name], { power, scale });
    const names = certificateLines(name, publicDomainNames);
    const notes = [
      ...(names.length > 0 ? [severalChanges] : []),
      ...(deployment && hasEnvironment(deployment) ? [sealedValues] : []),
    ];
    return lines([first, ...names], notes.length > 0 ? notes.join(" ") : undefined);
  },
  "update-container-service": ({ name, power, scale, isDisabled, publicDomainNames = {} }) => {
    const [first, ...others] = certificateOptions(publicDomainNames);
    const all = [
      fairlead("container-service set", [name], { power, scale, disabled: isDisabled, certificate: first }),
      ...others.map((certificate) => fairlead("container-service set", [name], { certificate })),
    ];
    return lines(all, all.length > 1 ? severalChanges : undefined);
  },
  "delete-container-service": ({ name }) => one("container-service delete", [name]),
  "create-deployment": ({ service, ...deployment }) =>
    lines(
      [deploymentLine("container-service deploy", service, deployment)],
      hasEnvironment(deployment) ? sealedValues : undefined,
    ),
  "roll-back-deployment": ({ service, version }) =>
    one("container-service roll-back", [service, String(version)]),
  "register-container-image": () =>
    none("`fairlead push-image SERVICE LABEL FILE` pushes an image and gives it its name at once."),
  "delete-container-image": ({ service, image }) => one("container-service delete-image", [service, image]),
  "create-access-key": ({ name, type, role, verbs, zones, expiresAt, user }) =>
    one("key create", [name], {
      type,
      role,
      verbs: verbs?.join(","),
      zones: zones?.join(","),
      expires: expiresAt,
      user,
    }),
  "update-access-key": ({ id, isDisabled }) => one(isDisabled ? "key disable" : "key enable", [id]),
  "delete-access-key": ({ id }) => one("key delete", [id]),
  "create-user": ({ email, role }) =>
    lines(
      [fairlead("user invite", [email], { role })],
      "A user is made by a one-time link, which this prints: whoever opens it chooses a password.",
    ),
  "update-user": ({ email, role, isDisabled }) => {
    const all = [
      ...(role === undefined ? [] : [fairlead("user role", [email, role])]),
      ...(isDisabled === undefined ? [] : [fairlead(isDisabled ? "user disable" : "user enable", [email])]),
    ];
    return lines(all, all.length > 1 ? severalChanges : undefined);
  },
  "delete-user": ({ email }) => one("user remove", [email]),
  undo: ({ changeId }) => one("undo", [changeId]),
};

function one(command: string, words: readonly string[], options: Options = {}): Example {
  return lines([fairlead(command, words, options)]);
}

function certificateOptions(names: Readonly<Record<string, readonly string[]>>): string[] {
  return Object.entries(names).map(([certificate, domains]) => `${certificate}=${domains.join(",")}`);
}

function certificateLines(name: string, names: Readonly<Record<string, readonly string[]>>): string[] {
  return certificateOptions(names).map((certificate) =>
    fairlead("container-service set", [name], { certificate }),
  );
}

function hasEnvironment({ containers }: Deployment): boolean {
  return Object.values(containers).some(({ environmentNames }) => (environmentNames ?? []).length > 0);
}

/** One container with the port that visitors reach is said by options, all else by a document. */
function deploymentLine(
  command: string,
  name: string,
  { containers, publicEndpoint }: Deployment,
  further: Options = {},
): string {
  const [[container, spec] = [undefined, undefined], ...others] = Object.entries(containers);
  const [[port, protocol] = [undefined, undefined], ...otherPorts] = Object.entries(spec?.ports ?? {});
  const endpoint = publicEndpoint;
  const isPlain =
    spec !== undefined &&
    others.length + otherPorts.length === 0 &&
    port !== undefined &&
    protocol === "HTTP" &&
    (spec.environmentNames ?? []).every((variable) => /^[A-Za-z_]\w*$/.test(variable)) &&
    (endpoint === undefined ||
      (endpoint.containerName === container && String(endpoint.containerPort) === port));
  if (!isPlain) {
    const input = JSON.stringify(document({ containers, publicEndpoint }), null, 2);
    return fairlead(command, [name], { ...further, file: "-" }, { input });
  }
  const { image, command: argv = [], environmentNames = [] } = spec;
  const folder = image.startsWith("folder:") ? image.slice("folder:".length) : undefined;
  const check = endpoint?.healthCheck ?? {};
  const inSeconds = (ms: number | undefined): number | undefined =>
    ms === undefined ? undefined : ms / 1000;
  return fairlead(
    command,
    [name],
    {
      ...further,
      image: folder === undefined ? image : undefined,
      folder,
      container: container === "web" ? undefined : container,
      port: port === "80" ? undefined : port,
      private: endpoint ? undefined : true,
      env:
        environmentNames.length === 0 ? undefined : environmentNames.map((name) => `${name}=VALUE`).join(","),
      "health-path": check.path,
      interval: inSeconds(check.intervalMs),
      timeout: inSeconds(check.timeoutMs),
      healthy: check.healthyThreshold,
      unhealthy: check.unhealthyThreshold,
      codes: check.successCodes,
    },
    { argv },
  );
}

/** A deployment as a request has it: with an environment, whose values stand for others. */
function document({ containers, publicEndpoint }: Omit<Deployment, "environmentId">): object {
  return {
    containers: Object.fromEntries(
      Object.entries(containers).map(([name, { environmentNames = [], ...spec }]) => [
        name,
        environmentNames.length === 0
          ? spec
          : { ...spec, environment: Object.fromEntries(environmentNames.map((one) => [one, "VALUE"])) },
      ]),
    ),
    ...(publicEndpoint ? { publicEndpoint } : {}),
  };
}
