// A supervisor as a process of its own, for tests that kill it: `up-program.ts DATA NETWORK OFFSET`. Prints "ready" once
// the platform is, or the code of the failure; SIGTERM stops the platform.

import { PlatformError } from "#contract";
import { up } from "#server";

const [data = "", network = "", offset = ""] = process.argv.slice(2);
try {
  const platform = await up({ data, network, portOffset: Number(offset) });
  process.once("SIGTERM", () => void platform.stop().then(() => process.exit(0)));
  console.log("ready");
} catch (error) {
  console.log(error instanceof PlatformError ? `${error.code}: ${error.message}` : error);
  process.exit(1);
}
