// What was analysed is what runs: generated texts are analysed by us and executed by every installed
// shell. PROPERTY_SEED=N tries other texts, ORACLE_TEXTS=N more or fewer of them. Each text that ever
// failed is kept in fixtures/approvals/found.txt and tried again in every run.
import { afterAll, describe, expect, test } from "bun:test";
import { appendFileSync, readFileSync } from "node:fs";
import { join } from "node:path";
import type { FindProgram } from "../../src/approvals/analysis.ts";
import { readShellText } from "../../src/approvals/shell-lexer.ts";
import type { Step } from "../../src/approvals/shell-text.ts";
import { inertBuiltins } from "../../src/approvals/shell-words.ts";
import { programFacts } from "../fakes/known-programs.ts";
import { seed } from "../fakes/property.ts";
import { startedFor } from "../fakes/shell-plan.ts";
import { Chance, hostileText, likelyText } from "./generate-text.ts";
import {
  type Call,
  MarkerShells,
  type Shell,
  inOrder,
  installed,
  markerNames,
  missing,
} from "./marker-shells.ts";

const wanted = Number(process.env["ORACLE_TEXTS"] ?? 20_000);
const batch = 250;
const longestMs = 90_000;
const keptFile = join(import.meta.dir, "../fixtures/approvals/found.txt");
/** One text in JSON per line. */
const kept: readonly string[] = readFileSync(keptFile, "utf8")
  .split("\n")
  .filter((line) => line.startsWith('"'))
  .map((line) => JSON.parse(line));

const shells = new MarkerShells();
afterAll(() => shells[Symbol.dispose]());

const posixShell: Shell = { name: "/bin/sh", argv: ["/bin/sh"] };
const allowlist = ["safe1", "safe2"].map((name) => `${shells.bin}/${name}`);
const find: FindProgram = (name) => {
  const base = name.slice(name.lastIndexOf("/") + 1);
  const here = markerNames.includes(base) && (base === name || name === `${shells.bin}/${base}`);
  if (here) return programFacts(`${shells.bin}/${base}`, { viaPath: base === name });
  return inertBuiltins.has(name) ? programFacts(`/usr/bin/${name}`, { viaPath: true }) : undefined;
};

/** The calls that the analysed steps mean; undefined when a word is only known at run time. */
function meant(steps: readonly Step[]): Call[] | undefined {
  const calls: Call[] = [];
  let status = 0;
  let runs = true;
  for (const { joint, command } of steps) {
    const words = command.words.flatMap(({ literal }) => (literal === undefined ? [] : [literal]));
    if (words.length < command.words.length) return undefined;
    const [name = "", ...args] = words;
    // A pipeline runs or does not run as a whole, and its last program says how it ended.
    if (joint !== "|") runs = joint === "&&" ? status === 0 : joint === "||" ? status !== 0 : true;
    if (!runs) continue;
    status = name === "safe2" || name === "false" ? 1 : 0;
    if (markerNames.includes(name)) calls.push({ name, args });
    else if (!inertBuiltins.has(name)) return undefined;
  }
  return calls;
}

interface Case {
  readonly text: string;
  readonly expected: readonly Call[];
}

function likely(chance: Chance): Case {
  for (;;) {
    const text = likelyText(chance);
    const read = readShellText(text);
    const expected = read.ok ? meant(read.steps) : undefined;
    if (expected !== undefined) return { text, expected };
  }
}

/** Keeps a text for all later runs, and fails. */
function failed(text: string, shell: Shell, got: readonly Call[], expected: unknown): never {
  if (!kept.includes(text)) appendFileSync(keptFile, `${JSON.stringify(text)}\n`);
  throw new Error(
    `${shell.name} runs ${JSON.stringify(text)} as ${JSON.stringify(inOrder(got))}, expected ${JSON.stringify(expected)} (PROPERTY_SEED=${seed})`,
  );
}

async function checkMeaning(shell: Shell, cases: readonly Case[]): Promise<void> {
  const same = (calls: readonly Call[], expected: readonly Call[]): boolean =>
    inOrder(calls).join() === inOrder(expected).join();
  const results = await shells.runAll(
    shell,
    cases.map(({ text }) => text),
  );
  for (const [index, { text, expected }] of cases.entries()) {
    if (same(results[index] ?? [], expected)) continue;
    // A shell that stopped early, or texts that met: only alone it counts.
    const alone = await shells.runOne(shell, text);
    if (!same(alone, expected)) failed(text, shell, alone, inOrder(expected));
  }
}

/** What we would start for a text, as a text for /bin/sh; undefined when it is refused. */
function written(
  text: string,
): { readonly text: string } | { readonly argv: readonly string[] } | undefined {
  const started = startedFor(["/bin/sh", "-c", text], allowlist, find);
  if (started === undefined) return undefined;
  return started.kind === "shell"
    ? { text: started.text }
    : { argv: [started.program, ...started.argv.slice(1)] };
}

function progress(what: string, count: number, startedAt: number): void {
  const seconds = ((performance.now() - startedAt) / 1000).toFixed(1);
  const skipped =
    missing.length === 0 ? "" : `; not installed, so not asked: ${missing.join(", ")}`;
  console.log(
    `${what}: ${count} texts, seed ${seed}, ${seconds} s, ${installed.map(({ name }) => name).join(", ")}${skipped}`,
  );
}

test.each([posixShell, ...installed])("a marker tells how $name called it", async (shell) => {
  const text = `safe1 'a  b' "" && evil; safe2 || safe1 x | evil`;
  const calls = ['["evil"]', '["evil"]', '["safe1","a  b",""]', '["safe1","x"]', '["safe2"]'];
  expect(inOrder(await shells.runOne(shell, text))).toEqual(calls);
  expect((await shells.runAll(shell, ["safe1", text])).map(inOrder)).toEqual([
    ['["safe1"]'],
    calls,
  ]);
});

describe("texts that ever failed", () => {
  test.each(kept)("%j", async (text) => {
    const read = readShellText(text);
    const expected = read.ok ? meant(read.steps) : undefined;
    const started = written(text);
    for (const shell of [posixShell, ...installed]) {
      if (expected !== undefined) await checkMeaning(shell, [{ text, expected }]);
      if (started !== undefined && "text" in started) {
        const calls = await shells.runOne(shell, started.text);
        expect(calls.filter(({ name }) => name === "evil")).toEqual([]);
      }
    }
  });
});

test(
  "every shell runs the words that were analysed, as they were written and as we write them",
  async () => {
    const chance = new Chance(seed);
    const startedAt = performance.now();
    let count = 0;
    for (let round = 0; count < wanted && performance.now() - startedAt < longestMs; round += 1) {
      const cases = Array.from({ length: batch }, () => likely(chance));
      const again: Case[] = [];
      for (const { text, expected } of cases) {
        // Everything that is understood and names only allowed programs is allowed.
        const start = written(text);
        if (start === undefined) continue;
        if ("text" in start) again.push({ text: start.text, expected });
        else
          expect(inOrder([callOf(start.argv)])).toEqual(
            inOrder(expected.length === 0 ? [callOf(start.argv)] : expected),
          );
      }
      // Each text in two shells, what we make of it in a third: all have their turn.
      const turn = (by: number): Shell => installed[(round + by) % installed.length] ?? posixShell;
      await Promise.all([
        checkMeaning(turn(0), cases),
        checkMeaning(turn(1), cases),
        checkMeaning(turn(2), again),
      ]);
      count += batch;
    }
    progress("as analysed", count, startedAt);
    expect(count).toBeGreaterThan(0);
  },
  longestMs + 30_000,
);

function callOf([program = "", ...args]: readonly string[]): Call {
  return { name: program.slice(program.lastIndexOf("/") + 1), args };
}

test(
  "no text, however it was mutated, gets a program started that is not on the allowlist",
  async () => {
    const chance = new Chance(seed ^ 0x5eed);
    const startedAt = performance.now();
    let tried = 0;
    let allowed = 0;
    for (
      let round = 0;
      tried < wanted * 4 && performance.now() - startedAt < longestMs;
      round += 1
    ) {
      const texts: { original: string; text: string }[] = [];
      while (texts.length < batch && tried < wanted * 4) {
        tried += 1;
        const original = hostileText(chance);
        const start = written(original);
        if (start === undefined) continue;
        allowed += 1;
        const name = "argv" in start ? callOf(start.argv).name : "";
        if (name === "evil") failed(original, posixShell, [], "no evil");
        if ("text" in start) texts.push({ original, text: start.text });
      }
      const third = installed[round % installed.length] ?? posixShell;
      await Promise.all([
        checkHarmless(posixShell, texts, "text"),
        checkHarmless(third, texts, "original"),
      ]);
    }
    progress(`allowed of ${tried} hostile`, allowed, startedAt);
    expect(allowed).toBeGreaterThan(0);
  },
  longestMs + 30_000,
);

async function checkHarmless(
  shell: Shell,
  texts: readonly { readonly original: string; readonly text: string }[],
  which: "original" | "text",
): Promise<void> {
  const results = await shells.runAll(
    shell,
    texts.map((each) => each[which]),
  );
  for (const [index, each] of texts.entries()) {
    const calls = results[index] ?? [];
    if (calls.some(({ name }) => name === "evil")) {
      failed(each.original, shell, await shells.runOne(shell, each[which]), "no evil");
    }
  }
}
