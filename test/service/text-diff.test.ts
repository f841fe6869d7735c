import { expect, test } from "bun:test";
import { changedLines } from "../../src/service/text-diff.ts";

test.each([
  ["nothing", "a\nb\n", "a\nb\n", []],
  ["a line that changes", "a\nb\nc\n", "a\nx\nc\n", ["-b", "+x"]],
  ["a line more", "a\nc\n", "a\nb\nc\n", ["+b"]],
  ["a line less", "a\nb\nc\n", "a\nc\n", ["-b"]],
  ["everything", "a", "b", ["-a", "+b"]],
  ["ends of lines do not count", "a\r\nb\r\n", "a\nb\n", []],
])("%s", (_name, before, after, expected) => {
  expect(changedLines(before, after)).toEqual([...expected]);
});
