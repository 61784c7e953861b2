// Records come out of the relay as they were put in, file by file, whatever their sizes, while both sides wait for each other; what ends or says nothing is
// told.

import { once } from "node:events";
import { Worker } from "node:worker_threads";
import { expect, test } from "vitest";
import { makeRelayBuffer, RecordReceiver, RecordSender } from "./record-relay.ts";

interface Given {
  readonly owner: Uint8Array;
  readonly type: number;
  readonly ttl: number;
  readonly rdata: Uint8Array;
}

/** Record number `i`: owners and RDATA of all lengths that there are, the largest too. */
function recordOf(i: number): Given {
  const octets = (length: number): Uint8Array => new Uint8Array(length).fill(i % 251);
  return {
    owner: octets(1 + ((i * 37) % 255)),
    type: (i * 7919) % 65_536,
    ttl: (i * 2_654_435_761) % 2 ** 32,
    rdata: octets(i % 100 === 0 ? 65_535 : (i * 11) % 300),
  };
}

function take(receiver: RecordReceiver): { end: string; records: Given[] } {
  const records: Given[] = [];
  const end = receiver.nextFile((owner, ownerOctets, type, ttl, rdata, rdataOctets) =>
    records.push({ owner: owner.slice(0, ownerOctets), type, ttl, rdata: rdata.slice(0, rdataOctets) }),
  );
  return { end, records };
}

function send(sender: RecordSender, { owner, type, ttl, rdata }: Given): void {
  sender.put(owner, owner.length, type, ttl, rdata, rdata.length);
}

test("files come out as they went in, and the one that is not as it should be is told", () => {
  const buffer = makeRelayBuffer();
  const sender = new RecordSender(buffer);
  const records = Array.from({ length: 300 }, (_, i) => recordOf(i)).filter(
    ({ rdata }) => rdata.length < 400,
  );
  for (const record of records) send(sender, record);
  sender.endFile(true);
  sender.endFile(true);
  send(sender, recordOf(1));
  sender.endFile(false);
  sender.flush();
  const receiver = new RecordReceiver(buffer, 1);
  expect(take(receiver)).toEqual({ end: "good", records });
  expect(take(receiver)).toEqual({ end: "good", records: [] });
  expect(take(receiver)).toEqual({ end: "bad", records: [recordOf(1)] });
  expect(take(receiver)).toEqual({ end: "silent", records: [] });
});

test("what is put throws is thrown on", () => {
  const buffer = makeRelayBuffer();
  const sender = new RecordSender(buffer);
  send(sender, recordOf(1));
  sender.endFile(true);
  expect(() =>
    new RecordReceiver(buffer, 1).nextFile(() => {
      throw new RangeError("outside");
    }),
  ).toThrow("outside");
});

test("more than the buffer holds goes through it, the one side waiting for the other", async () => {
  const buffer = makeRelayBuffer();
  const count = 2000;
  const thread = new Worker(
    `const { workerData } = require("node:worker_threads");
     import(workerData.module).then(({ RecordSender }) => {
       const sender = new RecordSender(workerData.buffer);
       for (let i = 0; i < ${count}; i++) {
         const octets = (length) => new Uint8Array(length).fill(i % 251);
         const owner = octets(1 + ((i * 37) % 255));
         const rdata = octets(i % 100 === 0 ? 65535 : (i * 11) % 300);
         sender.put(owner, owner.length, (i * 7919) % 65536, (i * 2654435761) % 2 ** 32, rdata, rdata.length);
         if (i % 500 === 499) sender.endFile(true);
       }
       sender.flush();
     });`,
    {
      eval: true,
      workerData: { buffer, module: new URL("./record-relay.ts", import.meta.url).href },
      execArgv: ["--conditions=fairlead-source", "--disable-warning=ExperimentalWarning"],
    },
  );
  const exited = once(thread, "exit");
  const receiver = new RecordReceiver(buffer, 60_000);
  const files = [1, 2, 3, 4].map(() => take(receiver));
  expect(files.map(({ end }) => end)).toEqual(["good", "good", "good", "good"]);
  const records = files.flatMap((file) => file.records);
  expect(records).toHaveLength(count);
  expect(records.every((record, i) => isSame(record, recordOf(i)))).toBe(true);
  await exited;
});

function isSame(a: Given, b: Given): boolean {
  const isEqual = (x: Uint8Array, y: Uint8Array): boolean => Buffer.compare(x, y) === 0;
  return a.type === b.type && a.ttl === b.ttl && isEqual(a.owner, b.owner) && isEqual(a.rdata, b.rdata);
}
