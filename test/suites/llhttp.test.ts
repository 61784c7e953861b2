// The llhttp suite: vectors of requests and responses with the spans or the error that llhttp finds. Our parser accepts and
// refuses the same, at every cut of the input; where it is stricter or wider on purpose, scores/llhttp.json names the case
// and the section. Vectors that show a leniency of llhttp are to be refused. Almost no request of the suite has a Host
// field, which we insist on (RFC 9112 section 3.2): such a one must be refused for that, and agree once it is given one.

import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { type Outcome, readVectors, replay, type Vector } from "./llhttp-vectors.ts";

const root = join(import.meta.dirname, "../..");
const folder = join(process.env["FAIRLEAD_SUITES"] ?? join(root, "../shared/suites"), "llhttp");
const isRequired = process.env["FAIRLEAD_SUITES_REQUIRED"] === "1";

interface Scores {
  vectors: number;
  requests: number;
  responses: number;
  /** Refused for want of a Host field, and the same as llhttp with one. */
  hostAbsent: { section: string; names: string[] };
  /** What we refuse and llhttp takes, by name: our code and section. */
  stricter: Record<string, string>;
  /** What we take and llhttp refuses, by name: why. */
  wider: Record<string, string>;
  /** Accepted by both but read differently, by name: why. */
  different: Record<string, string>;
}

const scores = JSON.parse(readFileSync(join(import.meta.dirname, "scores/llhttp.json"), "utf8")) as Scores;

if (!existsSync(folder) && !isRequired) {
  test.skip("llhttp: the suite is absent", () => {});
} else {
  describe("llhttp", () => {
    const vectors = readVectors(folder);

    test("all vectors are read", () => {
      expect(vectors).toHaveLength(scores.vectors);
      const ofKind = (kind: Vector["kind"]): Vector[] => vectors.filter((vector) => vector.kind === kind);
      expect([ofKind("request").length, ofKind("response").length]).toEqual([
        scores.requests,
        scores.responses,
      ]);
      // Both parsers have vectors that are to be taken and vectors that are to be refused.
      for (const kind of ["request", "response"] as const) {
        const refused = ofKind(kind).filter(
          ({ expected, leniency }) => leniency || expected.end === "refused",
        );
        expect(refused.length).toBeGreaterThan(20);
        expect(ofKind(kind).length - refused.length).toBeGreaterThan(40);
      }
    });

    test("accepts and refuses the same, but for the listed cases", () => {
      const found: Scores = {
        vectors: vectors.length,
        requests: scores.requests,
        responses: scores.responses,
        hostAbsent: { section: scores.hostAbsent.section, names: [] },
        stricter: {},
        wider: {},
        different: {},
      };
      for (const vector of vectors) {
        let input = vector.input;
        let ours = replay(vector, input, []);
        while (ours.code === "host-absent") {
          if (found.hostAbsent.names.at(-1) !== vector.name) found.hostAbsent.names.push(vector.name);
          input = withHost(input, ours.messages.length);
          ours = replay(vector, input, []);
        }
        // llhttp refuses some heads in the middle; we look at fields together at the end, so the head is given one.
        if (vector.expected.end === "refused" && ours.end === "complete") {
          ours = replay(vector, Uint8Array.from([...input, 13, 10, 13, 10]), []);
        }
        const verdict = compare(vector, ours);
        if (verdict)
          found[verdict][vector.name] =
            scores[verdict][vector.name] ?? `new: ${JSON.stringify(ours.code ?? ours)}`;
      }
      expect(found).toEqual(scores);
    });

    test("every cut of every vector has the same outcome", () => {
      for (const vector of vectors) {
        let input = vector.input;
        while (replay(vector, input, []).code === "host-absent") {
          input = withHost(input, replay(vector, input, []).messages.length);
        }
        const whole = replay(vector, input, []);
        const all = Array.from({ length: input.length }, (_, i) => i);
        for (const cut of all)
          expect(replay(vector, input, [cut]), `${vector.name} cut at ${cut}`).toEqual(whole);
        expect(replay(vector, input, all), `${vector.name} octet by octet`).toEqual(whole);
      }
    });
  });
}

/** What sets our outcome apart from the expected one, or undefined. */
function compare(vector: Vector, ours: Outcome): "stricter" | "wider" | "different" | undefined {
  const expected: Outcome = vector.leniency ? { messages: [], end: "refused" } : vector.expected;
  if (expected.end === "refused" && ours.end === "refused") return undefined;
  if (expected.end === "refused") return "wider";
  if (ours.end === "refused") return "stricter";
  const messages = ours.messages.map((message) => ({
    ...message,
    fields: message.fields.filter(([name]) => name !== insertedName),
  }));
  // llhttp counts a message once its first octet is there.
  const begun = expected.messages.filter((message, i) => i < messages.length || message.fields.length > 0);
  const isSame = expected.end === ours.end && JSON.stringify(messages) === JSON.stringify(begun);
  return isSame ? undefined : "different";
}

/** Written so that it cannot be mistaken for a Host field of the vector's own. */
const insertedName = "hOsT";

/** Gives the request after `count` others a Host field that agrees with its target. */
function withHost(input: Uint8Array, count: number): Uint8Array {
  const text = Array.from(input, (octet) => String.fromCharCode(octet)).join("");
  const lines = [...text.matchAll(/(\S+) (\S+) HTTP\/1\.1\r\n/g)];
  const line = lines[count] ?? lines.at(-1);
  if (!line) return input;
  const target = line[2] ?? "";
  const host = line[1] === "CONNECT" ? target : (/^\w+:\/\/([^/?]*)/.exec(target)?.[1] ?? "a");
  const at = line.index + line[0].length;
  return Uint8Array.from(`${text.slice(0, at)}${insertedName}: ${host}\r\n${text.slice(at)}`, (c) =>
    c.charCodeAt(0),
  );
}
