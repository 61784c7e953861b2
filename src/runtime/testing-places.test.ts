import { spawn } from "node:child_process";
import { once } from "node:events";
import { createServer } from "node:net";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { claimPlace, freePort, type ClaimedPlace } from "./testing-places.ts";

test("places and ports are claimed once, below the ports that systems give out", async () => {
  const places = await Promise.all([claimPlace(), claimPlace(), claimPlace()]);
  expect(new Set(places.map(({ network }) => network)).size).toBe(3);
  expect(new Set(places.map(({ portOffset }) => portOffset)).size).toBe(3);
  expect(places.every(({ portOffset }) => portOffset % 100 === 0 && portOffset + 8853 < 32_768)).toBe(true);
  for (const place of places) place.release();
  const ports = await Promise.all(Array.from({ length: 20 }, () => freePort("127.0.0.1")));
  expect(new Set(ports).size).toBe(20);
  expect(ports.every((port) => port < 32_768 && port % 100 > 1 && port % 100 < 42)).toBe(true);
});

test("a port that somebody has without a claim is passed over", async () => {
  const first = await freePort("127.0.0.1");
  const squatter = createServer();
  onTestFinished(() => void squatter.close());
  // The next one in turn, unless another test has it.
  const isTaken = await new Promise<boolean>((resolve) =>
    squatter.once("error", () => resolve(false)).listen(first + 1, "127.0.0.1", () => resolve(true)),
  );
  expect((await freePort("127.0.0.1")) === first + 1 && isTaken).toBe(false);
});

test("processes that claim at the same time share neither a network nor a port", async () => {
  const program = `import { claimPlace } from ${JSON.stringify(join(import.meta.dirname, "testing-places.ts"))};
    const places = [];
    for (let i = 0; i < 6; i++) places.push(await claimPlace());
    process.stdout.write(JSON.stringify(places));
    process.stdin.resume();`;
  const children = [1, 2].map(() =>
    spawn(process.execPath, ["--input-type=module", "-e", program], { stdio: ["pipe", "pipe", "inherit"] }),
  );
  // They hold what they have until their input ends.
  onTestFinished(async () => {
    for (const child of children) {
      const ended = child.exitCode === null && once(child, "exit");
      child.stdin.end();
      await ended;
    }
  });
  const theirs = await Promise.all(
    children.map(async ({ stdout }) => {
      let text = "";
      for await (const piece of stdout) if ((text += String(piece)).endsWith("]")) break;
      return JSON.parse(text) as ClaimedPlace[];
    }),
  );
  const own = [await claimPlace(), await claimPlace()];
  onTestFinished(() => own.forEach(({ release }) => release()));
  const places = [...theirs.flat(), ...own];
  expect(places.length).toBe(14);
  expect(new Set(places.map(({ network }) => network)).size).toBe(14);
  const ports = places.flatMap(({ portOffset }) =>
    [5300, 7443, 7700, 7780, 8080, 8443, 8853].map((port) => port + portOffset),
  );
  expect(new Set(ports).size).toBe(ports.length);
});
