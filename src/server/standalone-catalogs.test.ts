// Catalogs of many members that are followed by a name server that stands alone: what follows from them is done some zones at a turn, so that questions are answered
// meanwhile, whatever the catalog says next; and what cannot be done for one zone is not left undone for others.

import { expect, test } from "vitest";
import { SimulatedNetwork } from "#reactor";
import type { Name } from "#wire";
import { makeCatalog } from "#zone";
import { catalogSoa } from "./served-soa.ts";
import { StandaloneCatalogs } from "./standalone-catalogs.ts";
import { nameOf, openPolicy, peerOf, SimulatedServer } from "./testing-transfers.ts";
import { inOnlyGroup } from "./served-zones.ts";

const policy = { ...openPolicy, primaries: [peerOf("192.0.2.1")] };

/** What follows catalogs, with what was done and said. */
function follower(names: readonly string[]) {
  const server = new SimulatedServer(new SimulatedNetwork({ seed: 1 }), "192.0.2.2");
  const { transfers, image } = server;
  const done: string[] = [];
  const said: string[] = [];
  const act = (sign: string, zone: Name): unknown => done.push(`${sign}${zone.toString()}`);
  const catalogs = new StandaloneCatalogs({
    zones: image,
    transfers,
    listen: [],
    log: (line) => said.push(line),
    now: () => 1,
    follow: (service) => {
      if (service.apex.toString().startsWith("bad")) throw new RangeError("planted");
      act("+", service.apex);
      transfers.serve(service);
    },
    forget: (zone) => act("-", zone),
  });
  const followed = names.map((name) => ({
    role: "followed" as const,
    apex: nameOf(name),
    policy,
    memberPolicy: () => policy,
  }));
  catalogs.replace(
    followed,
    followed.map(({ apex }) => apex),
  );
  catalogs.serve();
  done.length = 0;
  let serial = 1;
  return {
    catalogs,
    done,
    said,
    /** Zones that are served, without the catalogs. */
    served: () => transfers.services().length - names.length,
    /** A version of a catalog comes. @param members  by their unique labels */
    say: (name: string, members: Readonly<Record<string, string>>): void => {
      const list = Object.entries(members).map(([unique, zone]) => ({ unique, zone: nameOf(zone) }));
      transfers.replace(nameOf(name), inOnlyGroup, makeCatalog(catalogSoa(nameOf(name), serial++), list));
      catalogs.follow(nameOf(name));
    },
  };
}

const many = (count: number, label = "u", first = 0): Record<string, string> =>
  Object.fromEntries(Array.from({ length: count }, (_, i) => [`${label}${i}`, `z${first + i}.example.`]));

/** Lets turns go by; in none of them more is done than may be. */
async function turns(count: number, done: readonly string[]): Promise<void> {
  for (let i = 0; i < count; i++) {
    const before = done.length;
    await new Promise(setImmediate);
    expect(done.length - before).toBeLessThanOrEqual(200);
  }
}

test("a catalog of 500 members is taken up in turns of 200, goes to none and comes back", async () => {
  const { say, served, done } = follower(["cat.test."]);
  say("cat.test.", many(500));
  expect(served()).toBe(200);
  await turns(6, done);
  expect(served()).toBe(500);
  say("cat.test.", {});
  expect(served()).toBe(300);
  await turns(6, done);
  expect(served()).toBe(0);
  say("cat.test.", many(500));
  await turns(6, done);
  expect([served(), done.length]).toEqual([500, 1500]);
});

test("versions that come faster than they are taken up end in what the last one says", async () => {
  const { say, served, done } = follower(["cat.test."]);
  say("cat.test.", many(500));
  say("cat.test.", many(500, "v")); // each begins anew (RFC 9432 section 5.4)
  say("cat.test.", {});
  say("cat.test.", many(300, "w", 250));
  await turns(30, done);
  expect(served()).toBe(300);
  // Every zone that is served was taken up after it was let go of last.
  expect(done.lastIndexOf("+z300.example.")).toBeGreaterThan(done.lastIndexOf("-z300.example."));
  expect(done.lastIndexOf("-z5.example.")).toBeGreaterThan(done.lastIndexOf("+z5.example."));
});

test("zones of another catalog are its own once they are let go of, though that is not done yet", async () => {
  const { say, served, said, done } = follower(["a.test.", "b.test."]);
  say("a.test.", many(500));
  await turns(4, done);
  say("b.test.", many(500));
  // Ten of 500 problems are told, and how many more there are.
  expect(said.filter((line) => line.includes("is one of a.test."))).toHaveLength(10);
  expect(said.at(-1)).toBe("b.test.: 490 more problems");
  done.length = 0;
  say("a.test.", {});
  await turns(8, done);
  expect(served()).toBe(500);
  expect([done.filter((line) => line.startsWith("-")).length, done.length]).toEqual([500, 1000]);
});

test("a zone that cannot be taken up is told, and those after it are taken up", async () => {
  const { say, served, said, done } = follower(["cat.test."]);
  say("cat.test.", { a: "bad.example.", ...many(300) });
  await turns(4, done);
  expect(served()).toBe(300);
  expect(said).toContain("bad.example.: planted");
});

test("who is closed takes nothing more up", async () => {
  const { say, served, catalogs, done } = follower(["cat.test."]);
  say("cat.test.", many(500));
  catalogs.close();
  await turns(8, done);
  expect(served()).toBe(200);
});
