import { describe, expect, test } from "bun:test";
import { skillBins } from "../../src/node/skill-bins.ts";
import { CollectedLog } from "../fakes/collected-log.ts";
import { RunningNode } from "./running-node.ts";

function asked(answers: (() => Promise<unknown>)[]) {
  let now = 0;
  const requests: unknown[][] = [];
  const bins = skillBins({
    clock: { monotonic: () => now },
    log: new CollectedLog(),
    request(...request) {
      requests.push(request);
      return answers[requests.length - 1]?.() ?? Promise.reject(new Error("no more"));
    },
  });
  return { bins, requests, wait: (ms: number) => void (now += ms) };
}

const listed =
  (...bins: unknown[]) =>
  () =>
    Promise.resolve({ bins });
const failed = () => Promise.reject(new Error("skills.bins: unknown method"));

describe("the programs of skills", () => {
  test("are asked for once in ninety seconds, with three seconds to answer", async () => {
    const { bins, requests, wait } = asked([listed("gh"), listed("jq")]);
    expect([...(await bins())]).toEqual(["gh"]);
    wait(89_999);
    expect([...(await bins())]).toEqual(["gh"]);
    expect(requests).toEqual([["skills.bins", {}, 3000]]);
    wait(1);
    expect([...(await bins())]).toEqual(["jq"]);
  });

  test("are asked for once by many runs at a time", async () => {
    const { bins, requests } = asked([listed("gh")]);
    const all = await Promise.all([bins(), bins(), bins()]);
    expect(all.map(({ size }) => size)).toEqual([1, 1, 1]);
    expect(requests).toHaveLength(1);
  });

  test("stay as they were when the gateway fails, which is not asked again at once", async () => {
    const { bins, requests, wait } = asked([listed("gh"), failed, listed("jq")]);
    await bins();
    wait(90_000);
    expect([...(await bins())]).toEqual(["gh"]);
    expect([...(await bins())]).toEqual(["gh"]);
    expect(requests).toHaveLength(2);
  });

  test.each<[string, () => Promise<unknown>, string[]]>([
    ["a gateway that knows no such method", failed, []],
    ["nothing", () => Promise.resolve(undefined), []],
    ["no list", () => Promise.resolve({ bins: "gh" }), []],
    [
      "what is no bare name",
      listed("gh", "/bin/sh", "./x", "a\\b", "a\0", "C:x", "", 5, null),
      ["gh"],
    ],
    ["a name without end", listed("x".repeat(129), "gh"), ["gh"]],
  ])("are none of %s", async (_case, answer, wanted) => {
    expect([...(await asked([answer]).bins())]).toEqual(wanted);
  });

  test("are bounded in number", async () => {
    const many = Array.from({ length: 100_000 }, (_, index) => `b${index}`);
    expect((await asked([listed(...many)]).bins()).size).toBe(1024);
  });
});

describe("a run of a program of a skill", () => {
  const policy = (autoAllowSkills: boolean, allowlist: string[] = []) => ({
    version: 1,
    defaults: { ask: "off", autoAllowSkills },
    agents: { main: { allowlist } },
  });
  const gateway = { answers: { "skills.bins": { bins: ["uname", "sh", "env", "perl", "awk"] } } };
  const asks = ({ frames }: RunningNode["gateway"]): number =>
    frames.filter(({ method }) => method === "skills.bins").length;

  test("is allowed by its bare name, and the gateway is asked once", async () => {
    await using node = await RunningNode.connected({ policy: policy(true), gateway });
    for (const command of [["uname"], ["nice", "uname"], ["/bin/sh", "-c", "uname | head -n 1"]]) {
      expect((await node.gateway.run({ command })).payload.success).toBe(true);
    }
    expect(asks(node.gateway)).toBe(1);
  });

  test.each<[string, string[]]>([
    ["by its path", ["/usr/bin/uname"]],
    ["by a relative path", ["./uname"]],
    ["that is not listed", ["id"]],
    ["that is a shell", ["sh", "x"]],
    ["that starts others", ["env", "-i", "id"]],
    ["that is an interpreter", ["perl", "-e", "1"]],
    ["that is an interpreter for patterns", ["awk", "BEGIN{}"]],
  ])("is refused %s", async (_case, command) => {
    await using node = await RunningNode.connected({ policy: policy(true), gateway });
    const { result, events } = await node.gateway.run({ command });
    expect(result.error.message).toStartWith("SYSTEM_RUN_DENIED: allowlist miss");
    expect(events.map(({ payload }) => payload.reason)).toEqual(["allowlist-miss"]);
  });

  test("is not the file of that name that the working directory has", async () => {
    await using node = await RunningNode.connected({ policy: policy(true), gateway });
    node.program("home/uname", "#!/bin/sh\nexit 3\n");
    const { payload } = await node.gateway.run({ command: ["uname"] });
    expect(payload.exitCode).toBe(0);
  });

  test("asks nobody where skills are off, or the allowlist covers it", async () => {
    for (const options of [policy(false), policy(true, ["uname"])]) {
      await using node = await RunningNode.connected({ policy: options, gateway });
      await node.gateway.run({ command: ["uname"] });
      expect(asks(node.gateway)).toBe(0);
    }
  });

  test("a deny list stops it before anybody is asked", async () => {
    const file = { ...policy(true), deny: ["uname"] };
    await using node = await RunningNode.connected({ policy: file, gateway });
    const { result } = await node.gateway.run({ command: ["uname"] });
    expect(result.error.message).toContain("deny list");
    expect(asks(node.gateway)).toBe(0);
  });
});
