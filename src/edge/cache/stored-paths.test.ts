// What is stored under paths, before it is purged: by one path, by what paths begin with, and nothing of what was purged or never kept.

import { expect, test } from "vitest";
import type { StoredAnswer } from "#contract";
import { distribution, response, transparent } from "../testing-distribution.ts";

const fresh = "Cache-Control: max-age=60\r\n";

/** A distribution that keeps what is not below /never. */
function world() {
  const made = distribution((request) =>
    response("content", request.startsWith("GET /never") ? "Cache-Control: no-store\r\n" : fresh),
  );
  made.set(transparent, []);
  const look = (...paths: string[]): StoredAnswer["paths"] =>
    (
      made.engine.readLive(
        { ask: "stored", resourceId: "d1", paths },
        { monotonic: 0, wall: 0 },
      ) as StoredAnswer
    ).paths;
  return { ...made, look };
}

const none = { responses: 0, octets: 0, examples: [], more: false, isCut: false };

test("one path is counted alone, a prefix with all that begins so, and what is not kept not at all", () => {
  const { get, look, asked } = world();
  for (const path of ["/a", "/a?x=1", "/img/1", "/img/2", "/never/1"]) get(path);
  expect(look("/a", "/img/*", "/never/1", "/never/*", "/b")).toEqual([
    { path: "/a", responses: 1, octets: 7, examples: ["/a"], more: false, isCut: false },
    { path: "/img/*", responses: 2, octets: 14, examples: ["/img/1", "/img/2"], more: false, isCut: false },
    { path: "/never/1", ...none },
    { path: "/never/*", ...none },
    { path: "/b", ...none },
  ]);
  const before = asked.length;
  expect(look("/*")[0]).toMatchObject({ responses: 4, octets: 28 });
  // Looking changed nothing.
  get("/a");
  expect(asked.length).toBe(before);
});

test("what was purged or reset is not there any more, though nobody has asked for it since", () => {
  const { get, set, look } = world();
  for (const path of ["/a", "/img/1", "/img/2"]) get(path);
  const orders = [{ number: 1, paths: ["/img/*"] }];
  set(transparent, orders);
  expect(look("/img/*", "/*").map(({ responses }) => responses)).toEqual([0, 1]);
  get("/img/1");
  expect(look("/img/*")[0]).toMatchObject({ responses: 1, examples: ["/img/1"] });
  set(transparent, [...orders, { number: 2, paths: ["/*"] }]);
  expect(look("/*")[0]).toEqual({ path: "/*", ...none });
});

test("examples are few, the count is not; beyond the most that is looked at it is said that there is more", () => {
  const { get, look } = world();
  for (let i = 0; i < 40; i++) get(`/many/${i}`);
  expect(look("/many/*")[0]).toMatchObject({ responses: 40, more: true, isCut: false });
  expect(look("/many/*")[0]?.examples.length).toBe(5);
});

test("variants of one path are one example", () => {
  const { engine, set, look, get } = distributionOfVariants();
  set(transparent, []);
  get("/v", "Accept-Language: de\r\n");
  get("/v", "Accept-Language: en\r\n");
  expect(look(engine)).toMatchObject({ responses: 2, examples: ["/v"], more: false });
});

function distributionOfVariants() {
  const made = distribution(() => response("content", `${fresh}Vary: Accept-Language\r\n`));
  const look = (engine: typeof made.engine): unknown =>
    (
      engine.readLive(
        { ask: "stored", resourceId: "d1", paths: ["/*"] },
        { monotonic: 0, wall: 0 },
      ) as StoredAnswer
    ).paths[0];
  return { ...made, look };
}

test("a distribution that is not there has nothing", () => {
  const { engine } = world();
  expect(
    engine.readLive({ ask: "stored", resourceId: "d2", paths: ["/a"] }, { monotonic: 0, wall: 0 }),
  ).toEqual({ paths: [] });
});
