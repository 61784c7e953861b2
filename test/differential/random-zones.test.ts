// Random zones and random queries: ours, on both drivers, answers as NSD, Knot, BIND and PowerDNS do where they, or all of them but one, agree: rcode, flags, question,
// answer, authority, additional section and EDNS. Where most are wrong by the RFC, reasons.ts says so. Seeds are printed;
// FAIRLEAD_ROUNDS=N runs as many rounds, with FAIRLEAD_SEED and the seeds that follow it.

import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { formatDifference, type RoundOptions, type RoundResult, runRound } from "./round.ts";
import { versionsOfJudges } from "./servers.ts";
import { runSeed, seedsOfRounds } from "../seed.ts";

let folder = "";

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "fl-differential-"));
  process.stdout.write(`${JSON.stringify(versionsOfJudges())}\n`);
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

async function round(options: Omit<RoundOptions, "folder">): Promise<RoundResult> {
  const own = mkdtempSync(join(folder, `${options.seed}-`));
  try {
    return await runRound({ ...options, folder: own });
  } finally {
    rmSync(own, { recursive: true, force: true });
  }
}

const rounds = Number(process.env["FAIRLEAD_ROUNDS"] ?? 0);
const seeds = rounds > 0 ? seedsOfRounds(rounds) : [1, 2, runSeed];

test.each(seeds)("seed %i", async (seed) => {
  const result = await round({ seed, zones: 12, queries: 250 });
  const { differences, ...counts } = result;
  const { queries, decided, refused, unanswered, ended } = counts;
  process.stdout.write(`${JSON.stringify({ seed, ...counts })}\n`);
  expect(
    differences.slice(0, 10).map(formatDifference).join("\n"),
    `FAIRLEAD_ROUNDS=1 FAIRLEAD_SEED=${seed}`,
  ).toBe("");
  // Four read it, and three are enough: a zone of a hundred that one of them does not take is its own affair.
  expect(refused.length).toBeLessThan(2);
  // The judges do judge: on rcode and answer there are three of one mind nearly always.
  for (const part of ["rcode", "answer"]) {
    const [clear = 0, open = 0] = decided[part] ?? [];
    expect(open / (clear + open), part).toBeLessThan(0.25);
  }
  // A zone that ends one of them is its own fault, and three are left.
  expect(ended.length).toBeLessThan(2);
  expect(unanswered).toBeLessThan(queries / 100);
});

test("a planted difference is found", async () => {
  const { differences } = await round({
    seed: 1,
    zones: 3,
    queries: 100,
    spoil: (text) => text.replaceAll("192.0.2.", "192.0.3."),
  });
  expect(differences.length).toBeGreaterThan(0);
  for (const { verdicts } of differences)
    for (const { part } of verdicts) expect(["answer", "additional"]).toContain(part);
});
