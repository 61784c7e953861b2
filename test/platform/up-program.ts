// A supervisor as a process of its own, for tests that kill it: `up-program.ts DATA NETWORK OFFSET`. Prints "ready" once
// the platform is, or the code of the failure; SIGTERM stops the platform, also while it starts.

import { PlatformError } from "#contract";
import { up } from "#server";

const [data = "", network = "", offset = ""] = process.argv.slice(2);
const givenUp = new AbortController();
const giveUp = (): void => givenUp.abort();
process.once("SIGTERM", giveUp);
try {
  const platform = await up({ data, network, portOffset: Number(offset), signal: givenUp.signal });
  process.off("SIGTERM", giveUp);
  process.once("SIGTERM", () => void platform.stop().then(() => process.exit(0)));
  console.log("ready");
} catch (error) {
  console.log(error instanceof PlatformError ? `${error.code}: ${error.message}` : error);
  process.exit(1);
}
