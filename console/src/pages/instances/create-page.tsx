// A new instance: a folder of files, a command, or a server that exists already.

import { useState } from "react";
import { useNavigate } from "@tanstack/react-router";
import type { InstanceRun } from "#contract";
import { usePlan } from "../../commands/plan-context.ts";
import { Button, ButtonLink } from "../../parts/button.tsx";
import { Card, PageHead } from "../../parts/card.tsx";
import { TextField } from "../../parts/field.tsx";
import { place } from "../../parts/place.ts";
import { BackTo } from "../../parts/resource-page.tsx";
import { Segments } from "../../parts/segments.tsx";
import { limitsOf, portsOf, wordsOf } from "./limits.ts";
import { LimitFields } from "./settings-tab.tsx";

type Kind = "site" | "command" | "address";

const kinds = [
  { value: "site", label: "A folder of files" },
  { value: "command", label: "A command" },
  { value: "address", label: "An existing server" },
] as const;

/** The page. */
export function CreatePage() {
  const navigate = useNavigate();
  const openPlan = usePlan();
  const [kind, setKind] = useState<Kind>("site");
  const [name, setName] = useState("");
  const [folder, setFolder] = useState("");
  const [command, setCommand] = useState("");
  const [address, setAddress] = useState("");
  const [limitDraft, setLimitDraft] = useState({ cpus: "", memory: "" });
  const [ports, setPorts] = useState("80, 443");
  const words = wordsOf(command);
  const limits = limitsOf(limitDraft);
  const rules = portsOf(ports);
  const run = runOf(kind, folder.trim(), words.words, address.trim());
  const isReady =
    name.trim() !== "" && run !== undefined && limits.limits !== undefined && rules.rules !== undefined;
  const create = (): void => {
    if (!run || !limits.limits || !rules.rules) return;
    openPlan(
      {
        action: "create-instance",
        name: name.trim(),
        run,
        ...(Object.keys(limits.limits).length > 0 && kind !== "address" ? { limits: limits.limits } : {}),
        ports: [...rules.rules],
      },
      { verb: "Create", onApplied: () => void navigate(place(["instances", name.trim()])) },
    );
  };
  return (
    <>
      <PageHead
        above={<BackTo list="instances" />}
        title="Create an instance"
        about="It gets an address and a name of its own at once. A name of yours is assigned to it afterwards."
      />
      <Card className="max-w-2xl">
        <form
          className="flex flex-col gap-4"
          onSubmit={(event) => {
            event.preventDefault();
            create();
          }}
        >
          <div>
            <p className="mb-1 text-sm font-medium">What answers</p>
            <Segments label="What answers" options={kinds} value={kind} onChange={setKind} />
          </div>
          <TextField
            label="Name"
            hint="Letters, digits and hyphens; part of its own domain name"
            required
            autoFocus
            value={name}
            onChange={({ target }) => setName(target.value)}
          />
          {kind === "site" && (
            <TextField
              label="Folder"
              hint="On the machine that the platform runs on, as a whole path. A built-in web server serves its files"
              isMono
              placeholder="/srv/shop"
              value={folder}
              onChange={({ target }) => setFolder(target.value)}
            />
          )}
          {kind === "command" && (
            <>
              <TextField
                label="Command"
                hint="It is to listen at the address and port in HOST and PORT of its environment"
                isMono
                placeholder="node server.js"
                value={command}
                problem={command === "" ? undefined : words.problem}
                onChange={({ target }) => setCommand(target.value)}
              />
              <TextField
                label="Runs in"
                hint="A folder, as a whole path"
                isMono
                placeholder="/srv/app"
                value={folder}
                onChange={({ target }) => setFolder(target.value)}
              />
            </>
          )}
          {kind === "address" && (
            <TextField
              label="Where it listens"
              hint="Address and port; IPv6 in brackets. Its process stays yours to look after"
              isMono
              placeholder="192.168.1.20:80"
              value={address}
              problem={
                address === "" || run
                  ? undefined
                  : "An address and a port, such as 192.168.1.20:80 or [fd00::1]:80"
              }
              onChange={({ target }) => setAddress(target.value)}
            />
          )}
          <details className="rounded-lg border border-line px-3 py-2">
            <summary className="font-medium text-soft">Limits and public ports</summary>
            <div className="flex flex-col gap-4 pt-3 pb-1">
              {kind !== "address" && (
                <LimitFields
                  draft={limitDraft}
                  problems={limits.problems}
                  onChange={(more) => setLimitDraft({ ...limitDraft, ...more })}
                />
              )}
              <TextField
                label="Open ports"
                hint="At its public address. Empty: none"
                isMono
                value={ports}
                problem={rules.problem}
                onChange={({ target }) => setPorts(target.value)}
              />
            </div>
          </details>
          <div className="flex gap-2">
            <Button type="submit" purpose="primary" disabled={!isReady}>
              Review the plan
            </Button>
            <ButtonLink {...place("instances")}>Cancel</ButtonLink>
          </div>
        </form>
      </Card>
    </>
  );
}

/** What is to run; undefined while something is missing. The platform judges the rest. */
function runOf(
  kind: Kind,
  folder: string,
  words: readonly string[] | undefined,
  address: string,
): InstanceRun | undefined {
  switch (kind) {
    case "site":
      return folder === "" ? undefined : { kind, folder };
    case "command":
      return folder === "" || !words ? undefined : { kind, command: [...words], folder };
    case "address": {
      const [, v6, v4, port] = /^(?:\[([0-9a-f:.]+)\]|([\d.]+)):(\d{1,5})$/i.exec(address) ?? [];
      const host = v6 ?? v4;
      return host === undefined || port === undefined || Number(port) < 1 || Number(port) > 65_535
        ? undefined
        : { kind, address: host, port: Number(port) };
    }
  }
}
