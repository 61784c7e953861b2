// docs/reference/errors.md from the error table: a heading for each code, so that every error has an address.

import { errorTable, visitFailures, type ErrorKind, type ErrorRow } from "#contract";

const kinds: Readonly<Record<ErrorKind, { readonly exitCode: number; readonly about: string }>> = {
  InvalidInput: {
    exitCode: 2,
    about: "What was asked for cannot be read, or is outside the rules. Asking again changes nothing.",
  },
  NotFound: { exitCode: 3, about: "What was named is not there." },
  AccessDenied: { exitCode: 4, about: "It is there, and whoever asks may not." },
  Unauthenticated: { exitCode: 5, about: "Nobody knows who asks." },
  OperationFailure: { exitCode: 6, about: "It was understood, and is not possible as things stand." },
  Service: { exitCode: 7, about: "The platform could not: a fault of its own, or of what it stands on." },
};

/** The page as it should be. */
export function errorsPage(): string {
  const rows = Object.entries<ErrorRow>(errorTable);
  const parts = (Object.keys(kinds) as ErrorKind[]).map((kind) => {
    const { exitCode, about } = kinds[kind];
    const entries = rows
      .filter(([, row]) => row.kind === kind)
      .map(
        ([code, row]) =>
          `### ${code}\n\n${row.help}\n\nHTTP ${row.httpStatus} · EPP ${row.eppCode ?? 2400} · ${row.retryable ? "the same request can succeed later" : "trying again alone does not help"}\n`,
      );
    return `## ${kind}\n\n${about} The command line ends with ${exitCode}.\n\n${entries.join("\n")}`;
  });
  const visits = Object.entries(visitFailures).map(
    ([code, { hop, meaning, help }]) => `### ${code}\n\n${meaning} ${help}\n\nHop \`${hop}\`\n`,
  );
  return `# Errors

Every refusal has a code, which the API gives as \`code\` and the command line in brackets. \`fairlead explain CODE\` prints what stands here.
Written from the table in \`src/contract/errors.ts\`.

${parts.join("\n")}
## What breaks a visit

Traces say with these what broke a visit, or what is wrong though it went well, each at a hop. Written from the table in
\`src/contract/visit-failures.ts\`.

${visits.join("\n")}`;
}
