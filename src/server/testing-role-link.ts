// A role without a process, for tests of control with its engines: it holds objects, hands each change to the engines and acknowledges.

import {
  objectKey,
  type RoleName,
  type RoleObject,
  type RoleQuestion,
  StateDigest,
  type ToRole,
} from "#contract";
import type { Control, RoleLink } from "#control";
import type { RoleEngines } from "./role-engines.ts";

/**
 * Connects engines to control as a role's process does.
 * @param answer  takes what control asks; absent: it gets no answers
 * @returns what the role says to control by
 */
export function connectRole(
  control: Control,
  role: Exclude<RoleName, "control">,
  engines: Pick<RoleEngines, "apply">,
  answer?: (question: RoleQuestion) => void,
): RoleLink {
  const objects = new Map<string, RoleObject>();
  const parts: Extract<ToRole, { type: "part" }>[] = [];
  const link: RoleLink = control.hub.connect({
    close: () => {},
    send: (message) => {
      if (message.type === "ask") {
        if (!answer) return;
        answer(message.question);
        link.receive({ type: "answer", id: message.id, answer: {} });
        return;
      }
      if (message.type === "part") {
        parts.push(message);
        return;
      }
      const isSnapshot = message.type === "snapshot";
      const last = {
        put: isSnapshot ? message.objects : message.put,
        remove: isSnapshot ? [] : message.remove,
      };
      const all = [...parts.splice(0), last];
      const put = all.flatMap((part) => part.put);
      const kept = new Set(put.map(objectKey));
      const gone = isSnapshot ? [...objects.keys()] : all.flatMap((part) => part.remove);
      const removed = gone.filter((name) => !kept.has(name)).flatMap((name) => objects.get(name) ?? []);
      for (const object of removed) objects.delete(objectKey(object));
      for (const object of put) objects.set(objectKey(object), object);
      engines.apply({ put, removed, objects });
      link.receive({ type: "ack", revision: message.revision, digest: digestOf(objects.values()) });
    },
  });
  link.receive({
    type: "hello",
    role,
    pid: 1,
    protocolVersions: [1],
    lastRevision: 0,
    digest: digestOf([]),
  });
  return link;
}

function digestOf(objects: Iterable<RoleObject>): string {
  const digest = new StateDigest();
  for (const object of objects) digest.toggle(object);
  return digest.toString();
}
