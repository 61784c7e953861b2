// The second factor: an authenticator reads a picture, its first code confirms it, and backup codes are shown this once.

import { useState, type FormEvent } from "react";
import { useMutation, useQuery } from "@tanstack/react-query";
import { request } from "../../api/client.ts";
import { secondFactorQuery } from "../../api/identity.ts";
import { Button } from "../../parts/button.tsx";
import { Card } from "../../parts/card.tsx";
import { Chip } from "../../parts/chip.tsx";
import { CodeBlock, CopyButton, Value } from "../../parts/code.tsx";
import { Failure, shownFailure } from "../../parts/failure.tsx";
import { TextField } from "../../parts/field.tsx";
import { Reading } from "../../parts/reading.tsx";
import { tell } from "../../parts/toast.tsx";

const path = "/v1/me/second-factor";

interface Enrolment {
  readonly uri: string;
  readonly picture?: { readonly path: string; readonly size: number };
  readonly secret: string;
  readonly backupCodes: readonly string[];
}

/** The card. */
export function SecondFactor() {
  const state = useQuery(secondFactorQuery);
  const [enrolment, setEnrolment] = useState<Enrolment>();
  const reread = (): void => void state.refetch();
  return (
    <Card
      title="Second factor"
      about="A code of an authenticator on a phone, beside the password."
      actions={
        state.data && (
          <Chip tone={state.data.isEnabled ? "good" : "neutral"} withDot>
            {state.data.isEnabled ? "on" : "off"}
          </Chip>
        )
      }
    >
      <Reading of={state} lines={2}>
        {({ isEnabled }) =>
          enrolment ? (
            <Confirm
              enrolment={enrolment}
              onCancel={() => setEnrolment(undefined)}
              onDone={() => {
                setEnrolment(undefined);
                reread();
              }}
            />
          ) : (
            <WithPassword isEnabled={isEnabled} onEnrolled={setEnrolment} onRemoved={reread} />
          )
        }
      </Reading>
    </Card>
  );
}

function WithPassword({
  isEnabled,
  onEnrolled,
  onRemoved,
}: {
  readonly isEnabled: boolean;
  readonly onEnrolled: (enrolment: Enrolment) => void;
  readonly onRemoved: () => void;
}) {
  const [password, setPassword] = useState("");
  const go = useMutation({
    mutationFn: async () => {
      if (isEnabled) await request("POST", `${path}/removal`, { password });
      else return request<Enrolment>("POST", path, { password });
      return undefined;
    },
    onSuccess: (enrolment) => {
      setPassword("");
      if (enrolment) onEnrolled(enrolment);
      else {
        tell("There is no second factor any more");
        onRemoved();
      }
    },
  });
  const submit = (event: FormEvent): void => {
    event.preventDefault();
    go.mutate();
  };
  return (
    <form onSubmit={submit} className="flex flex-col gap-4">
      <TextField
        label="Your password"
        type="password"
        required
        autoComplete="current-password"
        value={password}
        onChange={({ target }) => setPassword(target.value)}
      />
      {go.error && <Failure failure={shownFailure(go.error)} />}
      <div>
        <Button type="submit" purpose={isEnabled ? "danger" : "plain"} isBusy={go.isPending}>
          {isEnabled ? "Take the second factor away" : "Add a second factor"}
        </Button>
      </div>
    </form>
  );
}

function Confirm({
  enrolment: { picture, secret, backupCodes },
  onCancel,
  onDone,
}: {
  readonly enrolment: Enrolment;
  readonly onCancel: () => void;
  readonly onDone: () => void;
}) {
  const [code, setCode] = useState("");
  const confirm = useMutation({
    mutationFn: () => request("PUT", path, { code: code.replaceAll(/\s/g, "") }),
    onSuccess: () => {
      tell("The second factor is on");
      onDone();
    },
  });
  const submit = (event: FormEvent): void => {
    event.preventDefault();
    confirm.mutate();
  };
  return (
    <form onSubmit={submit} className="flex flex-col gap-4">
      <p>Have your authenticator read this picture, or type its key:</p>
      <div className="flex flex-wrap items-center gap-4">
        {picture && (
          <svg
            role="img"
            aria-label="The key as a QR code"
            viewBox={`0 0 ${picture.size} ${picture.size}`}
            className="size-44 rounded-lg bg-white"
            shapeRendering="crispEdges"
          >
            <path d={picture.path} fill="black" />
          </svg>
        )}
        <span className="flex min-w-0 flex-col items-start gap-1">
          <Value text={secret} className="break-all" />
          <CopyButton text={secret} label="Copy the key" />
        </span>
      </div>
      <p>Keep these codes: each lets you in once, when the phone is gone. They are shown this once.</p>
      <CodeBlock text={backupCodes.join("\n")} label="Backup codes, to copy" />
      <TextField
        label="Code of the authenticator"
        inputMode="numeric"
        autoComplete="one-time-code"
        required
        value={code}
        onChange={({ target }) => setCode(target.value)}
      />
      {confirm.error && <Failure failure={shownFailure(confirm.error)} />}
      <div className="flex flex-wrap gap-2">
        <Button type="submit" purpose="primary" isBusy={confirm.isPending}>
          Confirm
        </Button>
        <Button onClick={onCancel}>Not now</Button>
      </div>
    </form>
  );
}
