// What comes of nodes when their runtime is killed at any moment of a start or an end: the next one has them running, or ends all of them. With
// real processes or containers; seconds long, so among the tests of the platform.

import { spawn } from "node:child_process";
import { expect, test } from "vitest";
import type { ContainerNodeObject } from "#contract";
import type { EngineUnderTest } from "./node-runtime.contract.ts";
import type { RuntimeProgramOrder } from "./testing-node-runtime.ts";
import { ownProgram } from "./own-program.ts";
import { freePort, removeFolder, temporaryFolder, until } from "./testing.ts";

const address = "127.0.0.1";

/** Runs the suite. `socket` is where the container engine is, if it is one. */
export function runKillContract(subject: EngineUnderTest, socket?: string): void {
  test(
    `${subject.title}: a runtime that is killed in the midst of starts and ends is followed by one that has all of it right`,
    { timeout: 240_000 },
    async () => {
      const folder = temporaryFolder();
      const image = await subject.image(folder);
      const nodes = async (version: number): Promise<ContainerNodeObject[]> =>
        Promise.all(
          [1, 2].map(async (number) => ({
            kind: "container-node" as const,
            id: `k${process.pid}-${number}`,
            serviceId: "s",
            service: "shop",
            version,
            number,
            engine: subject.name,
            containers: [
              {
                name: "web",
                ...image,
                command: subject.serve(`version ${version}`),
                ports: { [subject.port]: "HTTP" as const },
              },
              {
                name: "side",
                ...image,
                command: ["sh", "-c", "trap 'exit 0' TERM; sleep 1000 & wait"],
                ports: {},
              },
            ],
            address,
            publicEndpoint: {
              container: "web",
              port: subject.port,
              listen: { address, port: await freePort(address) },
            },
            limits: { cpus: 0.5, memoryOctets: 128 << 20 },
            desired: "running" as const,
          })),
        );
      /** Runs the program; kills it after a while, or once it says that all is as it should be. */
      const run = async (
        wanted: readonly ContainerNodeObject[],
        killAfterMs: number | undefined,
      ): Promise<void> => {
        const order: RuntimeProgramOrder = {
          folder,
          nodes: wanted,
          ...(socket === undefined ? {} : { socket }),
        };
        const [file = "", ...words] = ownProgram("./testing-node-runtime", import.meta.url);
        const program = spawn(file, [...words, JSON.stringify(order)], {
          stdio: ["ignore", "pipe", "inherit"],
        });
        const states = new Map<string, { state: string; version: number }>();
        let text = "";
        program.stdout.setEncoding("utf8").on("data", (part: string) => {
          const lines = (text + part).split("\n");
          text = lines.pop() ?? "";
          for (const line of lines) {
            const state = JSON.parse(line) as { id: string; state: string; version: number };
            states.set(state.id, state);
          }
        });
        const isOver = new Promise((resolve) => program.once("exit", resolve));
        const isRight = async (): Promise<boolean> =>
          wanted.length === 0
            ? (await subject.leftovers(folder)).length === 0
            : wanted.every(
                ({ id, version }) =>
                  states.get(id)?.state === "running" && states.get(id)?.version === version,
              );
        try {
          if (killAfterMs === undefined)
            await until(
              `all is right, now ${JSON.stringify([...states.values()])}`,
              isRight,
              4 * subject.startMs,
            );
          else await new Promise((resolve) => setTimeout(resolve, killAfterMs));
        } finally {
          program.kill("SIGKILL");
          await isOver;
        }
      };
      try {
        let wanted: ContainerNodeObject[] = [];
        for (let version = 1; version <= 3; version++) {
          wanted = await nodes(version);
          // From before anything is started to when most of it is, at uneven steps.
          for (const ms of [150, 310, 470, 690]) await run(wanted, ms * subject.killScale);
          await run(wanted, undefined);
          for (const { publicEndpoint } of wanted) {
            const response = await fetch(`http://${address}:${publicEndpoint?.listen.port}/`);
            expect(await response.text()).toBe(`version ${version}`);
          }
        }
        for (const ms of [200, 400]) await run([], ms * subject.killScale);
        await run([], undefined);
        expect(await subject.leftovers(folder)).toEqual([]);
      } finally {
        removeFolder(folder);
      }
    },
  );
}
