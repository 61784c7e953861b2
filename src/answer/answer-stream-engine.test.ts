import { beforeEach, describe, expect, test } from "vitest";
import { type Effects, endpoint, type Now } from "#engine";
import { AnswerStreamEngine, type AnswerStreamEngineOptions } from "./answer-stream-engine.ts";
import { engineOf, lines, query, server, zonesOf } from "./testing.ts";

const zones = zonesOf({
  "example.org. s1": `@ SOA a. b. 1 1 1 1 1\nwww A 192.0.2.1\nwide A ${Array.from(
    { length: 100 },
    (_, i) => `192.0.2.${i}`,
  ).join("\nwide A ")}\n`,
});

/** A driver for one engine that keeps what is asked of it. */
class Recorder implements Effects {
  readonly writes: { slot: number; octets: Uint8Array }[] = [];
  readonly calls: string[] = [];
  readonly timers = new Map<number, number>();
  /** What `write` says: whether more is wanted. */
  wantsMore = true;
  #nextTimer = 1;

  write(slot: number, octets: Uint8Array): boolean {
    this.writes.push({ slot, octets: octets.slice() });
    return this.wantsMore;
  }
  end(slot: number): void {
    this.calls.push(`end ${slot}`);
  }
  destroy(slot: number): void {
    this.calls.push(`destroy ${slot}`);
  }
  pause(slot: number): void {
    this.calls.push(`pause ${slot}`);
  }
  resume(slot: number): void {
    this.calls.push(`resume ${slot}`);
  }
  setTimer(at: number): number {
    this.timers.set(this.#nextTimer, at);
    return this.#nextTimer++;
  }
  clearTimer(id: number): void {
    this.timers.delete(id);
  }
  send(): void {
    throw new Error("An answering engine sends no datagrams");
  }
  openDatagram(): number {
    throw new Error("An answering engine opens no sockets");
  }
  closeDatagram(): void {
    throw new Error("An answering engine opens no sockets");
  }
  connect(): number {
    throw new Error("An answering engine connects to nobody");
  }
}

const from = endpoint("192.0.2.200", 40_000);
const at = (monotonic: number): Now => ({ monotonic, wall: 0 });

let effects: Recorder;
let engine: AnswerStreamEngine;

function start(options: Partial<AnswerStreamEngineOptions> = {}): void {
  effects = new Recorder();
  engine = new AnswerStreamEngine({ engine: engineOf(zones, "s1"), idleTimeoutMs: 1000, ...options });
  engine.start(effects);
}

beforeEach(() => start());

function open(slot: number, address = from): void {
  engine.accepted(slot, 0, address, server, at(0));
}

function receive(slot: number, octets: Uint8Array, time = 0): void {
  // A driver's buffer is larger than what came and is used again.
  const buffer = new Uint8Array(octets.length + 9).fill(0xa5);
  buffer.set(octets);
  engine.received(slot, buffer, octets.length, at(time));
  buffer.fill(0);
}

/** Fires all timers that are due. */
function wait(time: number): void {
  for (const [id, due] of effects.timers) {
    if (due > time) continue;
    effects.timers.delete(id);
    engine.timer(id, at(time));
  }
}

function frame(...messages: Uint8Array[]): Uint8Array {
  return Uint8Array.from(messages.flatMap((octets) => [octets.length >> 8, octets.length & 255, ...octets]));
}

/** The answers written so far, each its ID and first lines. */
function answers(): string[] {
  return effects.writes.map(({ slot, octets }) => {
    const length = ((octets[0] ?? 0) << 8) | (octets[1] ?? 0);
    expect(length).toBe(octets.length - 2);
    const message = octets.subarray(2);
    return `${slot} ${((message[0] ?? 0) << 8) | (message[1] ?? 0)} ${lines(message)[0]} ${lines(message).length}`;
  });
}

const www = (id: number): Uint8Array => query("www.example.org. A", { id });

describe("framing", () => {
  test("RFC 7766 section 8: a message with its length is answered in one write", () => {
    open(4);
    receive(4, frame(www(1)));
    expect(answers()).toEqual(["4 1 NOERROR aa 2"]);
  });

  test("RFC 7766 section 8: a message may come octet by octet", () => {
    open(4);
    for (const octet of frame(www(1), www(2))) receive(4, Uint8Array.of(octet));
    expect(answers()).toEqual(["4 1 NOERROR aa 2", "4 2 NOERROR aa 2"]);
  });

  test("RFC 7766 section 6.2.1.1: several messages may come at once, with a part of the next", () => {
    open(4);
    const octets = frame(www(1), www(2), www(3));
    for (let cut = 0; cut <= octets.length; cut++) {
      effects.writes.length = 0;
      receive(4, octets.slice(0, cut));
      receive(4, octets.slice(cut));
      expect(answers()).toEqual([1, 2, 3].map((id) => `4 ${id} NOERROR aa 2`));
    }
  });

  test("RFC 7766 section 5: an answer too long for UDP is whole", () => {
    open(4);
    receive(4, frame(query("wide.example.org. A", { id: 1 })));
    expect(answers()).toEqual(["4 1 NOERROR aa 101"]);
  });

  test("frames that cannot hold a message get no answer, the next one does", () => {
    open(4);
    receive(4, frame(new Uint8Array(), new Uint8Array(1), new Uint8Array(11), www(1)));
    expect(answers()).toEqual(["4 1 NOERROR aa 2"]);
  });

  test("a malformed message is FORMERR, and the connection goes on", () => {
    open(4);
    receive(4, frame(www(1).slice(0, 20), www(2)));
    expect(answers()).toEqual(["4 1 FORMERR 1", "4 2 NOERROR aa 2"]);
  });

  test("a message of 65,535 octets is taken in parts", () => {
    open(4);
    const octets = new Uint8Array(65_535);
    octets.set(www(7));
    const whole = frame(octets);
    for (let i = 0; i < whole.length; i += 1000) receive(4, whole.slice(i, i + 1000));
    expect(answers()).toEqual(["4 7 FORMERR 1"]);
  });

  test("connections are apart from each other", () => {
    open(4);
    open(5);
    const [a, b] = [frame(www(1)), frame(www(2))];
    receive(4, a.slice(0, 10));
    receive(5, b.slice(0, 7));
    receive(4, a.slice(10));
    receive(5, b.slice(7));
    expect(answers()).toEqual(["4 1 NOERROR aa 2", "5 2 NOERROR aa 2"]);
  });
});

describe("the end of a connection", () => {
  test("RFC 7766 section 6.2.3: a connection without a message ends after the idle time", () => {
    open(4);
    wait(999);
    expect(effects.calls).toEqual([]);
    wait(1000);
    expect(effects.calls).toEqual(["destroy 4"]);
    expect(engine.counters()["connections{group=s1,event=timed-out}"]).toBe(1);
  });

  test("RFC 7766 section 6.2.3: each message begins the idle time anew", () => {
    open(4);
    receive(4, frame(www(1)), 800);
    wait(1000);
    wait(1799);
    expect(effects.calls).toEqual([]);
    wait(1800);
    expect(effects.calls).toEqual(["destroy 4"]);
  });

  test("parts of a message, and frames without one, do not keep a connection open", () => {
    open(4);
    receive(4, Uint8Array.of(0, 40, 1, 2, 3), 900);
    open(5);
    receive(5, frame(new Uint8Array()), 900);
    wait(1000);
    expect(effects.calls).toEqual(["destroy 4", "destroy 5"]);
  });

  test("after the peer's end ours follows, all being answered", () => {
    open(4);
    receive(4, frame(www(1)));
    engine.ended(4);
    expect(answers()).toHaveLength(1);
    expect(effects.calls).toEqual(["end 4"]);
  });

  test("a closed connection leaves nothing behind: its timer, its part of a message", () => {
    open(4);
    receive(4, frame(www(1)).slice(0, 9));
    engine.closed(4, "reset");
    expect(effects.timers.size).toBe(0);
    receive(4, frame(www(2)));
    expect(answers()).toEqual([]);
    open(4);
    receive(4, frame(www(3)));
    expect(answers()).toEqual(["4 3 NOERROR aa 2"]);
  });
});

describe("limits", () => {
  test("RFC 7766 section 6.2.2: connections in all", () => {
    start({ maxConnections: 2 });
    for (const slot of [1, 2, 3]) open(slot, endpoint(`192.0.2.${slot}`, 5));
    expect(effects.calls).toEqual(["destroy 3"]);
    engine.closed(1, undefined);
    open(3);
    receive(3, frame(www(1)));
    expect(answers()).toEqual(["3 1 NOERROR aa 2"]);
    expect(engine.counters()).toEqual({
      "connections{group=s1,event=accepted}": 3,
      "connections{group=s1,event=refused}": 1,
      "connections{group=s1,event=timed-out}": 0,
      "connections{group=s1,event=evicted}": 0,
    });
  });

  test("one network that holds all connections gives its oldest up for who has none; of IPv6 a /64 is one client", () => {
    start({ maxConnections: 4, maxConnectionsPerAddress: 3 });
    for (const slot of [1, 2, 3, 4]) open(slot, endpoint(`2001:db8::${slot}`, 5));
    expect(effects.calls).toEqual(["destroy 4"]);
    open(5, endpoint("2001:db8:1::1", 5));
    receive(1, frame(www(1)).subarray(0, 5)); // half a message is held
    expect(engine.heldOctets).toBe(5);
    open(6, endpoint("192.0.2.1", 5));
    expect(effects.calls).toEqual(["destroy 4", "destroy 1"]);
    expect(engine.heldOctets).toBe(0);
    receive(6, frame(www(1)));
    expect(answers()).toEqual(["6 1 NOERROR aa 2"]);
    receive(1, frame(www(2))); // what still comes of it is nobody's
    engine.closed(1, undefined);
    expect(answers()).toHaveLength(1);
    open(7, endpoint("192.0.2.2", 5));
    open(8, endpoint("192.0.2.3", 5)); // all have one by now
    expect(effects.calls.slice(2)).toEqual(["destroy 2", "destroy 8"]);
  });

  test("RFC 7766 section 6.2.2: connections of one address", () => {
    start({ maxConnectionsPerAddress: 1 });
    open(1);
    open(2, endpoint("192.0.2.200", 40_001));
    open(3, endpoint("192.0.2.201", 40_000));
    expect(effects.calls).toEqual(["destroy 2"]);
    engine.closed(2, undefined);
    engine.closed(1, undefined);
    open(4);
    expect(effects.calls).toEqual(["destroy 2"]);
  });

  test("a peer that does not read is not read from, and answered on when it does", () => {
    open(4);
    effects.wantsMore = false;
    receive(4, frame(www(1), www(2), www(3)));
    expect(answers()).toEqual(["4 1 NOERROR aa 2"]);
    expect(effects.calls).toEqual(["pause 4"]);
    engine.drained(4, at(10));
    expect(answers()).toHaveLength(2);
    expect(effects.calls).toEqual(["pause 4", "pause 4"]);
    effects.wantsMore = true;
    engine.drained(4, at(20));
    expect(answers().at(-1)).toBe("4 3 NOERROR aa 2");
    expect(effects.calls).toEqual(["pause 4", "pause 4", "resume 4"]);
    receive(4, frame(www(4)));
    expect(answers()).toHaveLength(4);
  });

  test("what arrives in spite of the pause waits its turn", () => {
    open(4);
    effects.wantsMore = false;
    receive(4, frame(www(1), www(2)));
    receive(4, frame(www(3)));
    engine.ended(4);
    effects.wantsMore = true;
    engine.drained(4, at(1));
    expect(answers().map((answer) => answer.split(" ")[1])).toEqual(["1", "2", "3"]);
    expect(effects.calls).toEqual(["pause 4", "resume 4", "end 4"]);
  });

  test("a peer that never reads is dropped when the idle time is out", () => {
    open(4);
    effects.wantsMore = false;
    receive(4, frame(www(1), www(2)));
    wait(1000);
    expect(effects.calls).toEqual(["pause 4", "destroy 4"]);
  });

  test("octets held: the connection that would exceed them is dropped, the others go on", () => {
    start({ maxHeldOctets: 100 });
    open(4);
    open(5);
    receive(4, frame(new Uint8Array(200)).slice(0, 90));
    receive(5, frame(new Uint8Array(200)).slice(0, 20));
    expect(effects.calls).toEqual(["destroy 5"]);
    engine.closed(4, undefined);
    open(6);
    receive(6, frame(www(1)).slice(0, 30));
    receive(6, frame(www(1)).slice(30));
    expect(answers()).toEqual(["6 1 NOERROR aa 2"]);
  });
});
