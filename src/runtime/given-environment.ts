// What a program of the user's own is given of the environment that this platform was started with.

/**
 * All of it but what is the platform's own business.
 *
 * `CREDENTIALS_DIRECTORY` is systemd's way to the data key and other secrets of the platform's service.
 */
export function givenEnvironment(environment: NodeJS.ProcessEnv): Record<string, string> {
  return Object.fromEntries(
    Object.entries(environment).filter(
      (entry): entry is [string, string] =>
        entry[1] !== undefined && !entry[0].startsWith("FAIRLEAD_") && entry[0] !== "CREDENTIALS_DIRECTORY",
    ),
  );
}
