// TLS at a listener, which every driver that has it passes, from outside: Node's own client, sockets that speak TLS badly or not at all, and what
// the engine and the port are told. What an engine can count on over TLS is in tls-streams.test.ts.

import { createPrivateKey } from "node:crypto";
import { once } from "node:events";
import { connect as connectTcp, type Socket } from "node:net";
import { Duplex } from "node:stream";
import { connect as connectTls, type ConnectionOptions, type TLSSocket } from "node:tls";
import { endpoint, formatEndpoint } from "#engine";
import { tlsPolicyTable } from "#contract";
import { afterEach, describe, expect, test, vi } from "vitest";
import type { Driver, EngineFault, FaultListener } from "./driver.ts";
import { happenings, Probe } from "./testing.ts";
import { makeCertificate, TestTlsServer } from "./testing-tls.ts";

const first = await makeCertificate(["shop.test"]);
const second = await makeCertificate(["shop.test", "second.test"]);
const rsa = await makeCertificate(["shop.test"], "rsa");

/** A hello of Node's client. */
const helloOctets = await new Promise<Buffer>((resolve) => {
  const socket = new Duplex({ read() {}, write: (chunk: Buffer) => resolve(chunk) });
  connectTls({ socket, servername: "shop.test" }).on("error", () => {});
});

/** A driver, and what ends all of it. */
export interface TlsHarness {
  readonly driver: Driver;
  /** Lets time pass at once, while Node's own timers stand still. */
  readonly pass: (milliseconds: number) => void;
  readonly close: () => Promise<void>;
}

/** Runs the suite. */
export function runTlsContract(make: (onFault: FaultListener) => TlsHarness): void {
  const closers: (() => Promise<void> | void)[] = [];
  afterEach(async () => {
    vi.useRealTimers();
    for (const close of closers.splice(0).reverse()) await close();
  });

  /** An engine that echoes, behind TLS. */
  async function start(tls: TestTlsServer) {
    const faults: EngineFault[] = [];
    const { driver, close, pass } = make((fault) => faults.push(fault));
    const probe: Probe = new Probe({
      received: (slot, input, length) => void probe.effects.write(slot, input.slice(0, length)),
      ended: (slot) => probe.effects.end(slot),
    });
    const attachment = await driver.attach(probe, [{ transport: "tcp", address: "127.0.0.1", port: 0, tls }]);
    closers.push(close);
    tls.onEnd = () => happenings.notify();
    const port = attachment.listeners[0]?.port ?? 0;
    return { probe, port, faults, attachment, pass };
  }

  async function until(condition: () => boolean): Promise<void> {
    while (!condition()) await happenings.next();
  }

  /** Connects; the promise is of the finished handshake, or of the error's code. */
  async function handshake(
    port: number,
    options: ConnectionOptions = {},
  ): Promise<{ socket: TLSSocket; error: string }> {
    const socket = connectTls({
      host: "127.0.0.1",
      port,
      servername: "shop.test",
      ca: [first.chain, second.chain, rsa.chain],
      ...options,
    });
    closers.push(() => void socket.destroy());
    const error = await new Promise<string>((resolve) => {
      socket.once("secureConnect", () => resolve(""));
      socket.on("error", (failure: Error & { code?: string }) => resolve(failure.code ?? failure.message));
    });
    return { socket, error };
  }

  async function echo(socket: TLSSocket, text: string): Promise<string> {
    socket.write(text);
    const [answer] = (await once(socket, "data")) as [Buffer];
    return answer.toString();
  }

  function names(socket: TLSSocket): string {
    return socket.getPeerCertificate().subjectaltname ?? "";
  }

  /** A TCP connection, and all that comes back until it is gone. */
  function dialRaw(port: number): { socket: Socket; gone: Promise<{ octets: number[]; error: string }> } {
    const socket = connectTcp({ host: "127.0.0.1", port });
    closers.push(() => void socket.destroy());
    const octets: number[] = [];
    let error = "";
    socket.on("data", (chunk: Buffer) => octets.push(...chunk));
    socket.on("error", (failure: Error & { code?: string }) => (error = failure.code ?? ""));
    const gone = new Promise<{ octets: number[]; error: string }>((resolve) => {
      socket.on("close", () => resolve({ octets, error }));
    });
    return { socket, gone };
  }

  test("the next handshake has the new certificate; connections that are open live on", async () => {
    const tls = new TestTlsServer(first);
    const { port } = await start(tls);
    const before = await handshake(port);
    expect(names(before.socket)).toBe("DNS:shop.test");
    tls.serve(second);
    const after = await handshake(port);
    expect(names(after.socket)).toBe("DNS:shop.test, DNS:second.test");
    expect(await echo(before.socket, "still here")).toBe("still here");
    expect(await echo(after.socket, "hello")).toBe("hello");
    expect(tls.hellos).toEqual(["shop.test", "shop.test"]);
  });

  test("the port is asked with local address and name, and told how it went; the engine sees who is there", async () => {
    const tls = new TestTlsServer(first);
    const asked: string[] = [];
    vi.spyOn(tls, "choose").mockImplementation(({ local, serverName }) => {
      asked.push(`${formatEndpoint(local)} ${serverName}`);
      return tls.choice;
    });
    const { port, probe } = await start(tls);
    const { socket } = await handshake(port, {
      servername: "www.shop.test",
      checkServerIdentity: () => undefined,
    });
    await until(() => probe.saw("accepted"));
    expect(asked).toEqual([`127.0.0.1:${port} www.shop.test`]);
    expect(tls.outcomes).toEqual(["finished TLSv1.3"]);
    expect(formatEndpoint(probe.from)).toBe(`127.0.0.1:${socket.localPort}`);
    expect(formatEndpoint(probe.to)).toBe(formatEndpoint(endpoint("127.0.0.1", port)));
  });

  describe.each(["TLSv1.3", "TLSv1.2"] as const)("sessions of %s", (version) => {
    async function visit(port: number, session?: Buffer<ArrayBuffer>) {
      const options: ConnectionOptions = {
        minVersion: version,
        maxVersion: version,
        ...(session ? { session } : {}),
      };
      const { socket, error } = await handshake(port, options);
      expect(error).toBe("");
      let ticket = version === "TLSv1.2" ? Buffer.from(socket.getSession() ?? "") : undefined;
      socket.on("session", (given: Buffer) => (ticket = Buffer.from(given)));
      await echo(socket, "a"); // tickets come before the first octet
      const isResumed = socket.isSessionReused();
      socket.destroy();
      return { isResumed, ticket };
    }

    test("are resumed, also where the certificate was swapped meanwhile", async () => {
      const tls = new TestTlsServer(first);
      const { port } = await start(tls);
      const begun = await visit(port);
      expect(begun.isResumed).toBe(false);
      expect((await visit(port, begun.ticket)).isResumed).toBe(true);
      tls.serve(second);
      expect((await visit(port, begun.ticket)).isResumed).toBe(true);
      expect(tls.outcomes.at(-1)).toBe(`finished ${version} resumed`);
    });

    test("are not resumed in another scope, nor with another ticket key", async () => {
      const tls = new TestTlsServer(first);
      const { port } = await start(tls);
      const begun = await visit(port);
      tls.serve(first, { scope: "other" });
      expect((await visit(port, begun.ticket)).isResumed).toBe(false);
      tls.serve(first);
      expect((await visit(port, begun.ticket)).isResumed).toBe(true);
      tls.key = { version: 2, octets: new Uint8Array(48).fill(9) };
      expect((await visit(port, begun.ticket)).isResumed).toBe(false);
    });
  });

  test.each<[string, string[] | undefined, string, string | false | null]>([
    ["http/1.1 among others", ["h2", "http/1.1"], "", "http/1.1"],
    ["no list", undefined, "", false],
    ["others only", ["h2", "spdy/3"], "ERR_SSL_TLSV1_ALERT_NO_APPLICATION_PROTOCOL", null],
  ])("ALPN: a client that offers %s (RFC 7301 section 3.2)", async (_name, offered, expected, agreed) => {
    const tls = new TestTlsServer(first);
    const { port } = await start(tls);
    const { socket, error } = await handshake(port, offered ? { ALPNProtocols: offered } : {});
    expect(error).toBe(expected);
    expect(agreed === null ? null : socket.alpnProtocol).toBe(agreed);
    await until(() => tls.outcomes.length > 0);
    expect(tls.outcomes).toEqual([agreed === null ? "no-protocol" : "finished TLSv1.3"]);
  });

  test("where nothing is served the handshake is refused with unrecognized_name, at once", async () => {
    const tls = new TestTlsServer(undefined);
    const { port, probe } = await start(tls);
    expect((await handshake(port)).error).toBe("ERR_SSL_TLSV1_UNRECOGNIZED_NAME");
    expect(tls.outcomes).toEqual(["unrecognized-name"]);
    expect(probe.events).toEqual([]);
    tls.serve(first);
    expect((await handshake(port)).error).toBe("");
  });

  test("TLS 1.0 and 1.1 are refused (RFC 8996)", async () => {
    const tls = new TestTlsServer(rsa);
    const { port } = await start(tls);
    for (const version of ["TLSv1", "TLSv1.1"] as const) {
      const options = { minVersion: version, maxVersion: version, ciphers: "DEFAULT@SECLEVEL=0" } as const;
      expect((await handshake(port, options)).error).toBe("ERR_SSL_TLSV1_ALERT_PROTOCOL_VERSION");
    }
  });

  describe.each(["TLS-2016-08", "TLS-FS-Res-1-2-2019-08"] as const)("policy %s", (policy) => {
    const all = new Set(Object.values(tlsPolicyTable).flatMap(({ ciphers }) => ciphers));
    const others = [
      "ECDHE-RSA-CHACHA20-POLY1305",
      "DHE-RSA-AES128-GCM-SHA256",
      "CAMELLIA128-SHA",
      "AES128-CCM",
    ];

    async function isTaken(port: number, cipher: string): Promise<boolean> {
      const isNew = cipher.startsWith("TLS_");
      const version = isNew ? "TLSv1.3" : "TLSv1.2";
      const { socket, error } = await handshake(port, {
        ciphers: isNew ? cipher : `${cipher}:@SECLEVEL=0`,
        minVersion: version,
        maxVersion: version,
      });
      if (error === "") expect(socket.getCipher().name).toBe(cipher);
      else expect(error).toMatch(/HANDSHAKE_FAILURE/);
      socket.destroy();
      return error === "";
    }

    test("has its ciphers and no other", async () => {
      const tls = new TestTlsServer(undefined);
      const { port } = await start(tls);
      const row = tlsPolicyTable[policy];
      const taken: string[] = [];
      for (const cipher of [...all, ...others]) {
        tls.serve(cipher.includes("ECDSA") ? first : rsa, { policy });
        if (await isTaken(port, cipher)) taken.push(cipher);
      }
      expect(taken.sort()).toEqual([...row.ciphers].sort());
    });
  });

  test("what is no TLS is answered with an alert and the end, not with silence", async () => {
    const tls = new TestTlsServer(first);
    const { port, probe } = await start(tls);
    const { socket, gone } = dialRaw(port);
    socket.write("GET / HTTP/1.1\r\nHost: shop.test\r\n\r\n");
    expect((await gone).octets).toEqual([21, 3, 3, 0, 2, 2, 10]);
    expect(tls.outcomes).toEqual(["malformed"]);
    expect(probe.events).toEqual([]);
  });

  test("a hello that the reader takes and the library does not ends the connection", async () => {
    const tls = new TestTlsServer(first);
    const { port, probe } = await start(tls);
    const { socket, gone } = dialRaw(port);
    const content = [3, 3, ...Array.from({ length: 32 }, () => 0), 0, 0, 2, 0xff, 0xff, 1, 0];
    socket.write(Buffer.from([22, 3, 1, 0, content.length + 4, 1, 0, 0, content.length, ...content]));
    expect((await gone).octets).toEqual([21, 3, 3, 0, 2, 2, 40]); // handshake_failure
    await until(() => tls.outcomes.length > 0);
    expect(tls.outcomes).toEqual(["failed"]);
    expect(probe.events).toEqual([]);
  });

  test.each<[string, (tls: TestTlsServer) => void]>([
    [
      "a key that is not the certificate's",
      (tls) => tls.serve({ ...first, version: "mixed", key: second.key }),
    ],
    ["a chain that is none", (tls) => tls.serve({ ...first, version: "none", chain: "nothing" })],
    [
      "a port that throws",
      (tls) =>
        vi.spyOn(tls, "choose").mockImplementation(() => {
          throw new RangeError("planted");
        }),
    ],
  ])("%s is reported and refused; the next handshake is as good as ever", async (_name, spoil) => {
    const tls = new TestTlsServer(first);
    const { port, faults } = await start(tls);
    spoil(tls);
    expect((await handshake(port)).error).toBe("ERR_SSL_TLSV1_ALERT_INTERNAL_ERROR");
    expect(faults).toHaveLength(1);
    vi.restoreAllMocks();
    tls.serve(first);
    expect((await handshake(port)).error).toBe("");
  });

  test.each<[string, (socket: Socket) => void]>([
    ["sends nothing", () => {}],
    ["drips a hello", (socket) => void socket.write(Buffer.from([22, 3]))],
    ["stops after its hello", (socket) => void socket.write(helloOctets)],
    ["was refused and stays", (socket) => void socket.write("GET / HTTP/1.1\r\n\r\n")],
  ])("a client that %s is dropped when its time is over", async (name, speak) => {
    vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
    const tls = new TestTlsServer(first, { handshakeMs: 7000 });
    const { port, probe, pass } = await start(tls);
    const socket = connectTcp({ host: "127.0.0.1", port, allowHalfOpen: true });
    closers.push(() => void socket.destroy());
    socket.on("error", () => {});
    const gone = new Promise((resolve) => socket.on("close", resolve));
    await once(socket, "connect");
    speak(socket);
    // Its octets are read before those of a second client, whose handshake is done.
    const other = await handshake(port);
    expect(other.error).toBe("");
    await until(() => tls.outcomes.some((kind) => kind.startsWith("finished")));
    const isAnswered = !name.startsWith("sends") && !name.startsWith("drips");
    if (isAnswered) await once(socket, "readable");
    const before = tls.outcomes.length;
    pass(4000);
    await new Promise((resolve) => setImmediate(resolve));
    expect(tls.outcomes.length).toBe(before);
    pass(4000);
    await new Promise((resolve) => setImmediate(resolve));
    await new Promise((resolve) => setImmediate(resolve));
    socket.resume();
    socket.write("a"); // whoever has had the end already learns of a reset by writing
    await gone;
    expect(tls.outcomes.filter((kind) => !kind.startsWith("finished"))).toEqual([
      name.startsWith("was") ? "malformed" : "timeout",
    ]);
    expect(probe.count("accepted")).toBe(1);
  });

  test("a thousand half-open handshakes keep a bounded number, and nobody out", async () => {
    const tls = new TestTlsServer(first, { handshakes: 50 });
    const { port, probe } = await start(tls);
    const sockets: Socket[] = [];
    for (let i = 0; i < 1000; i++) {
      const socket = connectTcp({ host: "127.0.0.1", port });
      socket.on("error", () => {});
      if (i % 2 === 0) socket.write(helloOctets.subarray(0, 1 + (i % helloOctets.length)));
      sockets.push(socket);
      if (i % 100 === 99) await once(socket, "connect");
    }
    closers.push(() => sockets.forEach((socket) => socket.destroy()));
    expect((await handshake(port)).error).toBe("");
    await until(() => probe.saw("accepted"));
    const evicted = tls.outcomes.filter((kind) => kind === "evicted").length;
    expect(evicted).toBeGreaterThan(900);
    // None was ended for another reason; with the one that finished they are all.
    expect(tls.outcomes.length).toBe(evicted + 1);
    expect((await handshake(port)).error).toBe("");
  });

  test("what is no record after the handshake is a reset to the engine", async () => {
    const tls = new TestTlsServer(first);
    const { port, probe } = await start(tls);
    const raw = connectTcp({ host: "127.0.0.1", port });
    const socket = connectTls({ socket: raw, servername: "shop.test", ca: first.chain });
    socket.on("error", () => {});
    await once(socket, "secureConnect");
    await echo(socket, "a");
    raw.write("no record of TLS");
    await until(() => probe.saw("closed"));
    expect(probe.events.at(-1)).toBe("closed 0 reset");
    expect(probe.saw("ended")).toBe(false);
  });

  test("an end of TCP without close_notify is an end to the engine (RFC 9112 section 9.8)", async () => {
    const tls = new TestTlsServer(first);
    const { port, probe } = await start(tls);
    const raw = connectTcp({ host: "127.0.0.1", port, allowHalfOpen: true });
    const socket = connectTls({ socket: raw, servername: "shop.test", ca: first.chain });
    await once(socket, "secureConnect");
    await echo(socket, "a");
    raw.end();
    await until(() => probe.saw("closed"));
    expect(probe.events.slice(-2)).toEqual(["ended 0", "closed 0 cleanly"]);
  });

  test("renegotiation is refused, and the connection goes on (RFC 5246 section 7.2.2)", async () => {
    const tls = new TestTlsServer(first);
    const { port, probe } = await start(tls);
    const { socket } = await handshake(port, { maxVersion: "TLSv1.2" });
    const failure = await new Promise<Error | null>((resolve) => {
      socket.on("error", resolve);
      socket.renegotiate({}, resolve);
    });
    expect(failure?.message).toMatch(/renegotiation/i);
    expect(probe.count("accepted")).toBe(1);
  });

  test("where clients have to show a certificate, those of its authorities are let in and nobody else", async () => {
    const tls = new TestTlsServer(undefined);
    tls.serve(first, { clientAuthorities: second.chain });
    const { port, probe } = await start(tls);
    const shown = ({ chain, key }: typeof first): ConnectionOptions => ({
      cert: chain,
      key: createPrivateKey({ key: Buffer.from(key), format: "der", type: "pkcs8" }).export({
        type: "pkcs8",
        format: "pem",
      }),
    });
    for (const options of [{}, shown(first)]) {
      const { socket } = await handshake(port, options);
      // In TLS 1.3 the client is done before the server has looked.
      await new Promise((resolve) => (socket.destroyed ? resolve(undefined) : socket.once("close", resolve)));
    }
    expect(probe.events).toEqual([]);
    const { socket, error } = await handshake(port, shown(second));
    expect(error).toBe("");
    expect(await echo(socket, "it is me")).toBe("it is me");
    await until(() => tls.outcomes.length === 3);
    expect(tls.outcomes).toEqual(["failed", "failed", "finished TLSv1.3"]);
  });

  test("close() drops handshakes that are under way", async () => {
    const tls = new TestTlsServer(first);
    const { port, attachment } = await start(tls);
    const { socket, gone } = dialRaw(port);
    await once(socket, "connect");
    socket.write(helloOctets);
    await once(socket, "data");
    await attachment.close(60_000);
    await gone;
    expect(tls.outcomes).toEqual(["failed"]);
  });
}
