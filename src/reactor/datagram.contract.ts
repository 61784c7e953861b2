// The driver contract's part on datagrams.

import { copyEndpoint, endpoint, formatEndpoint, parseAddress, type DatagramEngine } from "#engine";
import { expect, test } from "vitest";
import { datagramEcho, patterned, type Bench } from "./testing.ts";

const hello = new TextEncoder().encode("hello");

/** @see driver.contract.ts */
export function runDatagramContract({ harness, serve, dial }: Bench): void {
  test.each([1, 512, 1232, 9000, 60_000])("a datagram engine answers %i octets", async (size) => {
    const { server, until, address } = harness();
    const [listener] = (
      await server.attachDatagram(datagramEcho, { transport: "udp", address, port: 0, label: "x" })
    ).listeners;
    expect(listener).toMatchObject({ id: 0, label: "x", address });
    const sent = patterned(size);
    let answer: Uint8Array | undefined;
    const client = await dial({
      datagram: (_socket, input, length) => void (answer = input.slice(0, length)),
    });
    const to = endpoint(address, listener?.port ?? 0);
    client.effects.send(client.effects.openDatagram(to), to, sent);
    await until(() => answer !== undefined);
    expect(Buffer.compare(answer ?? hello, sent)).toBe(0);
    expect(formatEndpoint(client.from)).toBe(formatEndpoint(to));
  });

  test("a datagram engine sees who sent to whom, and may stay silent or throw", async () => {
    const { server, until, address, faults } = harness();
    const seen: string[] = [];
    const engine: DatagramEngine = {
      handle(input, length, from, to, output, at) {
        seen.push(`${formatEndpoint(from)} ${formatEndpoint(to)} ${length}`);
        if (input[0] === 1) return 0;
        if (input[0] === 2) throw new RangeError("planted");
        output[at] = input[0] ?? 0;
        return 1;
      },
    };
    const attachment = await server.attachDatagram(engine, { transport: "udp", address, port: 0 });
    const to = endpoint(address, attachment.listeners[0]?.port ?? 0);
    const answers: number[] = [];
    const client = await dial({ datagram: (_socket, input) => void answers.push(input[0] ?? 0) });
    const socket = client.effects.openDatagram(to);
    for (const first of [1, 2, 3]) client.effects.send(socket, to, Uint8Array.of(first));
    await until(() => answers.length > 0);
    expect(answers).toEqual([3]);
    expect(new Set(seen).size).toBe(1);
    expect(seen[0]?.split(" ").slice(1)).toEqual([formatEndpoint(to), "1"]);
    expect(faults.map((fault) => [fault.event, fault.octets])).toEqual([["handle", Uint8Array.of(2)]]);
    expect(server.faultCount).toBe(1);
  });

  test("a datagram engine is told of its listener, and may answer from there later", async () => {
    const { server, until, address } = harness();
    const sends: ((to: ReturnType<typeof endpoint>, octets: Uint8Array) => void)[] = [];
    let asker: ReturnType<typeof endpoint> | undefined;
    const engine: DatagramEngine = {
      attached: (_at, send) => void sends.push(send),
      handle(_input, _length, from, _to, output, at) {
        asker = copyEndpoint(from);
        output[at] = 1;
        return 1;
      },
    };
    const attachment = await server.attachDatagram(engine, { transport: "udp", address, port: 0 });
    const to = endpoint(address, attachment.listeners[0]?.port ?? 0);
    const client = await dial();
    client.effects.send(client.effects.openDatagram(to), to, hello);
    await until(() => client.saw("datagram"));
    for (const send of sends) if (asker) send(asker, patterned(600));
    await until(() => client.count("datagram") === 2);
    expect(formatEndpoint(client.from)).toBe(formatEndpoint(to));
    expect(client.events.at(-1)).toMatch(/ 600$/);
    await attachment.close();
    for (const send of sends) if (asker) send(asker, hello); // of no effect
    expect(sends).toHaveLength(1);
  });

  test("an outgoing socket has the local address that it was given", async () => {
    const { until } = harness();
    const served = await serve(["udp"], { datagram: () => {} });
    const client = await dial();
    const routed = client.effects.openDatagram(served.at());
    client.effects.send(routed, served.at(), hello);
    await until(() => served.probe.saw("datagram"));
    const own = served.probe.from.address;
    client.effects.send(client.effects.openDatagram(served.at(), own), served.at(), hello);
    await until(() => served.probe.count("datagram") === 2);
    expect(served.probe.from.address).toEqual(own);
    const foreign = client.effects.openDatagram(served.at(), parseAddress("198.51.100.77"));
    client.effects.send(foreign, served.at(), hello);
    await until(() => client.saw("datagramFailed"));
    expect(client.events[0]).toMatch(new RegExp(`^datagramFailed ${foreign} `));
  });

  test("listeners are known by their place in the list, outgoing sockets by other numbers", async () => {
    const { until } = harness();
    const served = await serve(["udp", "tcp", "udp"], {
      datagram: (socket, input, length) =>
        served.probe.effects.send(socket, served.probe.from, input.slice(0, length)),
    });
    const client = await dial();
    const first = client.effects.openDatagram(served.at(0));
    const second = client.effects.openDatagram(served.at(2));
    client.effects.send(second, served.at(2), hello);
    await until(() => client.saw(`datagram ${second} 5`));
    client.effects.send(first, served.at(0), hello);
    await until(() => client.saw(`datagram ${first} 5`));
    expect(served.probe.events).toEqual(["datagram 2 5", "datagram 0 5"]);
    const own = served.probe.effects.openDatagram(served.at(0));
    expect(own).toBeGreaterThanOrEqual(3);
  });

  test("send() copies, so that the engine may use its buffer again", async () => {
    const { until } = harness();
    const seen: number[] = [];
    const served = await serve(["udp"], {
      datagram: (socket, input) => {
        seen.push(input[0] ?? 0);
        const answer = Uint8Array.of(7);
        served.probe.effects.send(socket, served.probe.from, answer);
        answer[0] = 99;
      },
    });
    const answers: number[] = [];
    const client = await dial({ datagram: (_socket, input) => void answers.push(input[0] ?? 0) });
    const octets = Uint8Array.of(42);
    const to = served.at();
    const socket = client.effects.openDatagram(to);
    client.effects.send(socket, to, octets);
    octets[0] = 99;
    await until(() => answers.length > 0);
    expect([seen, answers]).toEqual([[42], [7]]);
  });

  test("an outgoing socket hears nobody but the endpoint that it was opened to", async () => {
    const { until } = harness();
    const served = await serve(["udp", "udp"], {
      datagram: () => {
        served.probe.effects.send(1, served.probe.from, Uint8Array.of(1)); // a forger
        served.probe.effects.send(0, served.probe.from, Uint8Array.of(0));
      },
    });
    const heard: number[] = [];
    const client = await dial({ datagram: (_socket, input) => void heard.push(input[0] ?? 0) });
    const socket = client.effects.openDatagram(served.at(0));
    for (let i = 0; i < 3; i++) {
      client.effects.send(socket, served.at(0), hello);
      await until(() => heard.length > i);
    }
    expect(heard).toEqual([0, 0, 0]);
  });

  test("closeDatagram() ends a socket: late answers reach no later socket of its number", async () => {
    const { until } = harness();
    const askers: ReturnType<typeof endpoint>[] = [];
    const served = await serve(["udp"], { datagram: () => void askers.push(served.probe.from) });
    const heard: number[] = [];
    const client = await dial({ datagram: (_socket, input) => void heard.push(input[0] ?? 0) });
    const to = served.at();
    const first = client.effects.openDatagram(to);
    client.effects.send(first, to, hello);
    await until(() => askers.length === 1);
    client.effects.closeDatagram(first);
    client.effects.closeDatagram(first);
    client.effects.send(first, to, hello);
    const second = client.effects.openDatagram(to);
    client.effects.send(second, to, hello);
    await until(() => askers.length === 2);
    for (const [i, asker] of askers.entries()) served.probe.effects.send(0, asker, Uint8Array.of(i));
    await until(() => heard.length > 0);
    expect(heard).toEqual([1]);
    expect(askers.length).toBe(2);
  });

  test("datagramFailed() tells of a closed port, and the socket stays open", async () => {
    const { server, until, address } = harness();
    const listener = { transport: "udp", address, port: 0 } as const;
    const before = await server.attachDatagram(datagramEcho, listener);
    const port = before.listeners[0]?.port ?? 0;
    await before.close();
    const client = await dial();
    const to = endpoint(address, port);
    const socket = client.effects.openDatagram(to);
    client.effects.send(socket, to, hello);
    await until(() => client.saw(`datagramFailed ${socket} refused`));
    await server.attachDatagram(datagramEcho, { ...listener, port });
    client.effects.send(socket, to, hello);
    await until(() => client.saw(`datagram ${socket} 5`));
  });

  test("sending wrongly is the engine's fault: to another endpoint, on a TCP listener", async () => {
    const served = await serve(["udp", "tcp"]);
    const client = await dial();
    const socket = client.effects.openDatagram(served.at(0));
    expect(() => client.effects.send(socket, served.at(1), hello)).toThrow(RangeError);
    expect(() => served.probe.effects.send(1, served.at(0), hello)).toThrow(RangeError);
  });

  test("what cannot be sent is dropped: too large, to port 0, on a socket that is none", async () => {
    const { until } = harness();
    const served = await serve(["udp"]);
    const client = await dial();
    const to = served.at();
    const socket = client.effects.openDatagram(to);
    client.effects.send(socket, to, new Uint8Array(65_600));
    client.effects.send(999, to, hello);
    served.probe.effects.send(0, endpoint(harness().address, 0), hello);
    client.effects.send(socket, to, new Uint8Array(0));
    client.effects.send(socket, to, hello);
    await until(() => served.probe.saw("datagram 0 5"));
    expect(served.probe.events).toEqual(["datagram 0 0", "datagram 0 5"]);
  });
}
