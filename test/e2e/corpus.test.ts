// The corpus as an attacker would use it: every row as a request over the wire to one compiled node
// host, each in a world of its own, with programs in it that leave a mark when they run.
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "bun:test";
import { chmodSync, chownSync, lstatSync, mkdirSync, readdirSync, renameSync } from "node:fs";
import { rmSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { type Answer, InvokingGateway } from "../fakes/invoking-gateway.ts";
import { TlsServer } from "../fakes/tls-server.ts";
import { Person, type Program } from "./program.ts";

interface Row {
  readonly id: string;
  readonly platform: string;
  readonly params: Readonly<Record<string, any>>;
  readonly approvals: unknown;
  readonly skillBins: readonly string[] | null;
  readonly envProbe: readonly string[] | null;
  readonly expectNote: string;
  readonly accept: readonly string[];
}

const fixtures = join(import.meta.dir, "../fixtures/approvals");
const rows: readonly Row[] = await Bun.file(join(fixtures, "corpus.json")).json();
const here = rows.filter(({ platform }) => platform === "linux");
/** Where the rows expect the tree that fixtures.sh makes, and the PATH that they expect. */
const written = { place: "/tmp/fx", path: "/usr/local/bin:/usr/bin:/bin" };

/** What shows that an allowed row ran the very program that was meant. */
const noRepository = /not a git repository/;
const evidence: Readonly<Record<string, { readonly says?: RegExp; readonly marks?: string[] }>> = {
  B04: { says: noRepository },
  B05: { says: noRepository },
  B08: { marks: ["curl"] },
  B09: { says: /^etc$/m },
  B10: { says: /^1$/m },
  B12: { says: noRepository },
  B13: { says: noRepository },
  B14: { says: noRepository },
  E12: { says: /^FIXTURE-git status$/m, marks: ["git"] },
  E28: { says: noRepository },
  E29: { says: /^PATH=/m },
  E30: { says: noRepository },
  P06: { says: noRepository },
  P09: { says: noRepository },
  P11: { says: noRepository },
  W30: { says: noRepository },
  X11: { says: noRepository },
  X12: { says: noRepository },
  X14: { marks: ["id"] },
  X15: { marks: ["id"] },
  // As it is written, tar itself refuses the words; that it ran is what counts.
  X16: { says: /tar: You must specify/ },
  // Without a file they read an empty standard input: to end well is all that they can do.
  Z01: { says: /^$/ },
  Z20: { says: /^$/ },
  Z21: { says: /^$/ },
};

const person = new Person();
const markers = person.directory("markers");
const path = `${markers}:${written.path}`;
const inherited = {
  PATH: path,
  CLAWDBOT_GATEWAY_TOKEN: "tokSECRET",
  OPENCLAW_GATEWAY_TOKEN: "tokSECRET",
  CLAWDBOT_GATEWAY_PASSWORD: "tokSECRET",
  OPENCLAW_GATEWAY_PASSWORD: "tokSECRET",
  BASH_ENV: "/tmp/inh",
  GIT_EXEC_PATH: "/tmp/inh",
};
const everything = { version: 1, defaults: { security: "full", ask: "off" } };
const only = (...allowlist: string[]) => ({ version: 1, agents: { main: { allowlist } } });
let gateway: InvokingGateway;
let host: Program;

const marked = (name: string, rest: string): string =>
  `#!/bin/sh\necho '${name}' >> '${person.at("ran")}'\n${rest}`;

beforeAll(async () => {
  // What the rows try to smuggle in, found ahead of the system's own; nothing here calls the net.
  // The start of a login shell asks `id -u`, which is nobody's smuggling.
  person.program(
    "markers/id",
    `#!/bin/sh\n[ $# -gt 0 ] && exec /usr/bin/id "$@"\n${marked("id", "")}`,
  );
  for (const name of ["whoami", "curl"]) person.program(`markers/${name}`, marked(name, ""));
  // A login shell has forgotten the PATH by now.
  person.file("home/.profile", `PATH='${path}'\n`);
  person.program("home/evil", marked("evil", ""));
  gateway = new InvokingGateway();
  host = await connectedHost();
});
afterAll(async () => {
  await person[Symbol.asyncDispose]();
  await gateway[Symbol.asyncDispose]();
});
beforeEach(() => void person.file("ran", ""));

async function connectedHost(...words: string[]): Promise<Program> {
  const started = person.start(["node", "run", "--url", gateway.url, ...words], { env: inherited });
  await gateway.until(() => gateway.connected, "the host connects");
  return started;
}

const marks = (): string[] => person.read("ran").split("\n").filter(Boolean);

/** The tree of fixtures.sh, for one row alone; its programs leave marks. */
function worldOf(id: string): string {
  const place = person.at("worlds", id);
  mkdirSync(person.at("worlds"), { recursive: true });
  expect(Bun.spawnSync(["sh", join(fixtures, "fixtures.sh"), place]).exitCode).toBe(0);
  for (const file of readdirSync(place, { recursive: true, encoding: "utf8" })) {
    const facts = lstatSync(join(place, file));
    if (!facts.isFile() || (facts.mode & 0o100) === 0) continue;
    const name = join("worlds", id, file);
    const rest = person.read(name).replace("#!/bin/sh\n", "");
    person.program(name, marked(file.replace(/^.*\//, ""), rest));
  }
  return place;
}

function rebased<T>(value: T, place: string): T {
  const text = JSON.stringify(value).replaceAll(written.path, path);
  return JSON.parse(text.replaceAll(written.place, place));
}

function verdict({ result, payload }: Answer): string {
  if (result.ok !== true) return result.error.code === "INVALID_REQUEST" ? "reject" : "deny";
  return typeof payload.exitCode === "number" ? "allow" : "error";
}

const filesIn = (...places: string[]): string[] =>
  places.flatMap((place) => readdirSync(place, { recursive: true, encoding: "utf8" })).toSorted();

async function check(row: Row): Promise<void> {
  const place = worldOf(row.id);
  const { params, approvals } = rebased({ params: row.params, approvals: row.approvals }, place);
  person.state("exec-approvals.json", approvals);
  const policy = person.read("home/.clawdbot/exec-approvals.json");
  const before = filesIn(place, markers);
  const answer = await gateway.run(params);
  const said = verdict(answer);
  expect(row.accept).toContain(said);
  expect(person.read("home/.clawdbot/exec-approvals.json")).toBe(policy);
  expect(JSON.stringify(answer)).not.toContain("tokSECRET");
  const names = answer.events.map(({ event }) => event);
  if (said === "allow") {
    expect(names).toEqual(["exec.finished"]);
    const { says, marks: wanted = [] } = evidence[row.id] ?? {};
    expect(Object.keys(evidence)).toContain(row.id);
    const { stdout, stderr } = answer.payload;
    if (says !== undefined) expect(stdout + stderr).toMatch(says);
    expect([...new Set(marks())]).toEqual(wanted);
    await probe(row, params);
  } else {
    expect(names).not.toContain(said === "error" ? "exec.denied" : "exec.finished");
    expect(marks()).toEqual([]);
    expect(filesIn(place, markers)).toEqual(before);
  }
}

/** What a child sees of the variables that an allowed row asks about. */
async function probe({ envProbe }: Row, params: Row["params"]): Promise<void> {
  if (envProbe === null) return;
  const env: Readonly<Record<string, string>> = params["env"] ?? {};
  person.state("exec-approvals.json", everything);
  const { payload } = await gateway.run({ command: ["/usr/bin/env", "-0"], env });
  const seen = new Map<string, string>(
    payload.stdout.split("\0").map((line: string) => {
      const [name = "", ...value] = line.split("=");
      return [name, value.join("=")];
    }),
  );
  for (const name of envProbe) expect([name, seen.get(name)]).toEqual([name, env[name]]);
}

test("every allowed row has its evidence", () => {
  const allowed = here.filter(({ accept }) => accept.includes("allow")).map(({ id }) => id);
  expect(Object.keys(evidence).toSorted()).toEqual(allowed.toSorted());
});

describe.if(process.platform === "linux")("over the wire", () => {
  const skillRows = here.filter(({ skillBins }) => skillBins !== null);

  for (const row of here.filter(({ skillBins }) => skillBins === null)) {
    test(`${row.id}: ${row.expectNote}`, () => check(row));
  }

  for (const row of skillRows) {
    test(`${row.id}, skills ${row.skillBins?.join(", ")}: ${row.expectNote}`, () => {
      gateway.options = { ...gateway.options, answers: { "skills.bins": { bins: row.skillBins } } };
      return check(row);
    });
  }

  test("a skill that the node's own PATH gives runs, by its bare name alone", async () => {
    expect(gateway.frames.map(({ method }) => method)).toContain("skills.bins");
    const skill = person.program("markers/skill-bin", marked("skill-bin", ""));
    expect(verdict(await gateway.run({ command: [skill] }))).toBe("deny");
    expect(verdict(await gateway.run({ command: ["skill-bin"] }))).toBe("allow");
    expect(marks()).toEqual(["skill-bin"]);
  });

  test("one host answered them all", async () => {
    expect(gateway.connects).toHaveLength(1);
    expect((await gateway.run({ command: ["true"] })).result.nodeId).toBe("the-node");
  });
});

describe.if(process.platform === "linux")("rows of any system", () => {
  const note = (id: string): string =>
    `${id}: ${rows.find((row) => row.id === id)?.expectNote ?? "not in the corpus"}`;
  const policyFile = person.at("home/.clawdbot/exec-approvals.json");
  const runs = async (params: Record<string, unknown> = { command: ["id"] }) =>
    verdict(await gateway.run(params));
  /** The policy is one that allows what is asked for: only the odd thing is refused. */
  const open = (): void => void person.state("exec-approvals.json", everything);
  const alive = async (): Promise<void> => {
    open();
    expect(await runs()).toBe("allow");
    expect(gateway.connected).toBe(true);
  };

  test.each<[string, () => void, () => void]>([
    [
      "a link that leads away",
      () => {
        person.file("elsewhere.json", JSON.stringify(everything));
        rmSync(policyFile);
        person.link("home/.clawdbot/exec-approvals.json", person.at("elsewhere.json"));
      },
      () => expect(lstatSync(policyFile).isSymbolicLink()).toBe(true),
    ],
    [
      "a file that everybody may write",
      () => chmodSync(policyFile, 0o666),
      () => expect(lstatSync(policyFile).mode & 0o777).toBe(0o666),
    ],
    ...(process.getuid?.() === 0
      ? [
          [
            "a file of another user",
            () => chownSync(policyFile, 12_345, 12_345),
            () => expect(lstatSync(policyFile).uid).toBe(12_345),
          ] as [string, () => void, () => void],
        ]
      : []),
  ])(`${note("V13")} (%s)`, async (_case, forge, untouched) => {
    open();
    forge();
    const answer = await gateway.run({ command: ["id"] });
    expect(verdict(answer)).toBe("deny");
    expect(answer.result.error.message).toMatch(/exec-approvals\.json" (is a sym|belongs|may be)/);
    expect(marks()).toEqual([]);
    untouched();
    rmSync(policyFile);
    await alive();
  });

  test.each<[string, string]>([
    ["V01", "null"],
    ["V02", '{"command":["id"],"agentId":5,"sessionKey":{},"runId":[]}'],
    ["V25", '{"command":["id","a\\u0000b"]}'],
    ["V25", '{"command":["id"],"env":{"A":"a\\u0000b"}}'],
    ["V25", '{"command":["id"],"cwd":"/tmp\\u0000/x"}'],
    ["V25", '{"command":["","x"]}'],
  ])("%s is refused as invalid: %s", async (_id, paramsJSON) => {
    open();
    const answer = await gateway.answerTo({ command: "system.run", paramsJSON });
    expect(answer.result.error.code).toBe("INVALID_REQUEST");
    expect(marks()).toEqual([]);
    await alive();
  });

  test.each([
    ["argument", ["id", "x".repeat(2_000_000)]],
    ["name", ["x".repeat(5_000_000)]],
  ])(`${note("V04")} (%s)`, async (_case, command) => {
    open();
    expect(await runs({ command })).not.toBe("allow");
    expect(marks()).toEqual([]);
    await alive();
  });

  test(note("V08"), async () => {
    rmSync(policyFile, { force: true });
    const forged = '{"security":"full","ask":"off","allowlist":["*"]}';
    const file = `{"version":1,"agents":{"__proto__":${forged},"constructor":${forged}}}`;
    const paramsJSON = `{"file":${file}}`;
    const set = await gateway.answerTo({ command: "system.execApprovals.set", paramsJSON });
    expect(set.result.ok).toBe(true);
    for (const agentId of [undefined, "main", "toString"]) {
      expect(await runs({ command: ["id"], agentId })).toBe("deny");
    }
    expect(marks()).toEqual([]);
    await alive();
  });

  test(note("V09"), async () => {
    const { result } = await gateway.invoke("system.foo", {});
    expect(result.error).toMatchObject({ code: "UNAVAILABLE", message: "command not supported" });
  });

  test(note("V15"), async () => {
    host.kill("SIGTERM");
    await host.ended;
    host = await connectedHost("--trust-gateway-approvals");
    person.state("exec-approvals.json", only());
    const always = (command: string) =>
      gateway.run({ command: [command], approvalDecision: "allow-always" });
    await Promise.all(["id", "whoami"].map(always));
    expect(await Promise.all([runs(), runs({ command: ["whoami"] })])).toEqual(["allow", "allow"]);
    const { allowlist } = person.json("home/.clawdbot/exec-approvals.json").agents.main;
    expect(allowlist.map(({ pattern }: { pattern: string }) => pattern).toSorted()).toEqual([
      join(markers, "id"),
      join(markers, "whoami"),
    ]);
  });

  test.each<[string, Record<string, unknown>, string]>([
    ["V23", { command: ["id", "x".repeat(132_000)] }, "ARG_TOO_LONG: argument 1 has 132000 bytes"],
    [
      "V23",
      { command: ["/bin/sh", "-lc", `id ${"x".repeat(132_000)}`] },
      "ARG_TOO_LONG: argument 2",
    ],
    ["V23", { command: ["id"], env: { A: "x".repeat(140_000) } }, "ARG_TOO_LONG: the variable A"],
    ["V24", { command: ["id"], cwd: "/etc/passwd" }, "CWD_NOT_DIRECTORY"],
    ["V26", { command: ["/etc/passwd/x"] }, "ENOENT"],
    ["V26", { command: ["n".repeat(300)] }, "ENOENT"],
    ["V26", { command: [person.link("loop", person.at("loop"))] }, "ENOENT"],
  ])("%s tells what is wrong: %#", async (_id, params, problem) => {
    open();
    const answer = await gateway.run(params);
    expect(verdict(answer)).toBe("error");
    expect(answer.payload.error).toContain(problem);
    expect(marks()).toEqual([]);
    await alive();
  });

  test(note("V19"), async () => {
    await using server = await TlsServer.start("self-signed");
    const url = `wss://127.0.0.1:${server.port}`;
    const words = ["node", "run", "--profile", "pinned", "--once", "--url", url];
    const { code, stderr } = await person.run([...words, "--tls-fingerprint", "a".repeat(64)], {
      env: inherited,
    });
    expect(code).toBe(12);
    expect(stderr).toContain("fingerprint");
    expect(server.bytes).toBe(0);
  });

  test(note("V22"), async () => {
    const words = ["node", "run", "--profile", "plain", "--once", "--url", "ws://gw.example.com:1"];
    const { code, stderr } = await person.run(words, { env: inherited });
    expect([2, 3]).toContain(code ?? 0);
    expect(stderr).toContain("gw.example.com");
    expect(stderr).not.toContain("tokSECRET");
  });

  // Both need the plan that an approval was given for: a gateway of the later generation.
  test.each<[string, (place: string) => void, string]>([
    [
      "V17",
      (place) => {
        renameSync(join(place, "now"), join(place, "before"));
        symlinkSync("elsewhere", join(place, "now"));
      },
      "approval cwd changed before execution",
    ],
    [
      "V18",
      (place) => writeFileSync(join(place, "now/deploy.sh"), marked("evil", "")),
      "approval script operand changed before execution",
    ],
  ])("%s: what was approved is not what would run", async (id, change, message) => {
    await using later = new InvokingGateway({ protocol: 4, version: "2026.9.6" });
    const words = ["node", "run", "--profile", id.toLowerCase(), "--url", later.url];
    person.start(words, { env: inherited });
    await later.until(() => later.connected, "the host connects");
    const place = person.directory(`plans/${id}`);
    for (const name of ["now", "elsewhere"]) {
      person.program(`plans/${id}/${name}/deploy.sh`, marked(name, ""));
    }
    const cwd = join(place, "now");
    const prepare = { command: ["./deploy.sh"], cwd, agentId: "main", sessionKey: "s" };
    const run = async (between: () => void): Promise<Answer> => {
      const { plan } = (await later.invoke("system.run.prepare", prepare)).payload;
      between();
      const approved = { approved: true, approvalDecision: "allow-once", systemRunPlan: plan };
      return later.run({ ...prepare, command: plan.argv, cwd: plan.cwd, ...approved });
    };
    expect(verdict(await run(() => {}))).toBe("allow");
    expect(marks()).toEqual(["now"]);
    const answer = await run(() => change(place));
    expect(answer.result.error.message).toContain(message);
    expect(marks()).toEqual(["now"]);
  });

  test("every row of any system is tried above", async () => {
    const text = await Bun.file(import.meta.path).text();
    const missing = rows
      .filter(({ platform }) => platform === "any")
      .filter(({ id }) => !text.includes(`"${id}"`));
    expect(missing).toEqual([]);
  });
});
