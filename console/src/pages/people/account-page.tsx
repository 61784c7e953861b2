// The asker's own account: password, second factor, sessions. The same can be done at /account without any script.

import { useState, type FormEvent } from "react";
import { useMutation, useQuery } from "@tanstack/react-query";
import { at, request } from "../../api/client.ts";
import { sessionsQuery } from "../../api/identity.ts";
import { meQuery } from "../../api/queries.ts";
import { Button } from "../../parts/button.tsx";
import { Card, Empty, PageHead } from "../../parts/card.tsx";
import { Failure, shownFailure } from "../../parts/failure.tsx";
import { TextField } from "../../parts/field.tsx";
import { Reading } from "../../parts/reading.tsx";
import { tell } from "../../parts/toast.tsx";
import { visible } from "../../text/visible.ts";
import { roleName } from "./roles.tsx";
import { SecondFactor } from "./second-factor.tsx";
import { Sessions } from "./sessions.tsx";

/** The page. */
export function AccountPage() {
  const me = useQuery(meQuery);
  return (
    <Reading of={me}>
      {({ kind, name, role }) => (
        <>
          <PageHead title="Your account" about={`${visible(name)}, ${roleName(role).toLowerCase()}`} />
          {kind === "user" ? (
            <div className="grid items-start gap-5 lg:grid-cols-2">
              <Password />
              <SecondFactor />
              <OwnSessions />
            </div>
          ) : (
            <Empty title="A key has no account">Sign in as a person to see one.</Empty>
          )}
        </>
      )}
    </Reading>
  );
}

function OwnSessions() {
  const sessions = useQuery(sessionsQuery);
  return (
    <Card title="Sessions" about="Where you are signed in." className="lg:col-span-2">
      <Sessions of={sessions} path={(id) => at("me", "sessions", id)} />
    </Card>
  );
}

function Password() {
  const [current, setCurrent] = useState("");
  const [next, setNext] = useState("");
  const change = useMutation({
    mutationFn: () => request("POST", "/v1/me/password", { current, next }),
    onSuccess: () => {
      setCurrent("");
      setNext("");
      tell("The password is another one", { about: "All other sessions of yours have ended." });
    },
  });
  const submit = (event: FormEvent): void => {
    event.preventDefault();
    change.mutate();
  };
  return (
    <Card title="Password" about="All other sessions end with a new one.">
      <form onSubmit={submit} className="flex flex-col gap-4">
        <TextField
          label="Password now"
          type="password"
          required
          autoComplete="current-password"
          value={current}
          onChange={({ target }) => setCurrent(target.value)}
        />
        <TextField
          label="New password"
          hint="At least 12 characters"
          type="password"
          required
          autoComplete="new-password"
          value={next}
          onChange={({ target }) => setNext(target.value)}
        />
        {change.error && <Failure failure={shownFailure(change.error)} />}
        <div>
          <Button type="submit" isBusy={change.isPending}>
            Change the password
          </Button>
        </div>
      </form>
    </Card>
  );
}
