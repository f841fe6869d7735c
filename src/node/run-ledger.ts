/** Sees to it that what is asked for is done once, and that the journal says so. */
import { type Journal, rememberMs } from "../journal/journal.ts";
import type { JournalEntry } from "../journal/entry.ts";
import type { StoredRun } from "../journal/stored-run.ts";
import { isObject, parseJson } from "../lib/json.ts";
import { messageOf } from "../lib/errors.ts";
import { printable } from "../lib/display-text.ts";
import type { Clock, Log } from "../platform/ports.ts";
import type { InvokeOutcome } from "../protocol/node-invoke.ts";
import { type Invocation, type InvokeHandler, invalid } from "./invoke.ts";
import type { AnswerEnd, Undelivered } from "./node-host.ts";
import { type KnownRun, RunMemory } from "./run-memory.ts";
import type { DecidedRun, EndedRun, RequestedRun, RunRecorder } from "./run-recorder.ts";
import {
  encodeBrief,
  outcomeUnknown,
  storedAnswer,
  storedEvent,
  summaryOf,
} from "./stored-answer.ts";

export interface RunLedgerPorts {
  readonly clock: Clock;
  readonly log: Log;
  readonly journal: Journal;
}

export interface RunLedgerOptions {
  /** The gateway that this host serves: ids and keys of another mean something else. */
  readonly gateway: string;
  /** This node's id in answers that nobody waits for any more. */
  readonly nodeId: string;
}

const mostRuns = 20_000;
/** Of answers that are delivered and kept for whoever asks again. */
const mostAnswerChars = 4 * 1024 * 1024;
/** A run that takes longer has a line for its process. */
const noteMs = 100;

/** Longer ids and keys are known by their hash. */
const longestName = 200;

/** A run of this host, from its request to the delivery of its answer. */
interface OwnRun {
  readonly known: KnownRun;
  stored: StoredRun;
  requested: boolean;
  startedAt: number | undefined;
  /** JSON of its payload, once it has ended. */
  answer: string | undefined;
  pid: number | undefined;
  /** The end tells it too. */
  pidNoted: boolean;
}

export class RunLedger implements RunRecorder {
  readonly #ports: RunLedgerPorts;
  readonly #options: RunLedgerOptions;
  readonly #memory = new RunMemory({ rememberMs, mostRuns, mostBytes: mostAnswerChars });
  /** Those whose answers are not delivered yet, by the id of their request. */
  readonly #own = new Map<string, OwnRun>();
  readonly #backlog: Undelivered[] = [];
  #noteDue = false;
  #startedRuns = 0;

  constructor(ports: RunLedgerPorts, options: RunLedgerOptions) {
    this.#ports = ports;
    this.#options = options;
    for (const run of ports.journal.runs(options.gateway)) this.#recall(run);
  }

  /** What an earlier host has run and not told, or not survived. */
  get backlog(): readonly Undelivered[] {
    return this.#backlog;
  }

  /** How many commands this host has started. */
  get startedRuns(): number {
    return this.#startedRuns;
  }

  /** Forgets what is too old to be asked for again; says how many runs are still remembered. */
  forgetOld(): number {
    this.#memory.sweep(this.#ports.clock.monotonic());
    return this.#memory.size;
  }

  /** The same handler; whoever asks it again for the same gets the same answer. */
  exactlyOnce(handler: InvokeHandler): InvokeHandler {
    return (invocation) => {
      this.#memory.sweep(this.#ports.clock.monotonic());
      const names = namesOf(invocation);
      const digest = digestOf(invocation.params);
      const known = this.#memory.find(names);
      if (known !== undefined) return this.#again(known, invocation, digest);
      return this.#first(handler, invocation, digest, names);
    };
  }

  /** The same handler, of a command that starts nothing; the journal has its requests. */
  recorded(method: string, handler: InvokeHandler): InvokeHandler {
    return async (invocation) => {
      this.#append({ kind: "request", method, invoke: invocation.id });
      const outcome = await handler(invocation);
      this.#append({ kind: "answer", invoke: invocation.id, ...refusalOf(outcome) });
      return outcome;
    };
  }

  requested(invocation: Invocation, run: RequestedRun): void {
    const own = this.#own.get(invocation.id);
    if (own === undefined) return;
    own.requested = true;
    own.stored = { ...own.stored, brief: encodeBrief(run) };
    this.#append({
      ...requestOf(invocation, this.#options.gateway),
      run: run.runId,
      agent: run.agentId,
      session: run.sessionKey,
      command: run.command,
      cwd: run.cwd,
    });
  }

  decided({ id }: Invocation, { allowed, because, message }: DecidedRun): void {
    this.#append({ kind: "decision", invoke: id, allowed, code: because, reason: message });
  }

  started({ id }: Invocation): Promise<void> {
    const own = this.#own.get(id);
    if (own === undefined) return Promise.resolve();
    own.startedAt = this.#ports.clock.monotonic();
    this.#startedRuns += 1;
    this.#append({ kind: "start", invoke: id });
    this.#ports.journal.keepRun(own.stored);
    return this.#ports.journal.written();
  }

  spawned({ id }: Invocation, pid: number): void {
    const own = this.#own.get(id);
    if (own === undefined) return;
    own.pid = pid;
    if (this.#noteDue) return;
    this.#noteDue = true;
    this.#ports.clock.after(noteMs, () => this.#noteRunning());
  }

  ended({ id }: Invocation, { payload, signal }: EndedRun): Promise<void> {
    const own = this.#own.get(id);
    if (own === undefined) return Promise.resolve();
    const now = this.#ports.clock.monotonic();
    const { exitCode: exit, timedOut, error } = payload;
    this.#append({
      kind: "end",
      invoke: id,
      ok: payload.success,
      pid: own.pidNoted ? undefined : own.pid,
      exit,
      signal,
      timedOut: timedOut || undefined,
      error: error ?? undefined,
      ms: Math.round(now - (own.startedAt ?? now)),
      bytes: Buffer.byteLength(payload.stdout) + Buffer.byteLength(payload.stderr),
    });
    own.pidNoted = true;
    const answer = JSON.stringify(payload);
    const summary = summaryOf(payload);
    own.known.state = "ended";
    own.known.summary = summary;
    own.answer = answer;
    const { clock, journal } = this.#ports;
    const { stored } = own;
    const end = { seq: stored.seq, state: "ended", at: clock.now(), summary, answer } as const;
    if (own.startedAt === undefined) journal.keepRun({ ...stored, ...end });
    else journal.endRun(end);
    return this.#ports.journal.written();
  }

  /** The gateway has taken an answer, or never will. */
  answered(id: string, end: AnswerEnd): void {
    const own = this.#own.get(id);
    if (end !== "delivered") this.#append({ kind: "delivered", invoke: id, ok: end === "late" });
    if (own === undefined) return;
    this.#own.delete(id);
    if (own.known.state !== "open") this.#ports.journal.settleRun(own.stored.seq);
  }

  async #first(
    handler: InvokeHandler,
    invocation: Invocation,
    digest: string,
    names: readonly string[],
  ): Promise<InvokeOutcome> {
    const { clock, journal } = this.#ports;
    const { id, idempotencyKey: key } = invocation;
    const { promise, resolve } = Promise.withResolvers<InvokeOutcome>();
    const known: KnownRun = {
      id,
      digest,
      names: [],
      answer: promise,
      state: "open",
      summary: "",
    };
    this.#memory.name(known, names);
    const stored: StoredRun = {
      seq: journal.nextRun(),
      gateway: this.#options.gateway,
      id,
      key: key ?? null,
      digest,
      state: "running",
      at: clock.now(),
      brief: "{}",
      summary: "",
      answer: null,
      pending: 1,
    };
    const own = newRun(known, stored);
    this.#own.set(id, own);
    const outcome = await this.#perform(handler, invocation);
    resolve(outcome);
    if (!own.requested) {
      // It could not even be read.
      this.#append(requestOf(invocation, this.#options.gateway));
      const message = outcome.ok ? "" : outcome.message;
      this.decided(invocation, { allowed: false, because: refusalOf(outcome).code, message });
    }
    if (known.state === "open") {
      // Nothing was started: whoever asks with the same key is judged anew.
      this.#memory.forget(
        known,
        known.names.filter((name) => name !== nameOf("id", id)),
      );
      if (own.startedAt !== undefined) known.state = "unknown";
    }
    if (outcome.ok && own.answer !== undefined) known.answer = own.answer;
    this.#memory.settle(known, own.answer?.length ?? 0, clock.monotonic());
    return outcome;
  }

  async #perform(handler: InvokeHandler, invocation: Invocation): Promise<InvokeOutcome> {
    try {
      return await handler(invocation);
    } catch (error) {
      // A defect of ours: who asks again gets the same answer.
      this.#ports.log.error(`system.run failed: ${messageOf(error)}`);
      return { ok: false, code: "UNAVAILABLE", message: `node host error: ${messageOf(error)}` };
    }
  }

  #again(
    known: KnownRun,
    invocation: Invocation,
    digest: string,
  ): Promise<InvokeOutcome> | InvokeOutcome {
    const { id, idempotencyKey: key } = invocation;
    this.#append({ kind: "repeat", invoke: known.id, by: id, key });
    if (known.digest !== digest) {
      const used = known.names.includes(nameOf("id", id))
        ? `request id "${printable(id, 80)}"`
        : `idempotency key "${printable(key ?? "", 80)}"`;
      return invalid(`the ${used} already stands for another command; nothing ran`);
    }
    this.#ports.log.info("asked again for what was already asked for: not run again", { id });
    this.#memory.name(known, namesOf(invocation));
    const { answer } = known;
    if (typeof answer === "string") return { ok: true, payload: parseJson(answer)?.value };
    if (answer !== undefined) return answer;
    if (known.state === "unknown") return outcomeUnknown;
    const message = `already-ran: this command ran once and ended with ${known.summary}; its output is not kept any more, and it was not run again`;
    return { ok: false, code: "UNAVAILABLE", message };
  }

  /** Takes over what an earlier host knew. */
  #recall(run: StoredRun): void {
    const { clock, journal, log } = this.#ports;
    let stored = run;
    if (run.state === "running") {
      stored = { ...run, state: "unknown", at: clock.now(), pending: 1 };
      journal.keepRun(stored);
      this.#append({ kind: "unknown", invoke: run.id });
      log.warn("outcome unknown: the last host ended while this command ran", {
        command: storedEvent(run)?.payload.command,
        id: run.id,
      });
    }
    const answer = storedAnswer(stored);
    const known: KnownRun = {
      id: run.id,
      digest: run.digest,
      names: [],
      answer: answer && Promise.resolve(answer),
      state: stored.state === "ended" ? "ended" : "unknown",
      summary: run.summary,
    };
    const age = Math.min(Math.max(0, clock.now() - stored.at), rememberMs);
    const names = [nameOf("id", run.id), ...(run.key === null ? [] : [nameOf("key", run.key)])];
    this.#memory.name(known, names);
    this.#memory.settle(known, run.answer?.length ?? 0, clock.monotonic() - age);
    const event = storedEvent(stored);
    if (stored.pending === 0 || event === undefined || answer === undefined) return;
    this.#own.set(run.id, newRun(known, stored));
    this.#backlog.push({ event, result: this.#resultOf(run.id, answer) });
  }

  #resultOf(id: string, outcome: InvokeOutcome): Undelivered["result"] {
    const { nodeId } = this.#options;
    if (outcome.ok) return { id, nodeId, ok: true, payloadJSON: JSON.stringify(outcome.payload) };
    return { id, nodeId, ok: false, error: { code: outcome.code, message: outcome.message } };
  }

  /** The process of a run that takes long stands in the journal before its end. */
  #noteRunning(): void {
    this.#noteDue = false;
    for (const [id, own] of this.#own) {
      if (own.pid === undefined || own.pidNoted) continue;
      own.pidNoted = true;
      this.#append({ kind: "spawned", invoke: id, pid: own.pid });
    }
  }

  #append(entry: JournalEntry): void {
    this.#ports.journal.append(entry);
  }
}

function newRun(known: KnownRun, stored: StoredRun): OwnRun {
  const nothingYet = { startedAt: undefined, pid: undefined, pidNoted: false };
  return { known, stored, requested: false, answer: undefined, ...nothingYet };
}

function requestOf({ id, idempotencyKey }: Invocation, gateway: string): JournalEntry {
  return { kind: "request", method: "system.run", invoke: id, key: idempotencyKey, gateway };
}

function refusalOf(outcome: InvokeOutcome): Pick<JournalEntry, "ok" | "code"> {
  return outcome.ok ? { ok: true } : { ok: false, code: outcome.code };
}

function namesOf({ id, idempotencyKey }: Invocation): readonly string[] {
  return [
    nameOf("id", id),
    ...(idempotencyKey === undefined ? [] : [nameOf("key", idempotencyKey)]),
  ];
}

function nameOf(kind: "id" | "key", text: string): string {
  return `${kind} ${text.length > longestName ? hashOf(text) : text}`;
}

/** Of what would be done: a second request may differ in who reports to whom, not in this. */
function digestOf(params: unknown): string {
  if (!isObject(params)) return hashOf(JSON.stringify([params]));
  const { command, rawCommand, cwd, env, agentId, stdin } = params;
  const variables = isObject(env)
    ? Object.entries(env).toSorted(([left], [right]) => (left < right ? -1 : 1))
    : env;
  return hashOf(JSON.stringify([command, rawCommand, cwd, variables, agentId, stdin]));
}

function hashOf(text: string): string {
  return Bun.SHA256.hash(text, "base64");
}
