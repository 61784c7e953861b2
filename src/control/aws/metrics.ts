// Lightsail's metrics: data points of instances, load balancers, distributions and container services, by the rules of src/control/metrics.

import type { LightsailShapes, MetricDatapoint } from "#contract";
import { metricsOf, type MeteredType } from "../metrics/catalogue.ts";
import { findResource } from "../resources.ts";
import { invalidInput, unknownResource } from "./answers.ts";
import type { AwsCall } from "./service.ts";

type Shapes = LightsailShapes;

/** What the four operations have in common. */
interface Question {
  readonly metricName: string;
  readonly period: number;
  readonly startTime: number;
  readonly endTime: number;
  readonly unit?: string;
  readonly statistics: Shapes["MetricStatisticList"];
}

/** GetInstanceMetricData. */
export async function getInstanceMetricData(
  { instanceName, ...question }: Shapes["GetInstanceMetricDataRequest"],
  call: AwsCall,
): Promise<Shapes["GetInstanceMetricDataResult"]> {
  return {
    metricName: question.metricName,
    metricData: await dataOf(call, "Instance", instanceName, question),
  };
}

/** GetLoadBalancerMetricData. */
export async function getLoadBalancerMetricData(
  { loadBalancerName, ...question }: Shapes["GetLoadBalancerMetricDataRequest"],
  call: AwsCall,
): Promise<Shapes["GetLoadBalancerMetricDataResult"]> {
  const metricData = await dataOf(call, "LoadBalancer", loadBalancerName, question);
  return { metricName: question.metricName, metricData };
}

/** GetDistributionMetricData. */
export async function getDistributionMetricData(
  { distributionName, ...question }: Shapes["GetDistributionMetricDataRequest"],
  call: AwsCall,
): Promise<Shapes["GetDistributionMetricDataResult"]> {
  const metricData = await dataOf(call, "Distribution", distributionName, question);
  return { metricName: question.metricName, metricData };
}

/** GetContainerServiceMetricData: without a unit, which is always Percent. */
export async function getContainerServiceMetricData(
  { serviceName, ...question }: Shapes["GetContainerServiceMetricDataRequest"],
  call: AwsCall,
): Promise<Shapes["GetContainerServiceMetricDataResult"]> {
  const metricData = await dataOf(call, "ContainerService", serviceName, question);
  return { metricName: question.metricName, metricData };
}

async function dataOf(
  { core }: AwsCall,
  type: MeteredType,
  name: string,
  { metricName, period, startTime, endTime, unit, statistics }: Question,
): Promise<Shapes["MetricDatapointList"]> {
  if (findResource(core.views.state, name)?.type !== type) throw unknownResource(type, name);
  if (statistics.length === 0) throw invalidInput("statistics: expected at least one");
  // What this platform measures beyond Lightsail has no place in its API.
  const isKnown = metricsOf(type).some((metric) => metric.name === metricName && metric.isLightsail);
  if (!isKnown) throw invalidInput(`metricName: ${type} has no metric ${metricName.slice(0, 100)}`);
  const data = await core.metrics.data({
    resource: name,
    metric: metricName,
    period,
    start: startTime * 1000,
    end: endTime * 1000,
    statistics,
    ...(unit === undefined ? {} : { unit }),
  });
  return data.points.map(({ at, ...point }: MetricDatapoint) => ({
    ...point,
    timestamp: Date.parse(at) / 1000,
    unit: data.unit,
  }));
}
