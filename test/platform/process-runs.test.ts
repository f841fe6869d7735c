import { expect, test } from "bun:test";
import { processRuns } from "../../src/platform/process-runs.ts";

test("this process runs, and one of root; one that ended does not, nor what is no id", async () => {
  const child = Bun.spawn(["/bin/true"]);
  await child.exited;
  expect([process.pid, 1, child.pid, 0, -1, 1.5, Number.NaN].map(processRuns)).toEqual([
    true,
    true,
    ...Array(5).fill(false),
  ]);
});
