// What agents send all day to machines whose owners allowed sensible programs. Every refused command
// stands here with its reason: a change of the lexer or the wrappers shows as a change of this list.
import { expect, test } from "bun:test";
import { knownPrograms } from "../fakes/known-programs.ts";
import { refusalFor } from "../fakes/shell-plan.ts";
import { allowedPrograms, everydayCommands, refusedCommands } from "./everyday-commands.ts";

const find = knownPrograms(
  [
    ["./scripts/run.sh", "/srv/app/scripts/run.sh"],
    ["/bin/sh", "/usr/bin/dash"],
    ["/bin/bash", "/usr/bin/bash"],
  ],
  { anyName: true },
);
const ownScripts = "/srv/app/scripts/*.sh";
const allowlist = [...allowedPrograms.map((name) => `/usr/bin/${name}`), ownScripts];

function refused(command: string): string | undefined {
  const line = refusalFor(["/bin/sh", "-lc", command], allowlist, find);
  return line?.replace("The shell text is not covered by an allowlist: ", "");
}

test("there are enough of them, each once", () => {
  expect(everydayCommands.length).toBeGreaterThanOrEqual(200);
  expect(new Set(everydayCommands).size).toBe(everydayCommands.length);
});

test("exactly these everyday commands are refused, for these reasons", () => {
  const found = everydayCommands.flatMap((command) => {
    const why = refused(command);
    return why === undefined ? [] : [[command, why]];
  });
  expect(Object.fromEntries(found)).toEqual(refusedCommands);
  const percent = ((100 * found.length) / everydayCommands.length).toFixed(1);
  console.log(
    `everyday commands refused: ${found.length} of ${everydayCommands.length}, ${percent} %`,
  );
});
