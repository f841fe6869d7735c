import { expect, test } from "bun:test";
import { closest } from "../../src/cli/closest.ts";

const commands = ["run", "status", "install", "approve", "list"];

test.each<[string, string[], string | undefined]>([
  ["rnu", commands, "run"],
  ["ru", commands, "run"],
  ["runn", commands, "run"],
  ["stauts", commands, "status"],
  ["aprove", commands, "approve"],
  ["LIST", commands, undefined],
  ["lits", commands, "list"],
  ["xyz", commands, undefined],
  ["", commands, undefined],
  ["a", ["b"], undefined],
  ["ab", ["b"], undefined],
  ["tls", ["tls", "url"], "tls"],
  ["cat", ["bat", "cut"], "bat"],
  ["😀un", commands, "run"],
  ["x".repeat(100_000), commands, undefined],
  ["run", [], undefined],
])("%j among %j: %p", (word, candidates, wanted) => {
  expect(closest(word, candidates)).toBe(wanted as string);
});
