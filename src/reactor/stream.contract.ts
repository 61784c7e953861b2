// The driver contract's part on streams.

import { endpoint, formatAddress, formatEndpoint, type Endpoint } from "#engine";
import { expect, test } from "vitest";
import { patterned, type Bench, type Handlers, type Probe, type Served } from "./testing.ts";

const hello = new TextEncoder().encode("hello");

/** A port of the server's at which nothing listens. */
/** Port 1, which nobody has: one that was just closed may be given to somebody, and even to the connection itself, which then meets itself. */
function closedPort({ harness }: Bench): Endpoint {
  return endpoint(harness().address, 1);
}

/** Does something else to a slot at each event, also what makes no sense. */
function churn(probe: () => Probe, slot: number): void {
  const { effects, events } = probe();
  switch (events.length % 7) {
    case 0:
      effects.destroy(slot);
      break;
    case 1:
      effects.end(slot);
      break;
    case 2:
      effects.pause(slot);
      effects.resume(slot);
      break;
    case 3:
      effects.write(slot, hello);
      effects.end(slot);
      effects.destroy(slot);
      break;
    case 4:
      effects.clearTimer(effects.setTimer(0));
      effects.write(slot, hello);
      break;
    default:
      effects.write(slot, patterned(3000));
      effects.end(slot);
  }
}

/** Handlers that churn. */
function churning(probe: () => Probe): Handlers {
  return {
    accepted: (slot: number) => churn(probe, slot),
    connected: (slot: number) => churn(probe, slot),
    received: (slot: number) => churn(probe, slot),
    ended: (slot: number) => {
      churn(probe, slot);
      probe().effects.end(slot);
    },
    drained: (slot: number) => churn(probe, slot),
    closed: (slot: number) => churn(probe, slot),
  };
}

/** @see driver.contract.ts */
export function runStreamContract(bench: Bench): void {
  const { harness, serve, dial } = bench;

  /** An open connection: the client's slot and the server's. */
  async function open(served: Served, client: Probe): Promise<[number, number]> {
    const accepted = served.probe.count("accepted");
    const slot = client.effects.connect(served.at());
    await harness().until(() => client.saw(`connected ${slot}`) && served.probe.count("accepted") > accepted);
    const last = served.probe.events.findLast((event) => event.startsWith("accepted"));
    return [slot, Number(last?.split(" ")[1])];
  }

  test("a connection is reported to both sides with its endpoints", async () => {
    const served = await serve(["udp", "tcp"]);
    const client = await dial();
    const slot = client.effects.connect(served.at(1));
    expect(client.events).toEqual([]);
    await harness().until(() => client.saw("connected") && served.probe.saw("accepted"));
    expect(client.events).toEqual([`connected ${slot}`]);
    expect(served.probe.events).toEqual(["accepted 0 1"]);
    expect(formatEndpoint(served.probe.to)).toBe(formatEndpoint(served.at(1)));
    expect(formatAddress(served.probe.from.address)).not.toBe("::");
    expect(served.probe.from.port).toBeGreaterThan(0);
  });

  test("octets keep their order over many writes, copied at each", async () => {
    const served = await serve(["tcp"]);
    const client = await dial();
    const [slot, peer] = await open(served, client);
    const sent = patterned(300_000);
    const buffer = new Uint8Array(70_000);
    for (let at = 0, size = 1; at < sent.length; at += size, size = 1 + ((size * 31) % 69_999)) {
      const part = sent.subarray(at, at + size);
      buffer.set(part);
      client.effects.write(slot, buffer.subarray(0, part.length));
      buffer.fill(0);
      size = part.length;
    }
    await harness().until(() => served.probe.octets(peer).length === sent.length);
    expect(Buffer.compare(served.probe.octets(peer), sent)).toBe(0);
  });

  test("what is written before the connection is open follows once it is", async () => {
    const served = await serve(["tcp"]);
    const client = await dial();
    const slot = client.effects.connect(served.at());
    expect(client.effects.write(slot, hello)).toBe(true);
    client.effects.end(slot);
    await harness().until(() => served.probe.saw("ended"));
    expect(served.probe.octets(0)).toEqual(hello);
  });

  test("end() before the connection is open ends it once it is", async () => {
    const served = await serve(["tcp"]);
    const client = await dial();
    client.effects.end(client.effects.connect(served.at()));
    await harness().until(() => served.probe.saw("ended"));
    expect(served.probe.events).toEqual(["accepted 0 0", "ended 0"]);
  });

  test("a reader that pauses makes write() give false; drained() follows once it reads", async () => {
    const served = await serve(["tcp"], { accepted: (slot) => served.probe.effects.pause(slot) });
    const client = await dial();
    const [slot, peer] = await open(served, client);
    const chunk = patterned(40_000);
    let written = 0;
    // A kernel takes some megabytes, which a turn's end moves there: the writing is spread over turns by drained().
    const fill = (): void => {
      for (let more = true; more && written < 64_000_000; written += chunk.length) {
        more = client.effects.write(slot, chunk);
      }
    };
    fill();
    expect(written).toBeLessThan(200_000); // the driver's own buffer is small
    const before = written;
    served.probe.effects.resume(peer);
    await harness().until(() => client.saw("drained") && served.probe.octets(peer).length === before);
    expect(client.count("drained")).toBe(1);
    const got = served.probe.octets(peer).slice(0, chunk.length);
    expect(Buffer.compare(got, chunk)).toBe(0);
  });

  test("a paused stream hands over neither octets nor the end until it is resumed", async () => {
    const served = await serve(["tcp"], { accepted: (slot) => served.probe.effects.pause(slot) });
    const client = await dial();
    const [slot, peer] = await open(served, client);
    client.effects.write(slot, hello);
    client.effects.end(slot);
    served.probe.effects.end(peer);
    await harness().until(() => client.saw("ended"));
    const [other] = await open(served, client); // round trips that give the held octets time to arrive
    client.effects.destroy(other);
    await harness().until(() => client.saw(`closed ${other}`));
    expect(served.probe.saw("received") || served.probe.saw(`ended ${peer}`)).toBe(false);
    served.probe.effects.resume(peer);
    expect(served.probe.saw("received")).toBe(false); // never during the call
    await harness().until(() => served.probe.saw(`closed ${peer}`));
    expect(served.probe.octets(peer)).toEqual(hello);
    const own = served.probe.events.filter((event) => event.split(" ")[1] === String(peer));
    expect(own.slice(-2)).toEqual([`ended ${peer}`, `closed ${peer} cleanly`]);
  });

  test("pause() before the connection is open holds what follows", async () => {
    const served = await serve(["tcp"], {
      accepted: (slot) => {
        served.probe.effects.write(slot, hello);
        served.probe.effects.end(slot);
      },
    });
    const client = await dial();
    const slot = client.effects.connect(served.at());
    client.effects.pause(slot);
    await harness().until(() => client.saw("connected") && served.probe.saw("accepted"));
    const [other] = await open(served, client);
    await harness().until(() => client.saw(`ended ${other}`));
    expect(client.saw(`received ${slot}`) || client.saw(`ended ${slot}`)).toBe(false);
    client.effects.resume(slot);
    await harness().until(() => client.saw(`ended ${slot}`));
    expect(client.octets(slot)).toEqual(hello);
  });

  test("pause() in received() stops at once; a reset comes through all the same", async () => {
    const served = await serve(["tcp"], { received: (slot) => served.probe.effects.pause(slot) });
    const client = await dial();
    const [slot, peer] = await open(served, client);
    client.effects.write(slot, patterned(50_000));
    await harness().until(() => served.probe.saw("received"));
    client.effects.destroy(slot);
    await harness().until(() => client.saw(`closed ${slot}`));
    served.probe.effects.destroy(peer);
    await harness().until(() => served.probe.saw(`closed ${peer}`));
    expect(served.probe.count("received")).toBe(1);
  });

  test("end() closes one direction; the other stays open until it ends too", async () => {
    const served = await serve(["tcp"], {
      ended: (slot) => {
        served.probe.effects.write(slot, hello);
        served.probe.effects.end(slot);
      },
    });
    const client = await dial();
    const [slot, peer] = await open(served, client);
    client.effects.write(slot, hello);
    client.effects.end(slot);
    client.effects.end(slot);
    expect(client.effects.write(slot, hello)).toBe(false); // after the end
    await harness().until(() => client.saw("closed") && served.probe.saw("closed"));
    expect(served.probe.octets(peer)).toEqual(hello);
    expect(client.octets(slot)).toEqual(hello);
    expect(client.events.slice(-2)).toEqual([`ended ${slot}`, `closed ${slot} cleanly`]);
    expect(served.probe.events.slice(-2)).toEqual([`ended ${peer}`, `closed ${peer} cleanly`]);
  });

  test("a large body followed by end() arrives whole", async () => {
    const body = patterned(700_000);
    const served = await serve(["tcp"], {
      accepted: (slot) => {
        served.probe.effects.write(slot, body);
        served.probe.effects.end(slot);
      },
    });
    const client = await dial({ ended: (slot) => client.effects.end(slot) });
    const slot = client.effects.connect(served.at());
    await harness().until(() => client.saw("closed") && served.probe.saw("closed"));
    expect(Buffer.compare(client.octets(slot), body)).toBe(0);
    expect(client.saw(`closed ${slot} cleanly`)).toBe(true);
    expect(served.probe.saw("drained")).toBe(false); // nobody wants more after the end
  });

  test("destroy() closes later and cleanly here, with a reset there", async () => {
    const served = await serve(["tcp"]);
    const client = await dial();
    const [slot, peer] = await open(served, client);
    client.effects.destroy(slot);
    expect(client.saw("closed")).toBe(false); // never during the call
    client.effects.destroy(slot);
    await harness().until(() => client.saw("closed") && served.probe.saw("closed"));
    expect(client.events.at(-1)).toBe(`closed ${slot} cleanly`);
    expect(served.probe.events.at(-1)).toBe(`closed ${peer} reset`);
    expect([client.count("closed"), served.probe.count("closed")]).toEqual([1, 1]);
  });

  test.each(["accepted", "received", "ended"] as const)(
    "destroy() in %s() lets only closed() follow",
    async (event) => {
      const served = await serve(["tcp"], { [event]: (slot: number) => served.probe.effects.destroy(slot) });
      const client = await dial();
      const slot = client.effects.connect(served.at());
      client.effects.write(slot, patterned(100_000));
      client.effects.end(slot);
      await harness().until(() => served.probe.saw("closed") && client.saw("closed"));
      expect(served.probe.count(event)).toBe(1);
      expect(served.probe.events.at(-1)).toBe("closed 0 cleanly");
    },
  );

  test("destroy() with much still to send drops it", async () => {
    const served = await serve(["tcp"], { accepted: (slot) => served.probe.effects.pause(slot) });
    const client = await dial();
    const [slot, peer] = await open(served, client);
    for (let i = 0; i < 300 && client.effects.write(slot, patterned(60_000)); i++);
    client.effects.end(slot);
    client.effects.destroy(slot);
    await harness().until(() => client.saw("closed"));
    served.probe.effects.resume(peer);
    await harness().until(() => served.probe.saw("closed"));
    expect(served.probe.events.at(-1)).toBe(`closed ${peer} reset`);
    expect(served.probe.saw("ended")).toBe(false);
  });

  test("destroy() before the connection is open: closed() and no connected()", async () => {
    const served = await serve(["tcp"]);
    const client = await dial();
    const slot = client.effects.connect(served.at());
    client.effects.destroy(slot);
    await harness().until(() => client.saw("closed"));
    expect(client.events).toEqual([`closed ${slot} cleanly`]);
  });

  test("a connection to a closed port is closed with refused", async () => {
    const to = closedPort(bench);
    const client = await dial();
    const slot = client.effects.connect(to);
    client.effects.write(slot, hello);
    await harness().until(() => client.saw("closed"));
    expect(client.events).toEqual([`closed ${slot} refused`]);
  });

  test("an engine that does not accept drops what connects", async () => {
    const attachment = await harness().server.attach({ start() {} }, [
      { transport: "tcp", address: harness().address, port: 0 },
    ]);
    const client = await dial();
    client.effects.connect(endpoint(harness().address, attachment.listeners[0]?.port ?? 0));
    await harness().until(() => client.saw("closed"));
    expect(client.saw("closed 0 reset")).toBe(true);
  });

  test("effects on dead slots and on numbers that are none are ignored", async () => {
    const served = await serve(["tcp"]);
    const client = await dial();
    const [slot] = await open(served, client);
    client.effects.destroy(slot);
    const all = (dead: number): boolean => {
      const taken = client.effects.write(dead, hello);
      client.effects.end(dead);
      client.effects.pause(dead);
      client.effects.resume(dead);
      client.effects.destroy(dead);
      client.effects.closeDatagram(dead);
      return taken;
    };
    expect(all(slot)).toBe(false);
    await harness().until(() => client.saw("closed"));
    expect([slot, 77, -1, 0.5].map(all)).toEqual([false, false, false, false]);
    const [next] = await open(served, client);
    expect(next).toBe(slot); // numbers stay small
    expect(client.saw(`connected ${next}`)).toBe(true);
  });

  test("a slot is free only after closed(): what closed() opens has another number", async () => {
    const served = await serve(["tcp"]);
    let replacement = -1;
    const client = await dial({
      closed: () => {
        if (replacement < 0) replacement = client.effects.connect(served.at());
      },
    });
    const [slot] = await open(served, client);
    client.effects.destroy(slot);
    await harness().until(() => client.saw(`connected ${replacement}`));
    expect(replacement).not.toBe(slot);
  });

  test.each(["accepted", "received"] as const)(
    "an engine that throws in %s() loses that connection only",
    async (event) => {
      let isFirst = true;
      const served = await serve(["tcp"], {
        [event]: () => {
          if (!isFirst) return;
          isFirst = false;
          throw new RangeError("planted");
        },
      });
      const client = await dial();
      const bad = client.effects.connect(served.at());
      client.effects.write(bad, hello);
      await harness().until(() => client.saw(`closed ${bad}`));
      const good = client.effects.connect(served.at());
      client.effects.write(good, hello);
      await harness().until(() => served.probe.octets(0).length === 5 && served.probe.saw("closed"));
      expect(harness().faults.map((fault) => fault.event)).toEqual([event]);
      expect(served.probe.saw("closed 0 cleanly")).toBe(true);
      expect(client.count("closed")).toBe(1);
    },
  );

  test("every effect in every handler, and hundreds of connections opened and dropped", async () => {
    const total = 400;
    const served = await serve(
      ["tcp"],
      churning(() => served.probe),
    );
    const client: Probe = await dial(churning(() => client));
    for (let i = 0; i < total; i += 50) {
      for (let j = 0; j < 50; j++) {
        const slot = client.effects.connect(served.at());
        client.effects.write(slot, hello);
        client.effects.end(slot);
        if (j % 9 === 0) client.effects.destroy(slot);
      }
      await harness().until(() => client.count("closed") === i + 50);
    }
    await harness().until(() => served.probe.count("closed") === served.probe.count("accepted"));
    expect(served.probe.count("accepted")).toBeGreaterThan(total / 2);
    expect(harness().faults).toEqual([]);
  });
}
