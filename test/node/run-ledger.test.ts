// What is asked for once is done once: by id, by key, while it runs, afterwards, after a restart.
import { describe, expect, test } from "bun:test";
import { Database } from "bun:sqlite";
import { existsSync, readFileSync } from "node:fs";
import { JournalFile } from "../../src/journal/journal.ts";
import { systemClock } from "../../src/platform/clock.ts";
import { systemDatabases } from "../../src/platform/database.ts";
import { CollectedLog } from "../fakes/collected-log.ts";
import { until } from "../fakes/processes.ts";
import { Scratch } from "../fakes/scratch.ts";
import { RunningNode, everything } from "./running-node.ts";

const shell = (text: string) => ["/bin/sh", "-c", text];

function ask(command: readonly string[], more: Record<string, unknown> = {}) {
  return { command: "system.run", paramsJSON: JSON.stringify({ command, ...more }) };
}

/** The journal of a directory, as another host on it opens it. */
function journalIn(scratch: Scratch): JournalFile {
  return new JournalFile(
    { clock: systemClock, log: new CollectedLog(), databases: systemDatabases },
    { path: scratch.at("journal.db"), maxAgeMs: 1e9, maxBytes: 1e8, clean: (text) => text },
  );
}

const linesOf = (path: string): number =>
  existsSync(path) ? readFileSync(path, "utf8").split("\n").length - 1 : 0;

describe("the same request", () => {
  test.each([
    ["id", { id: "one" }, { id: "one" }],
    ["idempotency key", { idempotencyKey: "k" }, { idempotencyKey: "k" }],
    [
      "key, once more under its second id",
      { idempotencyKey: "k" },
      { id: "b", idempotencyKey: "k" },
    ],
  ])("by %s runs once, and is answered alike", async (_what, first, again) => {
    await using node = await RunningNode.connected({ policy: everything });
    const marker = node.at("marker");
    const request = ask(shell(`echo x >> ${marker}; echo done; exit 3`), { agentId: "a" });
    const answers = [];
    for (const more of [first, again, again]) {
      answers.push(await node.gateway.answerTo({ ...request, ...more }));
    }
    expect(answers.map(({ payload }) => payload)).toEqual(
      Array.from({ length: 3 }, () => expect.objectContaining({ exitCode: 3, stdout: "done\n" })),
    );
    expect(linesOf(marker)).toBe(1);
    const finished = node.gateway.frames.filter(({ params }) => params.event === "exec.finished");
    expect(finished).toHaveLength(1);
  });

  test("while it runs waits for the one that runs", async () => {
    await using node = await RunningNode.connected({ policy: everything });
    const [marker, go] = [node.at("marker"), node.at("go")];
    const request = {
      ...ask(shell(`echo x >> ${marker}; while [ ! -e ${go} ]; do sleep 0.01; done; echo done`)),
      idempotencyKey: "k",
    };
    const answers = [node.gateway.answerTo(request), node.gateway.answerTo(request)];
    await until(() => node.host.runningCount === 1);
    answers.push(node.gateway.answerTo(request));
    node.file("go", "");
    for (const { payload } of await Promise.all(answers)) expect(payload.stdout).toBe("done\n");
    expect(linesOf(marker)).toBe(1);
  });

  test.each([
    ["id", { id: "one" }, 'request id "one"'],
    ["idempotency key", { idempotencyKey: "k" }, 'idempotency key "k"'],
  ])("by %s with another command is refused and does not run", async (_what, name, said) => {
    await using node = await RunningNode.connected({ policy: everything });
    await node.gateway.answerTo({ ...ask(["true"]), ...name });
    const marker = node.at("marker");
    for (const other of [
      ask(["touch", marker]),
      ask(["true"], { cwd: "/" }),
      ask(["true"], { env: { A: "1" } }),
    ]) {
      const { result } = await node.gateway.answerTo({ ...other, ...name });
      expect(result.error.code).toBe("INVALID_REQUEST");
      expect(result.error.message).toContain(said);
    }
    expect(existsSync(marker)).toBe(false);
  });

  test("with an empty key is no same request", async () => {
    await using node = await RunningNode.connected({ policy: everything });
    const marker = node.at("marker");
    for (const idempotencyKey of ["", "", null]) {
      await node.gateway.answerTo({ ...ask(shell(`echo x >> ${marker}`)), idempotencyKey });
    }
    expect(linesOf(marker)).toBe(3);
  });

  test("that was refused is judged anew", async () => {
    await using node = await RunningNode.connected({ policy: { version: 1 } });
    const request = { ...ask(["/bin/true"]), idempotencyKey: "k" };
    expect((await node.gateway.answerTo(request)).result.ok).toBe(false);
    node.policy(everything);
    expect((await node.gateway.answerTo(request)).payload.exitCode).toBe(0);
  });

  test("of which the answer was too large to be kept is told how it ended", async () => {
    await using node = await RunningNode.connected({
      policy: everything,
      gateway: { maxPayload: 25_000_000 },
    });
    const marker = node.at("marker");
    const request = {
      ...ask(shell(`echo x >> ${marker}; head -c 150000 /dev/zero | tr '\\0' a; exit 4`)),
      idempotencyKey: "k",
    };
    expect((await node.gateway.answerTo(request)).payload.exitCode).toBe(4);
    for (let other = 0; other < 40; other += 1) {
      await node.gateway.run({ command: shell("head -c 150000 /dev/zero | tr '\\0' b") });
    }
    const { result } = await node.gateway.answerTo(request);
    expect(result.error.message).toContain(
      "already-ran: this command ran once and ended with exit code 4",
    );
    expect(linesOf(marker)).toBe(1);
  });
});

describe("another host on the same journal", () => {
  test("answers what the last one ran and did not deliver, event first, and does not run it", async () => {
    using scratch = new Scratch();
    const marker = scratch.at("marker");
    const request = { ...ask(shell(`echo x >> ${marker}; echo done`), { runId: "r" }), id: "lost" };
    await using first = await RunningNode.connected({
      policy: everything,
      journal: journalIn(scratch),
    });
    first.gateway.options = { ...first.gateway.options, deaf: true };
    await first.gateway.answerTo({ ...request, idempotencyKey: "k" });
    // It is gone without a word; what it had written is there.
    await using second = new RunningNode({
      policy: everything,
      journal: journalIn(scratch),
      gatewayName: first.gatewayName,
    });
    second.host.start();
    await second.gateway.until(() => second.gateway.frames.length === 2);
    expect(second.gateway.frames.map(({ method }) => method)).toEqual([
      "node.event",
      "node.invoke.result",
    ]);
    expect(second.gateway.frames[1]?.params).toMatchObject({ id: "lost", ok: true });
    const again = await second.gateway.answerTo({ ...request, id: "n", idempotencyKey: "k" });
    expect(again.payload.stdout).toBe("done\n");
    expect(linesOf(marker)).toBe(1);
  });

  test("tells the session that nobody knows how a run ended, once", async () => {
    using scratch = new Scratch();
    const [marker, go] = [scratch.at("marker"), scratch.at("go")];
    const request = ask(shell(`echo x >> ${marker}; while [ ! -e ${go} ]; do sleep 0.01; done`), {
      runId: "r-9",
      sessionKey: "s-9",
    });
    await using first = await RunningNode.connected({
      policy: everything,
      journal: journalIn(scratch),
    });
    first.gateway.send({ ...request, id: "cut", nodeId: "n", idempotencyKey: "k" });
    await until(() => linesOf(marker) === 1);
    const gatewayName = first.gatewayName;
    const journal = journalIn(scratch);
    await using second = new RunningNode({
      policy: everything,
      journal,
      gatewayName,
    });
    second.host.start();
    await second.gateway.until(() => second.gateway.frames.length === 2);
    const [event, result] = second.gateway.frames.map(({ params }) => params);
    expect(event.event).toBe("exec.finished");
    const payload = JSON.parse(event.payloadJSON);
    expect(payload).toMatchObject({
      runId: "r-9",
      sessionKey: "s-9",
      success: false,
      timedOut: false,
    });
    expect(payload).not.toHaveProperty("exitCode");
    expect(payload.output).toStartWith("outcome-unknown: ");
    expect(result).toMatchObject({ id: "cut", ok: false });
    const again = await second.gateway.answerTo({ ...request, id: "cut" });
    expect(again.result.error.message).toStartWith("outcome-unknown: ");
    await second.host.drain(0);
    journal.close();
    await using third = await RunningNode.connected({
      policy: everything,
      journal: journalIn(scratch),
      gatewayName,
    });
    const later = await third.gateway.answerTo({ ...request, id: "z", idempotencyKey: "k" });
    expect(later.result.error.message).toStartWith("outcome-unknown: ");
    expect(third.gateway.frames).toHaveLength(1);
    expect(linesOf(marker)).toBe(1);
    scratch.file("go", "");
  });

  test("that serves another gateway sends it nothing of this one's, and shares no keys", async () => {
    using scratch = new Scratch();
    const marker = scratch.at("marker");
    const request = { ...ask(shell(`echo x >> ${marker}`)), id: "one", idempotencyKey: "k" };
    await using first = await RunningNode.connected({
      policy: everything,
      journal: journalIn(scratch),
    });
    first.gateway.options = { ...first.gateway.options, deaf: true };
    await first.gateway.answerTo(request);
    await using second = await RunningNode.connected({
      policy: everything,
      journal: journalIn(scratch),
    });
    await second.gateway.answerTo(request);
    expect(second.gateway.frames.map(({ params }) => params.id ?? params.event)).toEqual([
      "exec.finished",
      "one",
    ]);
    expect(linesOf(marker)).toBe(2);
  });
});

describe("the journal", () => {
  /** The lines of a journal, without what differs from run to run. */
  function linesIn(scratch: Scratch): any[] {
    const database = new Database(scratch.at("journal.db"), { readonly: true });
    const rows = database.query("SELECT entry FROM entries ORDER BY seq").all();
    database.close();
    return rows.map((row: any) => JSON.parse(row.entry));
  }

  test("has every step of a run, its start before the process, and none of its output", async () => {
    using scratch = new Scratch();
    const journal = journalIn(scratch);
    await using node = await RunningNode.connected({ policy: everything, journal });
    const copy = scratch.at("copy");
    // The command itself looks at what is written by then.
    const text = `cp ${scratch.at("journal.db-wal")} ${copy}; echo tell-tale; exit 3`;
    await node.gateway.answerTo({ ...ask(shell(text), { agentId: "a", runId: "r" }), id: "one" });
    journal.close();
    const number = expect.any(Number);
    expect(linesIn(scratch)).toEqual([
      expect.objectContaining({
        kind: "request",
        invoke: "one",
        run: "r",
        agent: "a",
        cwd: node.home,
      }),
      { kind: "decision", invoke: "one", allowed: true },
      { kind: "start", invoke: "one" },
      { kind: "end", invoke: "one", ok: false, pid: number, exit: 3, ms: number, bytes: 10 },
    ]);
    expect(readFileSync(copy, "latin1")).toContain('{"kind":"start","invoke":"one"}');
    expect(JSON.stringify(linesIn(scratch))).not.toContain("tell-tale\\n");
  });

  test("names the process of a run that takes long while it runs", async () => {
    using scratch = new Scratch();
    const journal = journalIn(scratch);
    await using node = await RunningNode.connected({ policy: everything, journal });
    const go = node.at("go");
    const answer = node.gateway.run({
      command: shell(`while [ ! -e ${go} ]; do sleep 0.01; done`),
    });
    await until(() => linesIn(scratch).some(({ kind }) => kind === "spawned"));
    node.file("go", "");
    await answer;
    journal.close();
    const [spawned, end] = linesIn(scratch).slice(-2);
    expect(spawned).toMatchObject({ kind: "spawned", pid: expect.any(Number) });
    expect(end).not.toHaveProperty("pid");
  });

  test("has what was refused, why, and what could not even be read", async () => {
    using scratch = new Scratch();
    const journal = journalIn(scratch);
    await using node = await RunningNode.connected({ policy: { version: 1 }, journal });
    await node.gateway.run({ command: ["/bin/ls"] });
    await node.gateway.run({ command: 5 });
    journal.close();
    expect(linesIn(scratch).filter(({ kind }) => kind === "decision")).toEqual([
      expect.objectContaining({ allowed: false, code: "approval-required" }),
      expect.objectContaining({ allowed: false, code: "INVALID_REQUEST" }),
    ]);
  });

  test("that cannot be written holds up no run", async () => {
    using scratch = new Scratch();
    const journal = journalIn(scratch);
    await using node = await RunningNode.connected({ policy: everything, journal });
    const other = new Database(scratch.at("journal.db"));
    other.run("DROP TABLE entries");
    other.close();
    expect((await node.gateway.run({ command: ["/bin/true"] })).payload.exitCode).toBe(0);
    expect((await node.gateway.run({ command: ["/bin/true"] })).payload.exitCode).toBe(0);
    journal.close();
  });
});
