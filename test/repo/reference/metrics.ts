// docs/reference/metrics.md from the catalogue of metrics, and from what a scrape has: the families of roles and resources with their help.

import type { RoleName } from "#contract";
import {
  cacheFamilies,
  classFamilies,
  counterHelp,
  Exposition,
  histogramNames,
  isGauge,
  metricsOf,
  resourceFamilies,
  type MeteredType,
} from "#control/testing";
import { cell } from "./schema-table.ts";

const types: Readonly<Record<MeteredType, string>> = {
  Instance: "Instances",
  LoadBalancer: "Load balancers",
  Distribution: "Distributions",
  ContainerService: "Container services",
};

function metricTable(type: MeteredType): string {
  const rows = metricsOf(type).map(
    ({ name, unit, statistic, about, isLightsail }) =>
      `| ${name} | ${unit} | ${statistic} | ${cell(about)}${isLightsail ? "" : " (not in Lightsail)"} |`,
  );
  return `### ${types[type]}\n\n| metric | unit | says most | what it is |\n|---|---|---|---|\n${rows.join("\n")}\n`;
}

/** Families as a scrape names them. */
function familyTable(
  families: readonly {
    readonly name: string;
    readonly isGauge: boolean;
    readonly isHistogram?: boolean;
    readonly help: string;
  }[],
): string {
  const out = new Exposition();
  for (const { name, isGauge: isNow, isHistogram = false, help } of families)
    out.add({ name, type: isHistogram ? "histogram" : isNow ? "gauge" : "counter", help }, {}, 0);
  const rows = [...out.format().matchAll(/^# HELP (\S+) (.*)\n# TYPE \S+ (\S+)$/gm)].map(
    ([, name, help = "", type]) => `| \`${name}\` | ${type} | ${cell(help)} |`,
  );
  return `| family | type | what it is |\n|---|---|---|\n${rows.join("\n")}\n`;
}

/** The page as it should be. */
export function metricsPage(): string {
  const roles = (Object.keys(counterHelp) as Exclude<RoleName, "control">[]).map((role) => {
    const families = Object.entries(counterHelp[role]).map(([name, help]) => ({
      name: `${role}_${name}`,
      isGauge: isGauge(name),
      isHistogram: histogramNames.has(name),
      help,
    }));
    return `### ${role}\n\n${familyTable(families)}`;
  });
  const ofResources = [...resourceFamilies, ...cacheFamilies, ...classFamilies].map(([name, help]) => ({
    name: `resource_${name}`,
    isGauge: false,
    help,
  }));
  return `# Metrics

Two views of the same counts. The first is Lightsail's: data points of resources, asked for with \`fairlead metrics\`, the API or AWS's clients, and what alarms
look at. The second is for Prometheus, at \`/metrics\` of the control API. Written from the tables in \`src/control/metrics\`.

## Of resources

A data point a minute, kept for 15 days; in five minutes for 63, in hours for 455.

${(Object.keys(types) as MeteredType[]).map(metricTable).join("\n")}
## A scrape

Counters only grow, and begin anew when their role does. Labels hold names of yours alone, never what a visitor sent. Of each role there are also
\`fairlead_role_up\`, \`fairlead_role_revision\` and \`fairlead_role_acknowledged_revision\`; of each alarm \`fairlead_alarm_state\`.

${roles.join("\n")}
### Each resource

With the labels \`resource\` and \`type\`, those by class of status also \`class\`. Beside these stand \`fairlead_resource_hosts\` by health and the summary
\`fairlead_resource_response_seconds\`; instances and nodes of container services have their processor time, memory and processes.

${familyTable(ofResources)}`;
}
