// Generated mutations of an origin's responses through the edge to a plain reader, curl, Node's client and undici: what each of them takes
// for the response is exactly what the edge read, or the edge answers 502 or ends the connection (RFC 9112 sections 6.3 and 8); and the next response
// on the connection is the next request's. A failure prints its seed and the smallest input; FAIRLEAD_SEED and
// FAIRLEAD_MUTATION_CASES (for the plain reader, a quarter for each of the others) repeat or lengthen a run.

import { afterAll, beforeAll, expect, test } from "vitest";
import { everyOctet, everyStatus } from "./desync/every-response.ts";
import { Chance, numberFromEnvironment } from "./desync/random.ts";
import { startEdge, startRawRelay, type RelayInService } from "./desync/request-lane.ts";
import {
  curlClient,
  fetchClient,
  judgeOutcome,
  nodeClient,
  plainClient,
  readResponseAsEdge,
  startGivenOrigin,
  type GivenOrigin,
  type ResponseClaim,
  type ResponseClient,
} from "./desync/response-lane.ts";
import { makeResponse, type MutatedResponse } from "./desync/response-mutations.ts";
import { shrinkText } from "./desync/shrink.ts";
import { runSeed } from "../seed.ts";

const plainCases = numberFromEnvironment("FAIRLEAD_MUTATION_CASES", 2000);
const otherCases = Math.ceil(plainCases / 4);
/** Cases that a client is asked for at once. */
const batchSize = 50;
const plantedCases = 300;
const maxShrinkTries = 600;
/** Milliseconds that a client may wait for a case that is tried again alone. */
const aloneLimitMs = 20_000;
/** How often what time alone may explain is tried again: it counts where none of them goes well. */
const triesAlone = 3;

let origin: GivenOrigin;
let edge: RelayInService;
let raw: RelayInService;

beforeAll(async () => {
  origin = await startGivenOrigin();
  edge = await startEdge(origin.port);
  raw = await startRawRelay(origin.port);
});

afterAll(async () => {
  await raw?.close();
  await edge?.close();
  await origin?.close();
});

type Asked = Awaited<ReturnType<ResponseClient["ask"]>>[number];

interface Finding {
  seed: number;
  why: string;
  rules: readonly string[];
  smallest: string;
}

/** What a client has no use for though it is framed as the edge read it. */
function isUnfit(client: ResponseClient, claim: ResponseClaim): boolean {
  // undici has no status above 599, shows no content of a 205, and fails where 100 comes unasked (RFC 9110 section 15.2 has
  // clients pass over it) and at 407, as section 4.4 of the Fetch standard has it (HTTP-network-or-cache fetch) where there is no window.
  const { status, hasContinue } = claim;
  return client === fetchClient && (status > 599 || status === 205 || status === 407 || hasContinue);
}

const noCounts = (): Record<ResponseClaim["kind"], number> => ({ whole: 0, refused: 0, broken: 0 });
const makeOfSeed = (number: number): MutatedResponse => makeResponse(new Chance(runSeed + number));

async function search(
  client: ResponseClient,
  relay: RelayInService,
  make: (number: number) => MutatedResponse,
  cases: number,
  counts: Record<ResponseClaim["kind"], number>,
): Promise<Finding | undefined> {
  for (let from = 0; from < cases; from += batchSize) {
    const numbers = Array.from({ length: Math.min(batchSize, cases - from) }, (_, i) => from + i);
    origin.responses.clear();
    const made = numbers.map(make);
    for (const [i, number] of numbers.entries()) origin.responses.set(number, made[i]?.text ?? "");
    const results = await client.ask(relay.port, numbers);
    for (const [i, number] of numbers.entries()) {
      const { text = "", rules = [] } = made[i] ?? {};
      const claim = readResponseAsEdge(text);
      counts[claim.kind]++;
      let result = results[i];
      let why = judge(client, claim, result, number);
      // A machine that stood still has a client give up, too.
      for (let tried = 0; why !== undefined && hasGivenUp(result) && tried < triesAlone; tried++) {
        [result] = await client.ask(relay.port, [number], aloneLimitMs);
        why = judge(client, claim, result, number);
      }
      if (why === undefined) continue;
      console.log(`${client.name}: seed ${runSeed + number}, ${why}`);
      const smallest = await shrinkText(
        text,
        async (shorter) => {
          origin.responses.set(number, shorter);
          const [again] = await client.ask(relay.port, [number]);
          return judge(client, readResponseAsEdge(shorter), again, number) !== undefined;
        },
        hasGivenUp(result) ? 0 : client === plainClient ? maxShrinkTries : 50,
      );
      return { seed: runSeed + number, why, rules, smallest };
    }
  }
  return undefined;
}

/** Whether a client may have given up: what it took for a response or for the probe's is none of octets. */
function hasGivenUp(result: Asked | undefined): boolean {
  return result?.outcome.error !== undefined || result?.probe === "" || result?.probe === "no answer";
}

function judge(
  client: ResponseClient,
  claim: ResponseClaim,
  result: Asked | undefined,
  number: number,
): string | undefined {
  if (!result) return "no result";
  if (result.probe !== `/probe/${number}`) return `the next response is ${result.probe}`;
  return isUnfit(client, claim) ? undefined : judgeOutcome(claim, result.outcome);
}

test.each([
  [plainClient, plainCases],
  [nodeClient, otherCases],
  [fetchClient, otherCases],
  [curlClient, otherCases],
] as const)(
  "RFC 9112 section 6.3: $name reads mutated responses as the edge does, or the edge refuses",
  async (client, cases) => {
    const counts = noCounts();
    const finding = await search(client, edge, makeOfSeed, cases, counts);
    console.log(`${client.name}: seed ${runSeed}, ${JSON.stringify(counts)}`);
    expect(finding).toBeUndefined();
    expect(counts.whole).toBeGreaterThan(cases / 8);
    expect(counts.refused).toBeGreaterThan(cases / 8);
  },
);

test.each([
  [plainClient, [...everyStatus(), ...everyOctet()]],
  [nodeClient, everyStatus()],
  [fetchClient, everyStatus()],
  [curlClient, everyStatus()],
] as const)(
  "RFC 9110 section 15: $name reads every status and every octet as the edge does, or the edge refuses",
  async (client, texts) => {
    const counts = noCounts();
    const make = (number: number): MutatedResponse => ({ text: texts[number] ?? "", rules: [] });
    const finding = await search(client, edge, make, texts.length, counts);
    console.log(`${client.name}: every form, ${JSON.stringify(counts)}`);
    expect(finding).toBeUndefined();
    expect(counts.whole).toBeGreaterThan(900);
  },
);

test("a relay that passes octets on as they come is found out", async () => {
  const finding = await search(plainClient, raw, makeOfSeed, plantedCases, noCounts());
  console.log(`planted: ${JSON.stringify(finding)}`);
  expect(finding).toBeDefined();
});
