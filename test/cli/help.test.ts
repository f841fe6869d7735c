// Every command of the tree has help that is enough to use it.
import { describe, expect, test } from "bun:test";
import type { ArgDef } from "citty";
import type { CommandGroup, CommandSpec } from "../../src/cli/command.ts";
import { root } from "../../src/cli/commands/root.ts";
import { columns } from "../../src/cli/columns.ts";
import { CommandLine } from "../fakes/command-line.ts";

interface Leaf {
  readonly path: readonly string[];
  readonly summary: string;
  readonly spec: CommandSpec;
}

async function leavesOf(group: CommandGroup, path: readonly string[] = []): Promise<Leaf[]> {
  const lists = Object.entries(group.commands).map(async ([name, command]) =>
    command.kind === "group"
      ? leavesOf(command, [...path, name])
      : [{ path: [...path, name], summary: command.summary, spec: await command.load() }],
  );
  return (await Promise.all(lists)).flat();
}

function groupsOf(
  group: CommandGroup,
  path: readonly string[] = [],
): [readonly string[], CommandGroup][] {
  const below = Object.entries(group.commands).flatMap(([name, command]) =>
    command.kind === "group" ? groupsOf(command, [...path, name]) : [],
  );
  return [[path, group], ...below];
}

const leaves = await leavesOf(root);
const groups = groupsOf(root);

async function call(...words: string[]) {
  using line = new CommandLine();
  return await line.call(...words);
}

const flagsOf = ({ spec }: Leaf): [string, ArgDef][] =>
  Object.entries(spec.args).filter(([, { type }]) => type !== "positional");

describe("every command", () => {
  test("is there", () => {
    expect(leaves.length).toBeGreaterThan(10);
    const names = leaves.map(({ path }) => path.join(" "));
    for (const wanted of [
      "node run",
      "gateway run",
      "nodes run",
      "nodes approve",
      "nodes invoke",
    ]) {
      expect(names).toContain(wanted);
    }
  });

  for (const leaf of leaves) {
    const name = leaf.path.join(" ");

    test(`${name}: --help shows its summary, its usage and every flag with what it is for`, async () => {
      const { code, stdout, stderr } = await call(...leaf.path, "--help");
      expect([code, stderr]).toEqual([0, ""]);
      expect(stdout).toStartWith(`${leaf.spec.summary}\n\nUsage:\n  clawdbot ${name}`);
      for (const [flag, definition] of flagsOf(leaf)) {
        const line = stdout
          .split("\n")
          .find((text) => new RegExp(`^ +(-\\w, )*--${flag}( |$)`).test(text));
        expect(line ?? `no line for --${flag}`).toContain(
          definition.description ?? "no description",
        );
        // A flag that takes a value says of which kind.
        if (definition.type !== "boolean")
          expect(line).toMatch(new RegExp(`--${flag} \\S*[A-Z]{2}`));
      }
      expect(stdout).toContain("--help");
      expect(stdout).not.toMatch(/undefined|\[object|NaN|\t/);
      expect(await call(...leaf.path, "-h")).toEqual({ code, stdout, stderr });
    });

    test(`${name}: has descriptions that a person can read`, () => {
      expect(leaf.summary.length).toBeGreaterThan(10);
      expect(leaf.summary).not.toEndWith(".");
      for (const [flag, definition] of Object.entries(leaf.spec.args)) {
        expect(flag).toMatch(/^[a-z][a-z-]*[a-z]$/);
        expect(definition.description ?? "").toMatch(/^.{8,}[^.]$/);
      }
      for (const [example] of leaf.spec.examples ?? []) {
        expect(example).toContain(`clawdbot ${leaf.path.join(" ")}`);
      }
      for (const repeatable of leaf.spec.repeatable ?? []) {
        expect(Object.keys(leaf.spec.args)).toContain(repeatable);
      }
    });

    test(`${name}: refuses a flag that it does not have, and names its help`, async () => {
      const { code, stdout, stderr } = await call(...leaf.path, "--no-such-flag");
      expect([code, stdout]).toEqual([2, ""]);
      expect(stderr).toContain("there is no such flag");
      expect(stderr).not.toContain("at ");
    });
  }
});

describe("every group", () => {
  for (const [path, group] of groups) {
    const name = ["clawdbot", ...path].join(" ");

    test(`${name}: --help lists its commands`, async () => {
      const { code, stdout, stderr } = await call(...path, "--help");
      expect([code, stderr]).toEqual([0, ""]);
      for (const [command, { summary }] of Object.entries(group.commands)) {
        expect(stdout).toMatch(
          new RegExp(`^  ${command} +${summary.replace(/[^\w ]/g, ".")}$`, "m"),
        );
      }
      expect(await call(...path, "-h")).toEqual({ code, stdout, stderr });
      expect(await call(...path, "help")).toEqual({ code, stdout, stderr });
    });

    test(`${name} alone shows the same on standard error and is a usage error`, async () => {
      const shown = await call(...path, "--help");
      expect(await call(...path)).toEqual({ code: 2, stdout: "", stderr: shown.stdout });
    });

    test(`${name}: an unknown command is refused`, async () => {
      for (const word of ["no-such-command", "constructor", "__proto__", "--version", "-x", ""]) {
        const { code, stdout, stderr } = await call(...path, word);
        expect([code, stdout]).toEqual([2, ""]);
        expect(stderr).toStartWith(
          `Error: Cannot run "${name} ${word}": there is no such command\n`,
        );
      }
    });
  }

  for (const [path, { otherwise }] of groups) {
    if (otherwise === undefined) continue;
    const name = ["clawdbot", ...path].join(" ");

    test(`${name} ${otherwise.name}: is in its help, and has help of its own`, async () => {
      const { summary } = otherwise.command;
      const { stdout } = await call(...path, "--help");
      expect(stdout).toContain(`  ${name} ${otherwise.name} [options]\n  ${name} COMMAND\n`);
      expect(stdout).toMatch(new RegExp(`^  ${otherwise.name} +${summary}$`, "m"));
      const own = await call(...path, "0a1b2c3d", "--help");
      expect(own.stdout).toStartWith(
        `${summary}\n\nUsage:\n  ${name} [options] ${otherwise.name}\n`,
      );
      expect(await call(...path, "0a1b2c3d", "--no-such-flag")).toMatchObject({ code: 2 });
      expect(await call(...path, "0a1b2c3d", "one-too-many")).toMatchObject({ code: 2 });
    });
  }

  test("the exit codes are documented", async () => {
    const { stdout } = await call("--help");
    for (const code of [0, 1, 2, 3, 10, 11, 12, 13, 14, 75]) {
      expect(stdout).toMatch(new RegExp(`^ {2}${code} +\\w`, "m"));
    }
  });
});

describe("columns", () => {
  test.each<[string, string[][], string[]]>([
    ["nothing", [], []],
    [
      "aligns by the widest",
      [
        ["a", "1"],
        ["bbb", "2"],
      ],
      ["a    1", "bbb  2"],
    ],
    [
      "the last one is not padded",
      [
        ["a", "1"],
        ["a", "long text"],
      ],
      ["a  1", "a  long text"],
    ],
    ["one column", [["a"], ["bb"]], ["a", "bb"]],
    [
      "an empty cell at the end leaves no blanks",
      [
        ["a", ""],
        ["bbb", "x"],
      ],
      ["a", "bbb  x"],
    ],
    [
      "wide characters",
      [
        ["漢", "1"],
        ["abc", "2"],
      ],
      ["漢   1", "abc  2"],
    ],
    [
      "rows of different length",
      [["a"], ["b", "1"], ["cc", "22", "3"]],
      ["a", "b   1", "cc  22  3"],
    ],
  ])("%s", (_case, rows, lines) => {
    expect(columns(rows)).toEqual(lines);
  });
});
