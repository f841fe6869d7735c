import { expect, test } from "bun:test";
import { closedTo } from "../../../src/cli/service/reachable.ts";
import { systemFiles } from "../../../src/platform/files.ts";
import { Scratch } from "../../fakes/scratch.ts";

test("a program that everybody may execute, and what keeps others out", () => {
  using scratch = new Scratch();
  scratch.directory(".", 0o755);
  const open = scratch.file("open/clawdbot", "", 0o755);
  scratch.directory("open", 0o755);
  expect(closedTo(systemFiles, open, 1)).toBeUndefined();
  const mine = scratch.file("open/mine", "", 0o700);
  expect(closedTo(systemFiles, mine, 1)).toBe(mine);
  const unreadable = scratch.file("open/secret", "", 0o711);
  expect(closedTo(systemFiles, unreadable, 4)).toBe(unreadable);
  const hidden = scratch.file("closed/bin/clawdbot", "", 0o755);
  scratch.directory("closed/bin", 0o755);
  const closed = scratch.directory("closed", 0o700);
  expect(closedTo(systemFiles, hidden, 1)).toBe(closed);
  expect(closedTo(systemFiles, scratch.at("nothing"), 4)).toBe(scratch.at("nothing"));
});
