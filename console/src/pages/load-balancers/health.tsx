// How a load balancer and each of its instances does, in the words that HAProxy has for it: UP, DOWN, DRAIN, MAINT.

import type { InstanceHealth, LoadBalancer } from "#contract";
import { Chip, type Tone } from "../../parts/chip.tsx";

const looks: Readonly<
  Record<InstanceHealth["instanceHealth"], readonly [tone: Tone, word: string, about: string]>
> = {
  healthy: ["good", "UP", "it is healthy and gets requests"],
  unhealthy: ["bad", "DOWN", "its checks fail, and it gets no requests while others are healthy"],
  draining: ["warn", "DRAIN", "it gets no new requests, and those under way are finished"],
  initial: ["accent", "INIT", "it was not found healthy yet"],
  unused: ["neutral", "MAINT", "it is stopped"],
  unavailable: ["neutral", "NO CHECK", "nothing new is known of it"],
};

/** How an instance does behind a load balancer. */
export function HealthChip({ health }: { readonly health: InstanceHealth["instanceHealth"] }) {
  const [tone, word, about] = looks[health];
  return (
    <Chip tone={tone} withDot title={`${health}: ${about}`}>
      {word}
      <span className="sr-only">, {health}</span>
    </Chip>
  );
}

/** How a load balancer does: how many of its instances are healthy. */
export function BalancerChip({
  balancer: { state, instanceHealthSummary: all },
}: {
  readonly balancer: LoadBalancer;
}) {
  if (state === "unknown") return <Chip title="The edge is away: nothing new is known">not known</Chip>;
  if (all.length === 0) return <Chip tone="bad">no instances</Chip>;
  const healthy = all.filter(({ instanceHealth }) => instanceHealth === "healthy").length;
  const isStarting = all.some(({ instanceHealth }) => instanceHealth === "initial");
  const tone = healthy === all.length ? "good" : healthy > 0 ? "warn" : isStarting ? "accent" : "bad";
  return (
    <Chip tone={tone} withDot>
      {healthy} of {all.length} healthy
    </Chip>
  );
}
