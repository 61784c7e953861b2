// DNS UPDATE of a platform's zones by BIND's nsupdate: what it sends is a change of the history, served by all four name servers when it is
// answered, signed with the zone, and taken back by an undo. What external-dns and certbot send; a control that is away; messages that nobody should
// send.

import { spawn, spawnSync } from "node:child_process";
import { createSocket } from "node:dgram";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { Change } from "#contract";
import { rolePid, startPlatform, type Platform } from "./harness.ts";

const secret = "q0c3Fk5WyGyJYl3GmsAL8AE1P2OdRkMVEFQTVIGIcm0=";
describe("updates", () => {
  let folder: string;
  let platform: Platform;
  let port: string;

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), "fl-update-"));
    const key = (name: string, algorithm: string): string =>
      `key "${name}" { algorithm ${algorithm}; secret "${secret}"; };\n`;
    writeFileSync(
      join(folder, "keys"),
      key("external-dns", "hmac-sha256") + key("certbot", "hmac-sha512") + key("nobody", "hmac-sha256"),
    );
    platform = await startPlatform({
      words: [
        "--tsig",
        join(folder, "keys"),
        "--allow-transfer",
        "key:external-dns",
        "--allow-update",
        "updated.test=key:external-dns",
        "--allow-update",
        "updated.test=key:certbot;below=_acme-challenge.updated.test;types=TXT",
      ],
    });
    port = String(platform.port(5301));
    await platform.succeed("POST", "/v1/domains", { name: "updated.test" });
    await platform.succeed("PUT", "/v1/zones/updated.test/rrsets", {
      name: "www",
      type: "A",
      ttl: 60,
      records: ["192.0.2.1"],
    });
    await platform.succeed("PUT", "/v1/zones/updated.test/aliases", {
      name: "go",
      target: "www.updated.test",
    });
  });

  afterAll(async () => {
    await platform?.remove();
    rmSync(folder, { recursive: true, force: true });
  });

  const server = (i = 1): string => platform.address(`127.53.2.${i}`);

  /** What nsupdate is answered, by its code; its lines end with `send`. */
  function nsupdate(
    key: string,
    lines: readonly string[],
    options: { algorithm?: string; secret?: string; tcp?: boolean } = {},
  ): string {
    const { algorithm = key === "certbot" ? "hmac-sha512" : "hmac-sha256" } = options;
    const signed = key === "" ? [] : [`key ${algorithm}:${key} ${options.secret ?? secret}`];
    const input = [`server ${server()} ${port}`, "zone updated.test", ...signed, ...lines, "send", ""].join(
      "\n",
    );
    // What comes while too much is being looked at is dropped: it asks again.
    const words = ["-d", "-t", "80", "-u", "4", "-r", "19", ...(options.tcp ? ["-v"] : [])];
    const { stdout, stderr } = spawnSync("nsupdate", words, { input, encoding: "utf8", timeout: 90_000 });
    const codes = [
      ...`${stdout}${stderr}`.matchAll(/opcode: UPDATE, status: (\w+), id: +(\d+)\n;; flags: qr/g),
    ];
    return codes.at(-1)?.[1] ?? `nothing:\n${stdout}${stderr}`;
  }

  function dig(...words: string[]): string {
    return spawnSync("dig", ["-p", port, "+norecurse", ...words], { encoding: "utf8" }).stdout;
  }

  const short = (name: string, type = "A", i = 1): string =>
    dig(`@${server(i)}`, "+short", name === "" ? "updated.test" : `${name}.updated.test`, type).trim();
  const changes = async (): Promise<Change[]> =>
    (await platform.call<{ changes: Change[] }>("GET", "/v1/changes?limit=5")).changes;

  test("an answered update is served by every name server, signed, in the history, and can be undone", async () => {
    expect(nsupdate("external-dns", ["update add new.updated.test 60 A 192.0.2.9"])).toBe("NOERROR");
    for (const i of [1, 2, 3, 4]) expect(short("new", "A", i)).toBe("192.0.2.9");
    expect(dig(`@${server()}`, "+dnssec", "new.updated.test", "A")).toMatch(/\sRRSIG\sA 13 /);
    const [change] = await changes();
    expect(change).toMatchObject({ actor: "tsig:external-dns", title: "Update A at new.updated.test" });
    await platform.succeed("POST", `/v1/changes/${change?.id}/undo`, {});
    expect(short("new")).toBe("");
  });

  test("what external-dns does: reads the zone whole, replaces an address, keeps its note of ownership beside it", () => {
    const whole = dig(`@${server()}`, "-y", `hmac-sha256:external-dns:${secret}`, "updated.test", "AXFR");
    expect(whole).toMatch(/^www\.updated\.test\.\s+60\s+IN\s+A\s+192\.0\.2\.1$/m);
    const note = '"heritage=external-dns,external-dns/owner=default"';
    const add = [
      "update add app.updated.test 300 A 192.0.2.10",
      `update add a-app.updated.test 300 TXT ${note}`,
    ];
    expect(nsupdate("external-dns", add, { tcp: true })).toBe("NOERROR");
    const replace = [
      "update delete app.updated.test A",
      "update add app.updated.test 300 A 192.0.2.11",
      "update add app.updated.test 300 A 192.0.2.12",
    ];
    expect(nsupdate("external-dns", replace)).toBe("NOERROR");
    expect(short("app").split("\n").sort()).toEqual(["192.0.2.11", "192.0.2.12"]);
    expect(short("a-app", "TXT")).toBe(note);
    const end = ["update delete app.updated.test A", "update delete a-app.updated.test TXT"];
    expect(nsupdate("external-dns", end)).toBe("NOERROR");
    expect([short("app"), short("a-app", "TXT")]).toEqual(["", ""]);
  });

  test("what certbot does: finds the zone by its SOA, adds a token, takes it away; more it may not", () => {
    expect(dig(`@${server()}`, "updated.test", "SOA")).toMatch(/flags: qr aa/);
    const name = "_acme-challenge.updated.test";
    expect(nsupdate("certbot", [`update add ${name} 120 TXT "token"`])).toBe("NOERROR");
    expect(short("_acme-challenge", "TXT", 3)).toBe('"token"');
    expect(nsupdate("certbot", [`update delete ${name} 0 TXT "token"`])).toBe("NOERROR");
    expect(short("_acme-challenge", "TXT", 3)).toBe("");
    expect(nsupdate("certbot", ["update add www.updated.test 60 A 192.0.2.66"])).toBe("REFUSED");
    expect(nsupdate("certbot", [`update add ${name} 60 CAA 0 issue "x.test"`])).toBe("REFUSED");
    expect(short("www")).toBe("192.0.2.1");
  });

  test("prerequisites have the codes of the RFC", () => {
    const edit = "update add never.updated.test 60 A 192.0.2.9";
    for (const [prerequisite, code] of [
      ["nxdomain www.updated.test", "YXDOMAIN"],
      ["yxdomain nothing.updated.test", "NXDOMAIN"],
      ["nxrrset www.updated.test A", "YXRRSET"],
      ["yxrrset www.updated.test A 192.0.2.2", "NXRRSET"],
      ["yxdomain www.other.test", "NOTZONE"],
    ] as const)
      expect([prerequisite, nsupdate("external-dns", [`prereq ${prerequisite}`, edit])]).toEqual([
        prerequisite,
        code,
      ]);
    expect(short("never")).toBe("");
  });

  test("what must not be: unsigned, wrongly signed, of an unknown key, of what the platform makes, of another's zone", async () => {
    const edit = ["update add bad.updated.test 60 A 192.0.2.9"];
    const before = await changes();
    expect(nsupdate("", edit)).toBe("REFUSED");
    expect(nsupdate("nobody", edit)).toBe("REFUSED");
    expect(nsupdate("external-dns", edit, { secret: "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=" })).toBe(
      "NOTAUTH",
    );
    expect(nsupdate("stranger", edit)).toBe("NOTAUTH");
    expect(nsupdate("external-dns", edit, { algorithm: "hmac-sha512" })).toBe("NOTAUTH");
    expect(nsupdate("external-dns", ["update delete go.updated.test A"])).toBe("REFUSED");
    expect(nsupdate("external-dns", ["update add updated.test 60 NS ns.other.test."])).toBe("REFUSED");
    expect(nsupdate("external-dns", ["update add www.other.test 60 A 192.0.2.9"])).toBe("NOTZONE");
    const foreign = ["zone test", "update add other.test 60 NS ns.other.test."];
    expect(nsupdate("external-dns", foreign)).toMatch(/NOTAUTH|REFUSED/);
    expect(await changes()).toEqual(before);
    expect(short("bad")).toBe("");
    expect(short("go")).toBe("192.0.2.1");
  });

  test("mutated messages are answered or dropped, change nothing, and the next update goes through", async () => {
    const message = await captured(["update add caught.updated.test 60 A 192.0.2.9"]);
    const before = await changes();
    const socket = createSocket("udp4");
    const answers: number[] = [];
    socket.on("message", (answer) => answers.push((answer[3] ?? 0) & 0xf));
    const send = (octets: Uint8Array): void => socket.send(octets, Number(port), server());
    for (let i = 0; i < message.length; i++) {
      const flipped = Uint8Array.from(message);
      flipped[i] = flipped[i]! ^ 0xff;
      if (i > 1) send(flipped); // its ID is no part of what is signed
      send(message.subarray(0, i));
      if (i % 16 === 0) await wait(1);
    }
    expect(nsupdate("external-dns", ["update add after.updated.test 60 A 192.0.2.9"])).toBe("NOERROR");
    await expect.poll(() => answers.length, { timeout: 60_000 }).toBeGreaterThan(0);
    socket.close();
    expect(answers.filter((code) => code === 0)).toEqual([]);
    const titles = (await changes()).filter(({ id }) => !before.some((old) => old.id === id));
    expect(titles.map(({ title }) => title)).toEqual(["Update A at after.updated.test"]);
  });

  /** The octets that nsupdate sends, caught by somebody who does not answer. */
  async function captured(lines: readonly string[]): Promise<Uint8Array> {
    const catcher = createSocket("udp4");
    const caught = Promise.withResolvers<Uint8Array>();
    catcher.on("message", (message) => caught.resolve(message));
    await new Promise<void>((resolve) => catcher.bind(0, "127.0.0.1", resolve));
    const input = [
      `server 127.0.0.1 ${catcher.address().port}`,
      "zone updated.test",
      `key hmac-sha256:external-dns ${secret}`,
      ...lines,
      "send",
      "",
    ].join("\n");
    const child = spawn("nsupdate", ["-t", "1", "-u", "1", "-r", "0"], {
      stdio: ["pipe", "ignore", "ignore"],
    });
    child.stdin.end(input);
    const octets = await caught.promise;
    catcher.close();
    return octets;
  }

  test("name servers that are killed give the differences of before", async () => {
    const serial = (): number => Number(short("", "SOA").split(" ")[2]);
    const transfer = (since: number): string =>
      dig(`@${server()}`, "-y", `hmac-sha256:external-dns:${secret}`, "updated.test", `IXFR=${since}`);
    const before = serial();
    expect(nsupdate("external-dns", ["update add kept.updated.test 60 A 192.0.2.9"])).toBe("NOERROR");
    process.kill(await rolePid(platform.data, "names"), "SIGKILL");
    // What they had written down may be of a moment before: then they are told the rest.
    let told = "";
    for (
      const until = performance.now() + 90_000;
      !told.includes("kept.updated.test") && performance.now() < until;
      await wait(200)
    )
      told = transfer(before);
    const soas = [...told.matchAll(/\sIN\s+SOA\s/g)].length;
    expect(soas).toBe(4); // the newest, the one before, the newest, and once more at the end
    expect(told).toMatch(/^kept\.updated\.test\.\s+60\s+IN\s+A\s+192\.0\.2\.9$/m);
  });

  test("while control is away: SERVFAIL with the reason, names are served on; then it works again", async () => {
    const control = await rolePid(platform.data, "control");
    // Nothing is started again before the update has come.
    platform.supervisor.kill("SIGSTOP");
    process.kill(control, "SIGKILL");
    const edit = ["update add late.updated.test 60 A 192.0.2.9"];
    expect(nsupdate("external-dns", edit)).toBe("SERVFAIL");
    expect(short("www")).toBe("192.0.2.1");
    platform.supervisor.kill("SIGCONT");
    let code = "";
    for (
      const until = performance.now() + 90_000;
      code !== "NOERROR" && performance.now() < until;
      await wait(200)
    )
      code = nsupdate("external-dns", edit);
    expect(code).toBe("NOERROR");
    expect(short("late", "A", 4)).toBe("192.0.2.9");
  });
});
