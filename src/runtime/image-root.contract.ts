// What the command of an image has and has not in a root of its own, where the system lets this process make one: tried with busybox, and with images
// that mean harm. Real namespaces, so among the tests of the platform.

import { spawnSync } from "node:child_process";
import { chmodSync, existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { Readable } from "node:stream";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { prepareRoot } from "./image-root.ts";
import { ImageStore } from "./image-store.ts";
import { tarArchive } from "./tar-writer.ts";
import { removeFolder, temporaryFolder } from "./testing.ts";
import { busyboxLayer, ociArchive } from "./testing-images.ts";

/** The bit of the capability that mounting takes. */
const sysAdmin = 1n << 21n;

/** Runs the suite. */
export function runImageRootContract(): void {
  let folder: string;
  let count = 0;

  beforeEach(() => {
    folder = temporaryFolder();
    writeFileSync(join(folder, "secret"), "outside");
  });

  afterEach(() => removeFolder(folder));

  async function run(
    command: string[],
    config: object = {},
    layers: Uint8Array[] = [],
    environment: Record<string, string> = {},
  ): Promise<{ status: number | null; stdout: string; stderr: string }> {
    const store = new ImageStore(join(folder, "images"));
    const { archive } = ociArchive({ layers: [busyboxLayer(), ...layers], config });
    const { digest } = await store.add(Readable.from([archive]));
    const container = { name: "web", image: ":shop.web.1", storedImage: digest, command, ports: {} };
    const root = join(folder, `web${++count}.root`);
    const { command: words, environment: env } = await prepareRoot(store, container, root, environment, []);
    const [file = "", ...rest] = words;
    const { status, stdout, stderr } = spawnSync(file, rest, { env, encoding: "utf8", timeout: 30_000 });
    return { status, stdout, stderr };
  }

  describe("the root of an image", () => {
    test("is the image's, with its own processes, devices and name, and nothing of the machine's files", async () => {
      process.env["FAIRLEAD_KEY"] = "secret";
      const script = `ls /; ls -a ${folder} 2>&1; ps | cat; echo "[$HOSTNAME $GREETING]"; env; echo x > /dev/null && echo null; cat /etc/hosts; exit 3`;
      const { status, stdout } = await run(["sh", "-c", script], { Env: ["GREETING=image's", "B=b"] }, [], {
        GREETING: "ours",
      });
      delete process.env["FAIRLEAD_KEY"];
      expect(status).toBe(3);
      expect(stdout.split("\n").slice(0, 6)).toEqual(["bin", "dev", "etc", "proc", "tmp", "www"]);
      expect(stdout).toContain(`ls: ${folder}: No such file or directory`);
      expect(stdout).toContain("[web ours]");
      expect(stdout).toContain("B=b\n");
      expect(stdout).toContain("null\n");
      expect(stdout).toContain("127.0.0.1 localhost");
      expect(stdout).not.toMatch(/FAIRLEAD|IMAGE_VARIABLE|secret/);
      // The shell, and what it starts.
      expect(stdout.split("\n").filter((line) => /^ +\d+ root/.test(line)).length).toBeLessThanOrEqual(3);
    });

    test("gives no rights over the machine: no mounts, no new rights, no writing of kernel settings", async () => {
      const script =
        "mount -t tmpfs none /tmp || echo no mount; cat /proc/self/status; echo 1 > /proc/sys/kernel/printk || echo no setting";
      const { stdout } = await run(["sh", "-c", script]);
      expect(stdout).toContain("no mount");
      expect(stdout).toContain("no setting");
      expect(stdout).toMatch(/^NoNewPrivs:\t1$/m);
      for (const set of ["CapEff", "CapBnd"]) {
        const bits = BigInt(`0x${new RegExp(`^${set}:\\t([0-9a-f]+)$`, "m").exec(stdout)?.[1] ?? "0"}`);
        expect([set, (bits & sysAdmin) === 0n]).toEqual([set, true]);
      }
    });

    test("runs as the user that the image names, in the folder it names", async () => {
      const config = { User: "web", WorkingDir: "/srv/new", Entrypoint: ["sh", "-c"] };
      const { stdout } = await run(["id; pwd; cd ..; pwd"], config);
      if (process.getuid?.() === 0)
        expect(stdout).toContain("uid=101(web) gid=102(web) groups=102(web),103(extra)");
      expect(stdout).toContain("/srv/new\n/srv\n");
      const { status, stderr } = await run(["id"], { User: "nobody-here" });
      if (process.getuid?.() === 0)
        expect([status, stderr]).toEqual([
          126,
          'Cannot run as user "nobody-here": the image has no such user\n',
        ]);
    });

    test("what the image puts into its environment means nothing before its command runs", async () => {
      const evil = join(folder, "evil.js");
      writeFileSync(evil, `require("fs").writeFileSync(${JSON.stringify(join(folder, "pwned"))}, "")`);
      const { stdout } = await run(["env"], {
        Env: [`NODE_OPTIONS=--require=${evil}`, "LD_PRELOAD=/evil.so"],
      });
      expect(stdout).toContain(`NODE_OPTIONS=--require=${evil}`);
      expect(existsSync(join(folder, "pwned"))).toBe(false);
    });

    test("a command that is not there, or is none, is told so", async () => {
      expect(await run(["no-such"])).toMatchObject({
        status: 127,
        stderr: expect.stringContaining(
          'Cannot run "no-such": there is no such command in the image',
        ) as string,
      });
      expect(await run(["/etc/passwd"])).toMatchObject({
        status: 126,
        stderr: 'Cannot run "/etc/passwd": EACCES\n',
      });
      await expect(run([])).rejects.toThrow("it names no command, and none is given");
    });

    test("an image that is full of links to places outside changes nothing there", async () => {
      const up = "../".repeat(20);
      const link = (name: string, linkName: string): { name: string; type: string; linkName: string } => ({
        name,
        type: "2",
        linkName,
      });
      const layer = tarArchive([
        link("proc", `${up}${folder.slice(1)}`),
        link("dev", folder),
        link("tmp", folder),
        link("etc/resolv.conf", join(folder, "secret")),
        link("srv", folder),
      ]);
      mkdirSync(join(folder, "shm"));
      chmodSync(folder, 0o700);
      const before = readdirSync(folder).sort();
      await run(["sh", "-c", "echo in > /srv/secret; echo in > /dev/secret"], { WorkingDir: "/srv/sub" }, [
        layer,
      ]);
      expect(readFileSync(join(folder, "secret"), "utf8")).toBe("outside");
      const own = /^(?:images|web\d+\.root)$/;
      expect(
        readdirSync(folder)
          .filter((name) => !own.test(name))
          .sort(),
      ).toEqual(before);
    });

    test("an image that has what stands in the way is refused, and leaves the machine as it was", async () => {
      const layer = tarArchive([{ name: ".old-root", type: "2", linkName: "/" }]);
      const { status, stderr } = await run(["id"], {}, [layer]);
      expect([status, stderr]).toEqual([
        126,
        expect.stringMatching(/^Cannot make a root of the image: EEXIST/),
      ]);
    });
  });
}
