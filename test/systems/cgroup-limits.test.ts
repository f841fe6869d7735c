// Limits of runs as the kernel holds them: our executable as the service that it installs, under a
// real systemd, in a machine of its own.
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { shellQuote } from "../../src/lib/display-text.ts";
import { ourBinary } from "../interop/harness/our-program.ts";
import { type Said, VirtualMachine, bootLimitMs } from "./harness/virtual-machine.ts";

const everything = JSON.stringify({ version: 1, defaults: { security: "full", ask: "off" } });
const agentLimits = { busy: { cpu: "2s" }, small: { memory: "48M" } };

/** Takes 80 MiB and keeps them while it waits for its reader. */
const takesMuch = (seconds: number) =>
  `dd if=/dev/zero bs=80M count=1 status=none | sleep ${seconds}`;
const twoTakeTooMuch = (seconds: number) =>
  `{ ${takesMuch(seconds)}; } & ${takesMuch(seconds)}; wait`;
const forkBomb = "bomb() { bomb | bomb & }; bomb; sleep 2; exit 2";

let machine: VirtualMachine;

beforeAll(async () => {
  machine = await VirtualMachine.boot({
    clawdbot: ourBinary(),
    accounts: ["worker"],
    programs: ["dd", "grep", "rmdir", "setsid", "tail", "true"],
    files: {
      "/home/worker/.clawdbot/node.json": JSON.stringify({ version: 1, agentLimits }),
      "/home/worker/.clawdbot/exec-approvals.json": everything,
      "/root/.clawdbot-bare/node.json": JSON.stringify({ version: 1, agentLimits }),
      "/etc/systemd/system/gateway.service":
        "[Service]\nEnvironment=HOME=/root CLAWDBOT_STATE_DIR=/root/gateway CLAWDBOT_GATEWAY_TOKEN=t\nExecStart=/usr/bin/clawdbot gateway run\n",
      // Hands no controller on to what runs in it.
      "/etc/systemd/system/bare.slice": "[Slice]\nDisableControllers=memory pids\n",
      "/etc/systemd/system/clawdbot-node-bare.service.d/slice.conf":
        "[Service]\nSlice=bare.slice\nStandardError=append:/root/bare.log\n",
    },
  });
  await succeeds("chown -R worker: /home/worker; chmod 700 /home/worker/.clawdbot");
  await succeeds("systemctl start gateway.service");
}, bootLimitMs + 30_000);

afterAll(async () => {
  await machine[Symbol.asyncDispose]();
});

async function succeeds(script: string): Promise<string> {
  const said = await machine.run(`set -eu\n${script}`);
  if (said.code === 0) return said.stdout;
  throw new Error(`Cannot run "${script}": exit ${said.code}\n${said.stdout}${said.stderr}`);
}

/** Makes a host a service, and waits until it serves. */
async function install(name: string, words: string): Promise<void> {
  const profile = name === "box" ? "" : `--profile ${name}`;
  const host = `--host 127.0.0.1 --display-name ${name}`;
  await succeeds(`export CLAWDBOT_GATEWAY_TOKEN=t
clawdbot node install --system ${profile} ${host} ${words}`);
  await connected(name);
}

/** A host of root, whose policy allows everything. */
async function installForRoot(name: string, words = ""): Promise<void> {
  const directory = `/root/.clawdbot-${name}`;
  await succeeds(`mkdir -p ${directory}; chmod 700 ${directory}
echo ${shellQuote(everything)} >${directory}/exec-approvals.json; chmod 600 ${directory}/*`);
  await install(name, `--account root ${words}`);
}

const operator = "export CLAWDBOT_GATEWAY_TOKEN=t CLAWDBOT_GATEWAY_URL=ws://127.0.0.1:18789";

async function connected(name: string): Promise<void> {
  await succeeds(`${operator}
until clawdbot nodes status --json | grep -A 20 '"${name}"' | grep -q '"connected": true'; do
  sleep 0.5
done`);
}

/** The words that run shell text on a node. */
function runWords(node: string, text: string, agent = "main"): string {
  const words = ["nodes", "run", "--json", "--node", node, "--agent", agent, "--", "bash", "-c"];
  return `clawdbot ${[...words, text].map(shellQuote).join(" ")}`;
}

async function run(node: string, text: string, agent?: string) {
  const { stdout, stderr }: Said = await machine.run(`${operator}\n${runWords(node, text, agent)}`);
  if (stdout === "") throw new Error(`Cannot run "${text}" on ${node}: ${stderr}`);
  const { exitCode, success, error, stdout: output } = JSON.parse(stdout);
  return { exitCode, success, error, output };
}

const groupOf = (unit: string): string => `/sys/fs/cgroup/system.slice/${unit}.service`;

/** Names of the groups below a service's own. */
async function groupsIn(unit: string): Promise<string[]> {
  const paths = await succeeds(`ls -d ${groupOf(unit)}/*/ || true`);
  return paths.split("\n").flatMap((path) => path.split("/").at(-2) ?? []);
}

describe("a service of an account, with limits", () => {
  beforeAll(() => install("box", "--account worker --limit-memory 128M --limit-processes 20"));

  test("says how they are held", async () => {
    const words = "clawdbot node status";
    const json = JSON.parse(await succeeds(`${words} --json`));
    expect(json.host.limits).toEqual({ memory: "cgroup", cpu: "cgroup", processes: "cgroup" });
    expect(await succeeds(words)).toMatch(
      /^Limits: +memory, cpu, processes for a command with all its processes$/m,
    );
  });

  test("two processes that take too much together are ended as one, and it is said why", async () => {
    const result = await run("box", twoTakeTooMuch(60));
    const error = "ended by signal SIGKILL; the memory limit of 128M was reached (--limit-memory)";
    expect(result).toMatchObject({ success: false, error });
    const state = "CLAWDBOT_STATE_DIR=/home/worker/.clawdbot";
    expect(await succeeds(`${state} clawdbot node history --json`)).toContain(error);
  });

  test("one of them alone is left in peace, and no group is left of any run", async () => {
    const result = await run("box", takesMuch(1));
    expect(result).toMatchObject({ success: true, error: null });
    expect(await groupsIn("clawdbot-node")).toEqual(["clawdbot-host"]);
  });

  test("a fork bomb stops at its limit, and others go on", async () => {
    const peak = `cat ${groupOf("clawdbot-node")}/clawdbot-run-*/pids.peak`;
    const said = await succeeds(`${operator}
${runWords("box", "sleep 5; echo lives")} >/run/other &
${runWords("box", forkBomb.replace("exit", `${peak}; exit`))} >/run/bomb || true
wait; cat /run/bomb; echo ---; cat /run/other`);
    const [bomb, other] = said.split("---").map((text) => JSON.parse(text));
    expect(bomb.error).toBe("the limit of 20 processes was reached (--limit-processes)");
    expect(bomb.stdout.split("\n")).toContain("20");
    expect(other).toMatchObject({ success: true, stdout: "lives\n", error: null });
  });

  test.each([
    ["several processes that compute", "for i in 1 2 3; do while :; do :; done & done; wait"],
    ["a loop of short ones", "while :; do /usr/bin/true; done"],
  ])("%s have their processor time together", async (_name, text) => {
    expect(await run("box", text, "busy")).toMatchObject({
      success: false,
      error: "ended by signal SIGKILL; the processor time limit of 2 s was reached (agentLimits)",
    });
  });

  test("what an ended command has left behind keeps within its processor time", async () => {
    const result = await run(
      "box",
      "setsid bash -c 'while :; do :; done' >/dev/null 2>&1 &",
      "busy",
    );
    expect(result).toMatchObject({ success: true, error: null });
    await succeeds(
      `until grep -q "populated 0" ${groupOf("clawdbot-node")}/clawdbot-run-*/cgroup.events; do sleep 0.5; done`,
    );
  });

  test("an agent's own limit goes before that of all", async () => {
    expect(await run("box", takesMuch(60), "small")).toMatchObject({
      error: "ended by signal SIGKILL; the memory limit of 48M was reached (agentLimits)",
    });
  });

  test("a host that was killed in the middle of a run comes back, and nothing is left", async () => {
    await succeeds(`${operator}
${runWords("box", "sleep 600")} >/dev/null 2>&1 &
until ls -d ${groupOf("clawdbot-node")}/clawdbot-run-*; do sleep 0.5; done
systemctl kill --signal=KILL --kill-who=main clawdbot-node
until systemctl show --property=NRestarts clawdbot-node | grep -q =1; do sleep 0.5; done`);
    await connected("box");
    expect(await groupsIn("clawdbot-node")).toEqual(["clawdbot-host"]);
    expect((await run("box", takesMuch(60), "small")).error).toContain("48M was reached");
  });

  test("a restart works, and a stop leaves no group", async () => {
    await succeeds("systemctl restart clawdbot-node");
    await connected("box");
    expect((await run("box", "echo back")).output).toBe("back\n");
    await succeeds("systemctl stop clawdbot-node");
    expect((await machine.run(`ls -d ${groupOf("clawdbot-node")}`)).code).not.toBe(0);
  });
});

test("root is bound, too", async () => {
  await installForRoot("rooted", "--limit-processes 20");
  const result = await run("rooted", forkBomb);
  expect(result.error).toBe("the limit of 20 processes was reached (--limit-processes)");
});

test("a host without limits stays where it is, and its commands take what they want", async () => {
  await installForRoot("free");
  const group = groupOf("clawdbot-node-free");
  const result = await run("free", twoTakeTooMuch(1));
  expect(result).toMatchObject({ success: true, error: null });
  expect(await groupsIn("clawdbot-node-free")).toEqual([]);
  const pid = await succeeds("systemctl show --property=MainPID --value clawdbot-node-free");
  expect((await succeeds(`cat ${group}/cgroup.procs`)).split("\n")).toContain(pid.trim());
  expect((await succeeds(`cat ${group}/cgroup.subtree_control`)).trim()).toBe("");
});

test("where the controllers are missing it is ulimit, which is said once", async () => {
  await installForRoot("bare", "--limit-memory 128M --limit-processes 999");
  const json = JSON.parse(await succeeds("clawdbot node status --profile bare --json"));
  expect(json.host.limits).toEqual({ memory: "ulimit", cpu: "cgroup", processes: "ulimit" });
  expect((await run("bare", "ulimit -v; ulimit -u")).output).toBe("131072\n999\n");
  expect(await run("bare", twoTakeTooMuch(1))).toMatchObject({ success: true });
  expect((await run("bare", "while :; do :; done", "busy")).error).toContain("2 s was reached");
  const log = await succeeds("cat /root/bare.log");
  expect(log.split("\n").filter((line) => line.includes("by ulimit"))).toEqual([
    expect.stringContaining(
      ': memory, processes because="its control group lacks memory and pids"',
    ),
  ]);
});

test("a group that nobody tidies up is left as it was, and serves the next host", async () => {
  const group = "/sys/fs/cgroup/by-hand";
  const start = `(echo $BASHPID >${group}/cgroup.procs
exec clawdbot node run --profile by-hand --host 127.0.0.1 --limit-processes 20) 2>>/root/by-hand.log &
until clawdbot node status --profile by-hand >/run/status; do sleep 0.5; done
grep ^Limits: /run/status`;
  const said = await succeeds(`export CLAWDBOT_GATEWAY_TOKEN=t
mkdir ${group}
for time in first second; do
  ${start}
  kill $!
  wait $!
  ls -d ${group}/*/ 2>/dev/null || echo "no groups"
  echo "[$(cat ${group}/cgroup.subtree_control)]"
done
(echo $BASHPID >${group}/cgroup.procs; exec sleep 1000) &
${start}
kill $! %%
cat /root/by-hand.log`);
  const byGroup = ["Limits:   processes for a command with all its processes", "no groups", "[]"];
  expect(said.split("\n").slice(0, 7)).toEqual([
    ...byGroup,
    ...byGroup,
    "Limits:   processes by ulimit",
  ]);
  expect(said).toContain('because="other processes live in its control group"');
});
