// Users: who there is, with what role; invitations by a one-time link that is copied, and what else is done about people.

import { useState, type FormEvent } from "react";
import { useMutation, useQuery } from "@tanstack/react-query";
import { Ellipsis, KeyRound, MonitorSmartphone, Trash2, UserCheck, UserPlus, UserX } from "lucide-react";
import type { LinkAnswer, Role, User } from "#contract";
import { readAnew } from "../../api/cache.ts";
import { at, request } from "../../api/client.ts";
import { linksQuery, sessionsOfQuery, usersQuery, type OpenLink } from "../../api/identity.ts";
import { meQuery } from "../../api/queries.ts";
import { usePlan } from "../../commands/plan-context.ts";
import { Button, IconButton } from "../../parts/button.tsx";
import { Card, PageHead } from "../../parts/card.tsx";
import { Chip } from "../../parts/chip.tsx";
import { CodeBlock } from "../../parts/code.tsx";
import { Dialog, Menu } from "../../parts/dialog.tsx";
import { Failure, shownFailure } from "../../parts/failure.tsx";
import { SelectField, TextField } from "../../parts/field.tsx";
import { Reading } from "../../parts/reading.tsx";
import { Table } from "../../parts/table.tsx";
import { Time } from "../../parts/time.tsx";
import { tell } from "../../parts/toast.tsx";
import { visible } from "../../text/visible.ts";
import { roleName, roles } from "./roles.tsx";
import { Sessions } from "./sessions.tsx";

/** The page. */
export function UsersPage() {
  const users = useQuery(usersQuery);
  const links = useQuery(linksQuery);
  const [dialog, setDialog] = useState<{ kind: "invite" | "role" | "sessions"; user?: User }>();
  const [link, setLink] = useState<{ email: string; link: LinkAnswer; isReset: boolean }>();
  return (
    <>
      <PageHead
        title="Users"
        about="Who can sign in. People are let in by a one-time link, with which they choose their own password."
        actions={
          <Button
            purpose="primary"
            icon={<UserPlus size={17} aria-hidden />}
            onClick={() => setDialog({ kind: "invite" })}
          >
            Invite
          </Button>
        }
      />
      <div className="flex flex-col gap-5">
        <Card isFlush>
          <Reading of={users}>
            {({ users: list }) => (
              <UserTable
                users={list}
                onRole={(user) => setDialog({ kind: "role", user })}
                onSessions={(user) => setDialog({ kind: "sessions", user })}
                onReset={(email, made) => setLink({ email, link: made, isReset: true })}
              />
            )}
          </Reading>
        </Card>
        {links.data && links.data.links.length > 0 && <OpenLinks links={links.data.links} />}
      </div>
      <Invite
        isOpen={dialog?.kind === "invite"}
        onClose={() => setDialog(undefined)}
        onMade={(email, made) => {
          setDialog(undefined);
          setLink({ email, link: made, isReset: false });
        }}
      />
      {dialog?.user && (
        <ChangeRole
          key={`role ${dialog.user.email}`}
          user={dialog.user}
          isOpen={dialog.kind === "role"}
          onClose={() => setDialog(undefined)}
        />
      )}
      {dialog?.kind === "sessions" && dialog.user && (
        <SessionsOf email={dialog.user.email} onClose={() => setDialog(undefined)} />
      )}
      {link && (
        <Dialog
          isOpen
          onClose={() => setLink(undefined)}
          title={link.isReset ? "A link for a new password" : "The invitation, shown this once"}
          about={
            <>
              Give this link to {visible(link.email)}. It is good once, and ends{" "}
              <Time at={link.link.expiresAt} />.
            </>
          }
          actions={
            <Button purpose="primary" onClick={() => setLink(undefined)}>
              Done
            </Button>
          }
        >
          <CodeBlock text={link.link.url} label="One-time link, to copy" />
        </Dialog>
      )}
    </>
  );
}

function UserTable({
  users,
  onRole,
  onSessions,
  onReset,
}: {
  readonly users: readonly User[];
  readonly onRole: (user: User) => void;
  readonly onSessions: (user: User) => void;
  readonly onReset: (email: string, link: LinkAnswer) => void;
}) {
  const me = useQuery(meQuery).data;
  const openPlan = usePlan();
  const reset = async (email: string): Promise<void> => {
    try {
      onReset(email, await request<LinkAnswer>("POST", `${at("users", email)}/reset`, {}));
    } catch (error) {
      tell(shownFailure(error).what, { tone: "bad" });
    }
  };
  return (
    <Table<User>
      label="Users"
      rows={users}
      keyOf={({ email }) => email}
      columns={[
        {
          title: "User",
          sortBy: ({ email }) => email,
          cell: ({ email }) => (
            <span className="flex flex-wrap items-center gap-2">
              <span className="font-medium break-all">{visible(email)}</span>
              {me?.user === email && <Chip>you</Chip>}
            </span>
          ),
        },
        { title: "Role", sortBy: ({ role }) => role, cell: ({ role }) => roleName(role) },
        {
          title: "State",
          cell: ({ isDisabled }) => (
            <Chip tone={isDisabled ? "warn" : "good"} withDot>
              {isDisabled ? "disabled" : "may sign in"}
            </Chip>
          ),
        },
        {
          title: "Since",
          sortBy: ({ createdAt }) => createdAt,
          cell: ({ createdAt }) => <Time at={createdAt} />,
        },
        {
          title: "",
          align: "right",
          cell: (user) => {
            const { email, isDisabled } = user;
            return (
              <Menu
                trigger={
                  <IconButton label={`More for ${email}`}>
                    <Ellipsis size={18} aria-hidden />
                  </IconButton>
                }
                choices={[
                  {
                    label: "Change the role …",
                    icon: <UserCheck size={16} aria-hidden />,
                    onChoose: () => onRole(user),
                  },
                  {
                    label: "Sessions …",
                    icon: <MonitorSmartphone size={16} aria-hidden />,
                    onChoose: () => onSessions(user),
                  },
                  {
                    label: "Link for a new password",
                    icon: <KeyRound size={16} aria-hidden />,
                    onChoose: () => void reset(email),
                  },
                  {
                    label: isDisabled ? "Let in again" : "Disable",
                    icon: isDisabled ? <UserCheck size={16} aria-hidden /> : <UserX size={16} aria-hidden />,
                    onChoose: () =>
                      openPlan(
                        { action: "update-user", email, isDisabled: !isDisabled },
                        { verb: isDisabled ? "Let in again" : "Disable", isDangerous: !isDisabled },
                      ),
                  },
                  "line",
                  {
                    label: "Remove",
                    icon: <Trash2 size={16} aria-hidden />,
                    isDangerous: true,
                    onChoose: () =>
                      openPlan({ action: "delete-user", email }, { verb: "Remove", isDangerous: true }),
                  },
                ]}
              />
            );
          },
        },
      ]}
    />
  );
}

const kinds = { setup: "First owner", invitation: "Invitation", reset: "New password" } as const;

function OpenLinks({ links }: { readonly links: readonly OpenLink[] }) {
  const end = async (id: string): Promise<void> => {
    try {
      await request("DELETE", at("invitations", id));
      tell("The link opens nothing any more");
    } catch (error) {
      tell(shownFailure(error).what, { tone: "bad" });
    }
    readAnew();
  };
  return (
    <Card title="Links that nobody has opened yet" isFlush>
      <Table<OpenLink>
        label="One-time links"
        rows={links}
        keyOf={({ id }) => id}
        columns={[
          {
            title: "For",
            cell: ({ email }) => <span className="break-all">{visible(email ?? "whoever opens it")}</span>,
          },
          { title: "What for", cell: ({ kind, role }) => `${kinds[kind]}, ${role}` },
          { title: "Made by", cell: ({ by }) => <span className="break-all">{visible(by)}</span> },
          { title: "Ends", cell: ({ expiresAt }) => <Time at={expiresAt} /> },
          {
            title: "",
            align: "right",
            cell: ({ id, email }) => (
              <Button
                size="small"
                aria-label={`End the link for ${email ?? "the first owner"}`}
                onClick={() => void end(id)}
              >
                End
              </Button>
            ),
          },
        ]}
      />
    </Card>
  );
}

function Invite({
  isOpen,
  onClose,
  onMade,
}: {
  readonly isOpen: boolean;
  readonly onClose: () => void;
  readonly onMade: (email: string, link: LinkAnswer) => void;
}) {
  const [email, setEmail] = useState("");
  const [role, setRole] = useState<Role>("operator");
  const invite = useMutation({
    mutationFn: () => request<LinkAnswer>("POST", at("invitations"), { email, role }),
    onSuccess: (made) => {
      readAnew();
      setEmail("");
      onMade(email, made);
    },
  });
  const submit = (event: FormEvent): void => {
    event.preventDefault();
    invite.mutate();
  };
  return (
    <Dialog
      isOpen={isOpen}
      onClose={onClose}
      title="Invite somebody"
      about="No message is sent: you copy the link and give it to them."
      actions={
        <>
          <Button onClick={onClose}>Cancel</Button>
          <Button purpose="primary" type="submit" form="invite" isBusy={invite.isPending}>
            Make the link
          </Button>
        </>
      }
    >
      <form id="invite" onSubmit={submit} className="flex flex-col gap-4">
        <TextField
          label="E-mail address"
          type="email"
          required
          autoComplete="off"
          value={email}
          onChange={({ target }) => setEmail(target.value)}
        />
        <SelectField label="Role" value={role} options={roles} onChange={setRole} />
        {invite.error && <Failure failure={shownFailure(invite.error)} />}
      </form>
    </Dialog>
  );
}

function ChangeRole({
  user,
  isOpen,
  onClose,
}: {
  readonly user: User;
  readonly isOpen: boolean;
  readonly onClose: () => void;
}) {
  const [role, setRole] = useState(user.role);
  const openPlan = usePlan();
  return (
    <Dialog
      isOpen={isOpen}
      onClose={onClose}
      title={`Role of ${visible(user.email)}`}
      actions={
        <>
          <Button onClick={onClose}>Cancel</Button>
          <Button
            purpose="primary"
            disabled={role === user.role}
            onClick={() => {
              onClose();
              openPlan({ action: "update-user", email: user.email, role }, { verb: "Change the role" });
            }}
          >
            Show the plan
          </Button>
        </>
      }
    >
      <SelectField label="Role" value={role} options={roles} onChange={setRole} />
    </Dialog>
  );
}

function SessionsOf({ email, onClose }: { readonly email: string; readonly onClose: () => void }) {
  const sessions = useQuery(sessionsOfQuery(email));
  return (
    <Dialog
      isOpen
      onClose={onClose}
      title={`Sessions of ${visible(email)}`}
      about="Where this person is signed in. One that is ended has to sign in again."
    >
      <Sessions of={sessions} path={(id) => at("users", email, "sessions", id)} />
    </Dialog>
  );
}
