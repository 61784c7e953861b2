// The driver contract's part on listeners and on coming to an end.

import { endpoint } from "#engine";
import { expect, test } from "vitest";
import type { Listener } from "./driver.ts";
import { datagramEcho, Probe, type Bench } from "./testing.ts";

const hello = new TextEncoder().encode("hello");

/** @see driver.contract.ts */
export function runServiceContract({ harness, serve, dial }: Bench): void {
  test("listeners are given back in order with their ports and labels", async () => {
    const { server, address } = harness();
    const wanted: Listener[] = [
      { transport: "udp", address, port: 0, label: "a" },
      { transport: "tcp", address, port: 0 },
      { transport: "udp", address, port: 0, label: "c" },
    ];
    const { listeners } = await server.attach(new Probe(), wanted);
    expect(listeners.map(({ id, transport, label }) => [id, transport, label])).toEqual([
      [0, "udp", "a"],
      [1, "tcp", undefined],
      [2, "udp", "c"],
    ]);
    expect(listeners.every(({ port }) => port > 0)).toBe(true);
  });

  test.each(["udp", "tcp"] as const)(
    "a %s port in use is refused, and then nothing is bound or started",
    async (transport) => {
      const { server, address } = harness();
      const held = await server.attach(new Probe(), [{ transport, address, port: 0 }]);
      const free = await server.attach(new Probe(), [{ transport, address, port: 0 }]);
      const freed = free.listeners[0]?.port ?? 0;
      await free.close();
      let isStarted = false;
      const attempt = server.attach({ start: () => void (isStarted = true) }, [
        { transport, address, port: freed },
        { transport, address, port: held.listeners[0]?.port ?? 0 },
      ]);
      await expect(attempt).rejects.toMatchObject({ code: "port-in-use" });
      expect(isStarted).toBe(false);
      const { listeners } = await server.attach(new Probe(), [{ transport, address, port: freed }]);
      expect(listeners[0]?.port).toBe(freed);
    },
  );

  test.each([
    ["198.51.100.77", 0, "address-unavailable"],
    ["localhost", 0, "address-malformed"],
    ["127.0.0.1", 65_536, "address-malformed"],
  ])("listening on %s port %i is refused", async (address, port, code) => {
    const { server } = harness();
    for (const transport of ["udp", "tcp"] as const) {
      await expect(server.attach(new Probe(), [{ transport, address, port }])).rejects.toMatchObject({
        code,
      });
    }
    await expect(
      server.attachDatagram(datagramEcho, { transport: "udp", address, port }),
    ).rejects.toMatchObject({ code });
  });

  test("a datagram engine takes no TCP listener", async () => {
    const { server, address } = harness();
    await expect(server.attachDatagram(datagramEcho, { transport: "tcp", address, port: 0 })).rejects.toThrow(
      RangeError,
    );
  });

  test("an engine that throws in start() is not put into service", async () => {
    const { server, address } = harness();
    const probe = await server.attach(new Probe(), [{ transport: "tcp", address, port: 0 }]);
    const { port = 0 } = probe.listeners[0] ?? {};
    await probe.close();
    const bad = {
      start(): void {
        throw new RangeError("planted");
      },
    };
    await expect(server.attach(bad, [{ transport: "tcp", address, port }])).rejects.toThrow("planted");
    await server.attach(new Probe(), [{ transport: "tcp", address, port }]);
  });

  test("close() with a grace lets connections finish and accepts no more", async () => {
    const { until } = harness();
    const served = await serve(["tcp"], { ended: (slot) => served.probe.effects.end(slot) });
    const client = await dial();
    const slot = client.effects.connect(served.at());
    await until(() => served.probe.saw("accepted"));
    let isOver = false;
    const over = served.attachment.close(60_000).then(() => (isOver = true));
    const late = client.effects.connect(served.at());
    await until(() => client.saw(`closed ${late}`));
    expect(isOver).toBe(false);
    client.effects.write(slot, hello);
    client.effects.end(slot);
    await until(() => client.saw(`closed ${slot}`) && served.probe.saw("closed"));
    await over;
    expect(served.probe.octets(0)).toEqual(hello);
    expect(served.probe.events.at(-1)).toBe("closed 0 cleanly");
    expect(served.probe.count("accepted")).toBe(1);
  });

  test.each([0, 5])("close(%i) drops what is open at the deadline; nothing follows", async (graceMs) => {
    const { until } = harness();
    const served = await serve(["tcp", "udp"]);
    const client = await dial();
    const slots = [client.effects.connect(served.at()), client.effects.connect(served.at())];
    const socket = client.effects.openDatagram(served.at(1));
    await until(() => served.probe.count("accepted") === 2 && client.count("connected") === 2);
    served.probe.effects.setTimer(served.probe.now.monotonic + 20);
    const over = served.attachment.close(graceMs);
    await until(() => served.probe.count("closed") === 2 && client.count("closed") === 2);
    await over;
    expect(served.probe.events.slice(-2).every((event) => event.endsWith("reset"))).toBe(true);
    const before = served.probe.events.length;
    client.effects.send(socket, served.at(1), hello);
    await until(() => client.saw("datagramFailed"));
    const later = client.effects.setTimer(client.now.monotonic + 25);
    await until(() => client.saw(`timer ${later}`));
    expect(served.probe.events.length).toBe(before);
    expect(slots.length).toBe(2);
    served.probe.effects.setTimer(0); // effects after the end do nothing
    served.probe.effects.connect(served.at());
    served.probe.effects.openDatagram(served.at(1));
    served.probe.effects.send(1, served.at(1), hello);
    await served.attachment.close();
  });

  test.each([0, 5])("close(%i) ends an engine that begins anew whatever is dropped", async (graceMs) => {
    const { until } = harness();
    const other = await serve(["tcp", "udp"]);
    const opened: number[] = [];
    const begin = (): void => {
      const { effects } = own.probe;
      opened.push(effects.connect(other.at()), effects.openDatagram(other.at(1)));
    };
    const own = await serve(["tcp"], { closed: begin });
    begin();
    await until(() => other.probe.saw("accepted"));
    const over = own.attachment.close(graceMs);
    await until(() => own.probe.saw("closed"));
    await over;
    expect(opened.slice(2)).toEqual([-1, -1]);
  });

  test("close() while connections are on their way: each that was accepted is closed, each client hears", async () => {
    const { until } = harness();
    const served = await serve(["tcp"]);
    const client = await dial();
    for (let i = 0; i < 40; i++) client.effects.write(client.effects.connect(served.at()), hello);
    await until(() => served.probe.saw("accepted"));
    const over = served.attachment.close();
    await until(
      () => client.count("closed") === 40 && served.probe.count("closed") === served.probe.count("accepted"),
    );
    await over;
  });

  test("datagrams are answered during the grace, as long as something is open", async () => {
    const { until } = harness();
    const served = await serve(["tcp", "udp"], {
      datagram: (socket, input, length) =>
        served.probe.effects.send(socket, served.probe.from, input.slice(0, length)),
    });
    const client = await dial();
    const slot = client.effects.connect(served.at());
    await until(() => served.probe.saw("accepted") && client.saw("connected"));
    const over = served.attachment.close(60_000);
    const socket = client.effects.openDatagram(served.at(1));
    client.effects.send(socket, served.at(1), hello);
    await until(() => client.saw(`datagram ${socket}`));
    client.effects.destroy(slot);
    await until(() => served.probe.saw("closed"));
    await over;
    client.effects.send(socket, served.at(1), hello);
    await until(() => client.saw("datagramFailed"));
  });

  test("a driver's close() ends all its engines", async () => {
    const { server, until } = harness();
    const served = await serve(["tcp"]);
    const other = await serve(["tcp"]);
    const client = await dial();
    client.effects.connect(served.at());
    client.effects.connect(other.at());
    await until(() => served.probe.saw("accepted") && other.probe.saw("accepted"));
    const over = server.close();
    await until(
      () => client.count("closed") === 2 && served.probe.saw("closed") && other.probe.saw("closed"),
    );
    await over;
    const refused = client.effects.connect(endpoint(harness().address, served.at().port));
    await until(() => client.saw(`closed ${refused} refused`));
  });
}
