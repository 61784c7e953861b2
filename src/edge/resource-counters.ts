// What is counted for each resource and for each target. Hot path (bench/relay.ts): a request adds to some numbers and allocates
// nothing. Numbers only grow while the object lives; `life` tells one object from the next of the same id.
//
// A resource counts what visitors asked it for, and what its own targets answered. A distribution counts the former, and the load
// balancer behind it the latter.

import type { MetricSample, ResourceCounts } from "#contract";

let lives = 0;

/** A number for each class of status: the digit is the index. */
type Classes = [number, number, number, number, number, number];

/** The counters of one resource. */
export class ResourceCounters {
  readonly life: number = ++lives;
  /** Final responses to visitors by the first digit of their status, whoever gave them. */
  readonly responses: Classes = [0, 0, 0, 0, 0, 0];
  /** Those of them that the edge gave by itself: refusals, redirects, and in the place of targets. */
  readonly ownAnswers: Classes = [0, 0, 0, 0, 0, 0];
  /** Those of its targets; 1xx counts switches to another protocol. */
  readonly targetResponses: Classes = [0, 0, 0, 0, 0, 0];
  /** Octets of requests from visitors, and those of their content alone. */
  octetsFromClients = 0;
  contentOctetsFromClients = 0;
  octetsToClients = 0;
  /** Connections that were not taken for the number of those that are. */
  rejectedConnections = 0;
  /** TLS handshakes that came to nothing. */
  tlsFailures = 0;
  /** Requests that the cache answered, and those that went to the origin; with the octets of content of each. */
  cacheHits = 0;
  cacheMisses = 0;
  cacheHitOctets = 0;
  cacheMissOctets = 0;
  #times = 0;
  #seconds = 0;
  #least = Number.POSITIVE_INFINITY;
  #greatest = -1;

  /** A final response to a visitor begins. */
  countResponse(status: number): void {
    const digit = classOf(status);
    this.responses[digit]++;
  }

  /** The edge answers by itself; it counts as a response too. */
  countOwnAnswer(status: number): void {
    const digit = classOf(status);
    this.ownAnswers[digit]++;
  }

  /** A target answers. @param tookMs  since the request left for it; absent where nobody looked */
  countTargetResponse(status: number, tookMs: number | undefined): void {
    const digit = classOf(status);
    this.targetResponses[digit]++;
    if (tookMs === undefined) return;
    const seconds = tookMs / 1000;
    this.#times++;
    this.#seconds += seconds;
    if (seconds < this.#least) this.#least = seconds;
    if (seconds > this.#greatest) this.#greatest = seconds;
  }

  /** What it has served so far, for who asks often: no time begins anew with that. */
  readCounts(id: string): ResourceCounts {
    const { responses, cacheHits, cacheMisses, octetsToClients } = this;
    const all = responses[1] + responses[2] + responses[3] + responses[4] + responses[5];
    return { id, life: this.life, counts: [all, responses[5], cacheHits, cacheMisses, octetsToClients] };
  }

  /** What is told of it. The least and the greatest time begin anew with that. */
  read(id: string, gauges?: Record<string, number>): MetricSample {
    const counts: Record<string, number> = {
      "octets-from-clients": this.octetsFromClients,
      "content-octets-from-clients": this.contentOctetsFromClients,
      "octets-to-clients": this.octetsToClients,
      "rejected-connections": this.rejectedConnections,
      "tls-failures": this.tlsFailures,
      "cache-hits": this.cacheHits,
      "cache-misses": this.cacheMisses,
      "cache-hit-octets": this.cacheHitOctets,
      "cache-miss-octets": this.cacheMissOctets,
    };
    for (let digit = 1; digit <= 5; digit++) {
      counts[`responses-${digit}xx`] = this.responses[digit] ?? 0;
      counts[`own-answers-${digit}xx`] = this.ownAnswers[digit] ?? 0;
      counts[`target-responses-${digit}xx`] = this.targetResponses[digit] ?? 0;
    }
    const responseTime = {
      count: this.#times,
      sum: this.#seconds,
      ...(this.#greatest < 0 ? {} : { minimum: this.#least, maximum: this.#greatest }),
    };
    this.#least = Number.POSITIVE_INFINITY;
    this.#greatest = -1;
    return { of: "resource", id, life: this.life, counts, responseTime, ...(gauges ? { gauges } : {}) };
  }
}

/** What went to one target and came from it, for whichever resource. */
export class TargetTraffic {
  readonly life: number = ++lives;
  octetsToTarget = 0;
  octetsFromTarget = 0;

  /** What is told of it. */
  read(id: string): MetricSample {
    const counts = { "octets-to-target": this.octetsToTarget, "octets-from-target": this.octetsFromTarget };
    return { of: "target", id, life: this.life, counts };
  }
}

/** The first digit of a status; what is none of HTTP's counts as a server error. */
function classOf(status: number): 1 | 2 | 3 | 4 | 5 {
  if (status < 200) return 1;
  if (status < 300) return 2;
  if (status < 400) return 3;
  return status < 500 ? 4 : 5;
}
