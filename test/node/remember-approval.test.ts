// What an operator allowed for good, and what the owner did with the file meanwhile.
import { describe, expect, test } from "bun:test";
import { approvalsEditor } from "../../src/node/edit-approvals.ts";
import { type LearnAgain, rememberApproval } from "../../src/node/remember-approval.ts";
import { systemClock, systemRandom } from "../../src/platform/clock.ts";
import { systemFiles } from "../../src/platform/files.ts";
import { systemKernelLock } from "../../src/platform/kernel-lock.ts";
import { approvalsStore } from "../../src/state/approvals-file.ts";
import { pathsIn } from "../../src/state/paths.ts";
import { CollectedLog } from "../fakes/collected-log.ts";
import { Scratch } from "../fakes/scratch.ts";

const grants = (...patterns: string[]) => patterns.map((pattern) => ({ pattern }));

class Machine extends Scratch {
  readonly log = new CollectedLog();

  remember(patterns: readonly string[], learnAgain?: LearnAgain) {
    const paths = pathsIn(this.path);
    const approvals = approvalsStore(systemFiles, paths.approvals, process.getuid?.());
    const kernelLock = () => Promise.resolve(systemKernelLock);
    const edit = { files: systemFiles, clock: systemClock, kernelLock, approvals };
    const editApprovals = approvalsEditor(edit, paths, 1000);
    const ports = { clock: systemClock, random: systemRandom, log: this.log, editApprovals };
    return rememberApproval(ports, "main", grants(...patterns), learnAgain);
  }

  policy(content: unknown): string {
    return this.file("exec-approvals.json", JSON.stringify(content));
  }

  get stored(): any {
    return this.json("exec-approvals.json");
  }
}

describe("what was allowed for good", () => {
  test("is added, and said", async () => {
    using machine = new Machine();
    expect(await machine.remember(["/a", "/b"])).toEqual({ recorded: ["/a", "/b"] });
    const { allowlist } = machine.stored.agents.main;
    expect(allowlist.map(({ pattern }: any) => pattern)).toEqual(["/a", "/b"]);
    expect(machine.log.lines.map(({ level }) => level)).toEqual(["info"]);
  });

  test("two at once are both stored", async () => {
    using machine = new Machine();
    await Promise.all([machine.remember(["/a"]), machine.remember(["/b"])]);
    const { allowlist } = machine.stored.agents.main;
    expect(allowlist.map(({ pattern }: any) => pattern).toSorted()).toEqual(["/a", "/b"]);
  });

  test("that is there already is no news, and nothing is no edit", async () => {
    using machine = new Machine();
    expect(await machine.remember([])).toEqual({ recorded: [] });
    expect(machine.has("exec-approvals.json")).toBe(false);
    await machine.remember(["/a"]);
    expect(await machine.remember(["/a", "/b"])).toEqual({ recorded: ["/b"] });
    expect(await machine.remember(["/a", "/b"])).toEqual({ recorded: [] });
    expect(machine.log.lines).toHaveLength(2);
  });
});

describe("what was taken away since the decision stays away", () => {
  test("nothing may run any more", async () => {
    using machine = new Machine();
    const policy = { version: 1, agents: { main: { security: "deny" } } };
    machine.policy(policy);
    const { recorded, problem } = await machine.remember(["/a"]);
    expect(recorded).toEqual([]);
    expect(problem).toContain("the policy was changed meanwhile");
    expect(machine.stored).toEqual(policy);
    expect(machine.log.lines).toMatchObject([
      { level: "warn", fields: { agent: "main", programs: "/a" } },
    ]);
  });

  test("the decision is asked again, with the policy that is there now", async () => {
    using machine = new Machine();
    machine.policy({ version: 1, deny: ["/a"] });
    const seen: string[][] = [];
    const again: LearnAgain = ({ deny }) => {
      seen.push(deny.map(({ pattern }) => pattern));
      return undefined;
    };
    expect((await machine.remember(["/a"], again)).recorded).toEqual([]);
    expect(seen).toEqual([["/a"]]);
    expect(machine.stored).toEqual({ version: 1, deny: ["/a"] });
  });

  test("what the new decision would learn beyond the old one is not added", async () => {
    using machine = new Machine();
    // "/removed" was on the list when the run was approved, so nobody was asked about it.
    expect(await machine.remember(["/a"], () => grants("/removed", "/a"))).toEqual({
      recorded: ["/a"],
    });
    expect(JSON.stringify(machine.stored)).not.toContain("/removed");
  });

  test("what needs no entry any more gets none", async () => {
    using machine = new Machine();
    expect(await machine.remember(["/a"], () => [])).toEqual({ recorded: [] });
    expect(machine.has("exec-approvals.json")).toBe(false);
  });

  test.each([["{"], ["[]"], ['{"version":3}']])(
    "a file that became unusable stays as it is: %s",
    async (text) => {
      using machine = new Machine();
      machine.file("exec-approvals.json", text);
      const { recorded, problem } = await machine.remember(["/a"]);
      expect(recorded).toEqual([]);
      expect(problem).toContain("was left as it is");
      expect(machine.read("exec-approvals.json")).toBe(text);
      expect(machine.log.lines).toMatchObject([{ level: "warn" }]);
    },
  );
});
