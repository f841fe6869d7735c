// What hostile texts and long lists make a decision do is bounded by what is new in them.
import { expect, test } from "bun:test";
import {
  argumentsMatch,
  givenArguments,
  readArgumentRule,
} from "../../src/approvals/argument-rule.ts";
import { machine } from "../fakes/judge-options.ts";
import { knownPrograms } from "../fakes/known-programs.ts";
import { decideFor } from "../fakes/shell-plan.ts";

const digest = `sha256:cwd-argv:v1:${"0".repeat(64)}`;

test("a program, a link, the directory and a digest are looked at once for each decision", () => {
  const find = knownPrograms([], { anyName: true });
  const looked: string[] = [];
  const options = {
    ...machine,
    realPath: (path: string) => {
      looked.push(`link ${path}`);
      return undefined;
    },
    cwd: () => {
      looked.push("directory");
      return "/";
    },
    sha256: () => {
      looked.push("digest");
      return "";
    },
  };
  const allowlist = [
    ...Array.from({ length: 100 }, () => ({ pattern: "/usr/bin/ls", argPattern: digest })),
    "/opt/ls",
  ];
  const text = Array.from({ length: 100 }, () => "ls").join("; ");
  const counted = (name: string) => {
    looked.push(`program ${name}`);
    return find(name);
  };
  expect(decideFor(["/bin/sh", "-c", text], allowlist, counted, options).allow).toBe(false);
  expect(looked.filter((what) => what !== "digest")).toEqual([
    "program ls",
    "directory",
    "link /opt/ls",
  ]);
  // One for each command: their arguments could differ.
  expect(looked.filter((what) => what === "digest")).toHaveLength(100);
});

test("hundreds of thousands of words are not joined for each entry", () => {
  const args = Array.from({ length: 200_000 }, () => "");
  args.join = () => {
    throw new Error("joined");
  };
  const rule = readArgumentRule(".*");
  if (!rule.ok) throw new Error(rule.problem);
  const facts = { cwd: () => "/", sha256: () => "" };
  expect(argumentsMatch(rule.rule, givenArguments(args, facts), {})).toBe(false);
});

test("another decision looks anew", () => {
  const looked: string[] = [];
  const find = (name: string) => {
    looked.push(name);
    return undefined;
  };
  for (let index = 0; index < 2; index += 1) decideFor(["ls"], [], find);
  expect(looked).toEqual(["ls", "ls"]);
});
