// The code with which another registrar takes a domain over: made anew, shown once.

import { useState } from "react";
import type { AuthCodeAnswer } from "#contract";
import { at, request } from "../../api/client.ts";
import { Button } from "../../parts/button.tsx";
import { CodeBlock } from "../../parts/code.tsx";
import { Dialog } from "../../parts/dialog.tsx";
import { Failure, shownFailure } from "../../parts/failure.tsx";
import { visible } from "../../text/visible.ts";

/** The dialog. */
export function AuthCode({
  name,
  isOpen,
  onClose,
}: {
  readonly name: string;
  readonly isOpen: boolean;
  readonly onClose: () => void;
}) {
  const [code, setCode] = useState<string>();
  const [problem, setProblem] = useState<unknown>();
  const [isBusy, setBusy] = useState(false);
  const ask = async (): Promise<void> => {
    setBusy(true);
    setProblem(undefined);
    try {
      setCode((await request<AuthCodeAnswer>("POST", at("domains", name, "auth-code"), {})).authCode);
    } catch (error) {
      setProblem(error);
    } finally {
      setBusy(false);
    }
  };
  const close = (): void => {
    setCode(undefined);
    setProblem(undefined);
    onClose();
  };
  return (
    <Dialog
      isOpen={isOpen}
      onClose={close}
      title={`Code for a transfer of ${visible(name)}`}
      about="Whoever has it and an unlocked domain can take the domain over. A new code ends the one before."
      actions={
        code === undefined ? (
          <>
            <Button onClick={close}>Cancel</Button>
            <Button purpose="primary" isBusy={isBusy} onClick={() => void ask()}>
              Make a new code
            </Button>
          </>
        ) : (
          <Button purpose="primary" onClick={close}>
            I have kept it
          </Button>
        )
      }
    >
      {code !== undefined && <CodeBlock text={code} label="The authorization code" />}
      {problem !== undefined && <Failure failure={shownFailure(problem)} />}
    </Dialog>
  );
}
