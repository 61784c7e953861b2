// What a distribution is to forget: paths typed one a line, each read back with what is stored under it, the plan, and whether the edge has
// forgotten already.

import { useDeferredValue, useState } from "react";
import { keepPreviousData, useQuery } from "@tanstack/react-query";
import { Check, CircleAlert, LoaderCircle } from "lucide-react";
import type { Distribution, Operation, StoredPreview } from "#contract";
import { at, request } from "../../api/client.ts";
import { useOperation } from "../../api/events.ts";
import { usePlan } from "../../commands/plan-context.ts";
import { Button } from "../../parts/button.tsx";
import { Card } from "../../parts/card.tsx";
import { Value } from "../../parts/code.tsx";
import { Failure, reportedFailure } from "../../parts/failure.tsx";
import { TextArea } from "../../parts/field.tsx";
import { Time } from "../../parts/time.tsx";
import { counted, milliseconds, octets } from "../../text/quantities.ts";
import { readPurgePaths, type PurgePath } from "./purge-paths.ts";

/** Paths whose stored answers are looked for at most: the API's own bound. */
const previewed = 50;

/** Purge and reset of a distribution. */
export function PurgeCard({
  distribution: { name, latestCacheReset },
}: {
  readonly distribution: Distribution;
}) {
  const openPlan = usePlan();
  const [text, setText] = useState("");
  const [operationId, setOperationId] = useState<string>();
  const paths = readPurgePaths(useDeferredValue(text));
  const isGood = paths.length > 0 && paths.every(({ problem }) => problem === undefined);
  const purge = (): void =>
    openPlan(
      { action: "purge-distribution", name, paths: paths.map(({ path }) => path) },
      {
        verb: "Purge",
        onApplied: ({ operation }) => {
          setOperationId(operation?.id);
          setText("");
        },
      },
    );
  const reset = (): void =>
    openPlan(
      { action: "reset-distribution-cache", name },
      {
        verb: "Forget everything",
        isDangerous: true,
        onApplied: ({ operation }) => setOperationId(operation?.id),
      },
    );
  return (
    <Card
      title="Purge"
      about="Has the cache forget what it stored, so that visitors get what the origin has now"
    >
      <form
        className="flex flex-col gap-3"
        onSubmit={(event) => {
          event.preventDefault();
          if (isGood) purge();
        }}
      >
        <TextArea
          label="Paths, one a line"
          hint="An address such as /style.css or /list?page=2, or /img/* for all that begins so"
          rows={3}
          isMono
          spellCheck={false}
          placeholder={"/index.html\n/img/*"}
          value={text}
          onChange={({ target }) => setText(target.value)}
        />
        {paths.length > 0 && <Preview name={name} paths={paths} />}
        <div className="flex flex-wrap justify-between gap-2">
          <Button type="submit" disabled={!isGood}>
            Purge…
          </Button>
          <Button purpose="danger" onClick={reset}>
            Forget everything…
          </Button>
        </div>
      </form>
      <Progress operationId={operationId} latestReset={latestCacheReset} />
    </Card>
  );
}

function Preview({ name, paths }: { readonly name: string; readonly paths: readonly PurgePath[] }) {
  const asked = paths
    .filter(({ problem }) => problem === undefined)
    .slice(0, previewed)
    .map(({ path }) => path);
  const { data } = useQuery({
    queryKey: ["distributions", name, "stored", asked],
    queryFn: ({ signal }) =>
      request<StoredPreview>("POST", at("distributions", name, "stored"), { paths: asked }, signal),
    enabled: asked.length > 0,
    placeholderData: keepPreviousData,
    meta: { followsChanges: false },
  });
  const stored = new Map(data?.paths.map((one) => [one.path, one]));
  return (
    <ul aria-label="What will be forgotten" className="flex flex-col gap-2 rounded-lg bg-sunken p-3">
      {paths.slice(0, previewed).map(({ path, reads, problem }) => {
        const found = stored.get(path);
        return (
          <li key={path} className="min-w-0">
            <span className="flex flex-wrap items-baseline gap-x-2">
              <Value text={path} most={48} className="font-medium" />
              {problem === undefined ? (
                <span className="text-sm text-soft">{reads}</span>
              ) : (
                <span className="inline-flex items-center gap-1 text-sm text-bad">
                  <CircleAlert size={14} aria-hidden /> {problem}
                </span>
              )}
            </span>
            {problem === undefined && found && (
              <span className="block text-sm text-soft">
                {found.responses === 0
                  ? "Nothing is stored under it now"
                  : `${found.isCut ? "At least " : ""}${counted(found.responses, "stored answer")}, ${octets(found.octets)}`}
                {found.responses > 0 && path.endsWith("*") && (
                  <>
                    {": "}
                    {found.examples.map((example, i) => (
                      <span key={example}>
                        {i > 0 && ", "}
                        <Value text={example} most={36} />
                      </span>
                    ))}
                    {found.more && " …"}
                  </>
                )}
              </span>
            )}
          </li>
        );
      })}
      {paths.length > previewed && (
        <li className="text-sm text-soft">and {counted(paths.length - previewed, "more path")}</li>
      )}
    </ul>
  );
}

function Progress({
  operationId,
  latestReset,
}: {
  readonly operationId: string | undefined;
  readonly latestReset: Distribution["latestCacheReset"];
}) {
  const operation = useOperation(operationId);
  return (
    <div aria-live="polite" className="mt-3 empty:mt-0">
      {operation ? (
        <OperationLine operation={operation} />
      ) : (
        latestReset && (
          <p className="text-sm text-soft">
            {latestReset.status === "Done"
              ? "Everything was forgotten "
              : "Everything is being forgotten, since "}
            <Time at={latestReset.createdAt} />.
          </p>
        )
      )}
    </div>
  );
}

function OperationLine({ operation }: { readonly operation: Operation }) {
  const { isTerminal, status, failure, createdAt, statusChangedAt, operationDetails } = operation;
  if (!isTerminal)
    return (
      <p className="flex items-center gap-2 text-soft">
        <LoaderCircle size={16} className="animate-spin" aria-hidden /> The edge is being told …
      </p>
    );
  if (status === "Failed")
    return failure ? (
      <Failure failure={reportedFailure(failure)} />
    ) : (
      <p className="text-bad">{operationDetails}</p>
    );
  return (
    <p className="flex items-center gap-2 text-good">
      <Check size={16} aria-hidden /> Done after{" "}
      {milliseconds(Date.parse(statusChangedAt) - Date.parse(createdAt))}: the edge has forgotten it. What is
      asked for next comes from the origin.
    </p>
  );
}
