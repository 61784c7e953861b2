// Signing in, over whatever page is open: the page stays as it is, and goes on with what was typed or staged when somebody is in again.

import { useState, type FormEvent } from "react";
import { useMutation } from "@tanstack/react-query";
import { request } from "../api/client.ts";
import { signedIn, useConnection } from "../api/connection.ts";
import { Button } from "../parts/button.tsx";
import { Dialog } from "../parts/dialog.tsx";
import { TextField } from "../parts/field.tsx";

type Outcome = { readonly outcome: "signed-in" | "code-needed" };

/** Asks for e-mail address and password, then for a code where there is a second factor. */
export function SignIn() {
  const { isSignedIn } = useConnection();
  return (
    <Dialog
      isOpen={!isSignedIn}
      onClose={() => {}}
      canClose={false}
      title="Sign in to Fairlead"
      about="Whatever stood on this page is kept."
    >
      {!isSignedIn && <SignInForm />}
    </Dialog>
  );
}

function SignInForm() {
  const [needsCode, setNeedsCode] = useState(false);
  const [email, setEmail] = useState("");
  const [password, setPassword] = useState("");
  const [code, setCode] = useState("");
  const attempt = useMutation<Outcome>({
    mutationFn: () =>
      needsCode
        ? request<Outcome>("POST", "/v1/session/code", { code: code.replaceAll(/\s/g, "") })
        : request<Outcome>("POST", "/v1/session", { email, password }),
    onSuccess: ({ outcome }) => {
      if (outcome === "code-needed") setNeedsCode(true);
      else signedIn();
    },
  });
  const submit = (event: FormEvent): void => {
    event.preventDefault();
    attempt.mutate();
  };
  return (
    <form onSubmit={submit} className="flex flex-col gap-4 pt-2">
      {needsCode ? (
        <TextField
          label="Code"
          hint="Of your authenticator, or a backup code"
          inputMode="numeric"
          autoComplete="one-time-code"
          autoFocus
          required
          value={code}
          onChange={({ target }) => setCode(target.value)}
        />
      ) : (
        <>
          <TextField
            label="E-mail address"
            type="email"
            autoComplete="username"
            autoFocus
            required
            value={email}
            onChange={({ target }) => setEmail(target.value)}
          />
          <TextField
            label="Password"
            type="password"
            autoComplete="current-password"
            required
            value={password}
            onChange={({ target }) => setPassword(target.value)}
          />
        </>
      )}
      {attempt.error && (
        <p role="alert" className="text-bad">
          {attempt.error.body.code === "sign-in-refused"
            ? "E-mail address, password or code is not right."
            : `${attempt.error.body.message}. ${attempt.error.body.help}`}
        </p>
      )}
      <Button type="submit" purpose="primary" isBusy={attempt.isPending}>
        Sign in
      </Button>
      <p className="text-sm text-soft">
        No account yet? An owner invites you; the first owner opens the link that{" "}
        <code className="font-mono">npm start</code> printed, or{" "}
        <code className="font-mono">fairlead setup</code> prints.
      </p>
    </form>
  );
}
