// What a batch does with answers that the system does not take, which no loopback socket can be made to say: real batches, with calls that fail.

import { describe, expect, test } from "vitest";
import { loadLinuxCalls, type LinuxCalls } from "./linux-calls.ts";
import { Errno } from "./linux-constants.ts";
import { DatagramBatch } from "./linux-datagrams.ts";

const found = loadLinuxCalls();

/** What a system says to sendmmsg, one after the other: messages taken, or errno below zero. */
function batchWith(
  results: readonly number[],
  isWritable: boolean,
): { batch: DatagramBatch; sent: number[] } {
  if (typeof found === "string") throw new Error(found);
  const sent: number[] = [];
  let errno = 0;
  let call = 0;
  const calls: LinuxCalls = {
    ...found,
    errno: () => errno,
    poll: () => (isWritable ? 1 : 0),
    sendMany: (_fd, _headers, count) => {
      const result = results[call++] ?? count;
      if (result >= 0) {
        sent.push(result);
        return result;
      }
      errno = -result;
      return -1;
    },
  };
  return { batch: new DatagramBatch(calls), sent };
}

describe.skipIf(typeof found === "string")("send() of a batch of ten", () => {
  test.each([
    { name: "all at once", results: [10], isWritable: false, sent: [10], dropped: 0 },
    { name: "in parts", results: [3, 7], isWritable: false, sent: [3, 7], dropped: 0 },
    { name: "interrupted", results: [-Errno.EINTR, 10], isWritable: false, sent: [10], dropped: 0 },
    { name: "full, then room", results: [4, -Errno.EAGAIN, 6], isWritable: true, sent: [4, 6], dropped: 0 },
    { name: "full for good", results: [4, -Errno.EAGAIN], isWritable: false, sent: [4], dropped: 6 },
    {
      name: "full again after a wait: no second wait",
      results: [4, -Errno.EAGAIN, 1, -Errno.EAGAIN],
      isWritable: true,
      sent: [4, 1],
      dropped: 5,
    },
    {
      name: "no memory for one",
      results: [2, -Errno.ENOBUFS, 7],
      isWritable: false,
      sent: [2, 7],
      dropped: 1,
    },
    {
      name: "no way to any",
      results: Array.from({ length: 10 }, () => -1),
      isWritable: false,
      sent: [],
      dropped: 10,
    },
  ])("$name", ({ results, isWritable, sent, dropped }) => {
    const { batch, sent: seen } = batchWith(results, isWritable);
    for (let i = 0; i < 10; i++) batch.answer(i, 100 + i);
    batch.send(-1);
    expect([seen, batch.dropped, batch.at]).toEqual([sent, dropped, 0]);
    batch.send(-1); // nothing is queued any more
    expect(batch.dropped).toBe(dropped);
    batch.free();
  });

  test("answers lie one behind the other, and the batch says when the largest might not fit", () => {
    const { batch } = batchWith([], false);
    let count = 0;
    while (!batch.isFull) {
      batch.answer(count++, 65_535);
      expect(batch.at).toBeLessThanOrEqual(batch.output.length);
    }
    expect(count).toBe(8);
    expect(batch.output.length - batch.at).toBeLessThan(65_535);
    batch.free();
  });
});
