// Questions that control asks roles over their streams (`ask` and `answer` of src/contract/stream.ts), and that wait for their answers.

import { PlatformError, type RoleName, type RoleQuestion, type ToRole } from "#contract";
import type { HostTimers } from "./ports.ts";

/** A question that waits for its answer. */
interface PendingQuestion {
  readonly role: RoleName;
  readonly resolve: (answer: unknown) => void;
  readonly reject: (error: PlatformError) => void;
  readonly cancel: () => void;
}

/** See the head of this file. */
export class RoleQuestions {
  readonly #timers: HostTimers;
  readonly #pending: Map<number, PendingQuestion> = new Map();
  #nextId = 1;

  constructor(timers: HostTimers) {
    this.#timers = timers;
  }

  /**
   * Asks a role. Rejects with `role-unreachable` where it is away, or does not answer in time.
   * @param send  sends to the role; undefined where it is not connected
   */
  ask(
    role: RoleName,
    question: RoleQuestion,
    timeoutMs: number,
    send: ((message: ToRole) => void) | undefined,
  ): Promise<unknown> {
    if (!send) return Promise.reject(unreachable(role, "it is not connected"));
    return new Promise((resolve, reject) => {
      const id = this.#nextId++;
      const cancel = this.#timers.after(timeoutMs, () => {
        this.#pending.delete(id);
        reject(unreachable(role, `it did not answer within ${timeoutMs} ms`));
      });
      this.#pending.set(id, { role, resolve, reject, cancel });
      send({ type: "ask", id, question });
    });
  }

  /** A role has answered. An answer that comes too late, or of another role, is none. */
  answered(role: RoleName, id: number, answer: unknown): void {
    const question = this.#pending.get(id);
    if (question?.role !== role) return;
    this.#pending.delete(id);
    question.cancel();
    question.resolve(answer);
  }

  /** A role has left: what it was asked is not answered any more. */
  left(role: RoleName): void {
    for (const [id, question] of this.#pending) {
      if (question.role !== role) continue;
      this.#pending.delete(id);
      question.cancel();
      question.reject(unreachable(role, "it left before it answered"));
    }
  }
}

function unreachable(role: RoleName, why: string): PlatformError {
  return new PlatformError("role-unreachable", `Cannot ask role "${role}": ${why}`);
}
