/** `clawdbot approvals check`: what this machine would decide about a command, without running it. */
import { resolve } from "node:path";

import { describeEntry } from "../../approvals/allow-entries.ts";
import { findsAnywhere } from "../../approvals/argument-rule.ts";
import { planCommand } from "../../approvals/command-plan.ts";
import { decide } from "../../approvals/decide.ts";
import { type EffectivePolicy, effectivePolicy } from "../../approvals/effective.ts";
import { executionOf } from "../../approvals/execution.ts";
import { type JudgedCommand, judge } from "../../approvals/judgement.ts";
import { commandText } from "../../approvals/miss.ts";
import { parsePolicy } from "../../approvals/policy.ts";
import { mayAssign } from "../../exec/environment.ts";
import { findProgram } from "../../exec/find-program.ts";
import { UsageError } from "../../lib/errors.ts";
import { exitCode } from "../../lib/exit-code.ts";
import { printable } from "../../lib/display-text.ts";
import { directoryOf, searchIn, sha256 } from "../../node/admit-run.ts";
import { homeDirectory } from "../../state/paths.ts";
import { defineCommand } from "../command.ts";
import { openLocalApprovals } from "../local-approvals.ts";

export const approvalsCheck = defineCommand({
  summary: "Say what this machine would decide about a command, and why, without running it.",
  details: [
    "Programs are looked up in the PATH of this shell; a node host that runs as a service may have another one.",
  ],
  rest: "COMMAND…",
  args: {
    shell: { type: "string", valueHint: "TEXT", description: "Shell text instead of plain words" },
    agent: {
      type: "string",
      valueHint: "ID",
      default: "main",
      description: "Agent that would ask",
    },
    cwd: { type: "string", valueHint: "DIR", description: "Directory it would run in" },
    profile: {
      type: "string",
      valueHint: "NAME",
      description: "Use the state directory ~/.clawdbot-NAME",
    },
    "strict-inline-eval": {
      type: "boolean",
      description: "As for a node host that was started with this flag",
    },
    json: { type: "boolean", description: "One JSON object" },
  },
  exitCodes: [
    [exitCode.ok, "it would run"],
    [exitCode.failure, "it would be refused"],
    [exitCode.config, "the policy file cannot be used, so everything is refused"],
  ],
  examples: [
    ["clawdbot approvals check -- git status", "Plain words"],
    ["clawdbot approvals check --shell 'cd /srv/app && git log | head -n 5'", "Shell text"],
  ],
  run(context, { args, rest }) {
    const { env, files, machine, out } = context;
    if ((args.shell === undefined) === (rest.length === 0)) {
      throw new UsageError("Cannot check that: give either words behind -- or --shell TEXT");
    }
    const parsed = parsePolicy(openLocalApprovals(context, args.profile).file);
    if (!parsed.ok) return Promise.resolve(exitCode.config);
    const policy = effectivePolicy(parsed.policy, args.agent);
    const windows = machine.platform === "win32";
    const argv = args.shell === undefined ? rest : ["/bin/sh", "-lc", args.shell];
    const plan = planCommand(argv);
    const home = homeDirectory(env);
    const asked = resolve(machine.cwd, args.cwd ?? ".");
    const changed = plan.ok ? plan.directory : undefined;
    const cwd = changed === undefined ? asked : directoryOf(changed, asked, home);
    const find = (name: string) => findProgram(files, name, searchIn(env, cwd, windows));
    const options = {
      home,
      ignoreCase: windows,
      realPath: (path: string) => files.realPath(path),
      cwd: () => files.realPath(cwd) ?? cwd,
      sha256,
      mayAssign,
      strictInlineEval: args["strict-inline-eval"] === true,
    };
    const decision = decide(
      { plan, find, approved: false, approvalsTrusted: false },
      policy,
      options,
    );
    const judged = plan.ok ? judge(plan.commands, find, policy, options) : [];
    const runs = decision.allow && decision.commands ? executionOf(decision.commands) : undefined;
    const report = {
      v: 1,
      allowed: decision.allow,
      agent: policy.agent,
      security: policy.security,
      ask: policy.ask,
      askFallback: policy.askFallback,
      autoAllowSkills: policy.autoAllowSkills,
      cwd,
      commands: judged.map(describe),
      ...(plan.ok ? {} : { notUnderstood: plan.reason }),
      ...(decision.allow
        ? { because: decision.because }
        : {
            code: decision.code,
            message: decision.message,
            faults: decision.faults,
            allowWith: decision.allowWith,
          }),
      notes: notesOn(policy, parsed.policy.problems, decision.allow),
      ...(runs === undefined ? {} : { runs }),
    };
    out.write(args.json === true ? `${JSON.stringify(report)}\n` : render(report));
    return Promise.resolve(decision.allow ? exitCode.ok : exitCode.failure);
  },
});

interface Described {
  readonly words: string;
  readonly programs: readonly {
    readonly path: string;
    readonly realPath: string;
    /** What would be executed. */
    readonly runAs: string;
    readonly rule: string | null;
  }[];
  readonly problem?: string;
}

function describe({ command, analysis, programs }: JudgedCommand): Described {
  return {
    words: commandText(command),
    programs: programs.map(({ program, rule, runAs }) => ({
      path: program.facts.path,
      realPath: program.facts.realPath,
      runAs,
      rule: rule ?? null,
    })),
    ...(analysis.ok ? {} : { problem: analysis.problem }),
  };
}

/** What the owner should know of the policy beside this command. */
function notesOn(policy: EffectivePolicy, problems: readonly string[], allowed: boolean): string[] {
  const anywhere = policy.allowlist.filter(({ args }) => args !== undefined && findsAnywhere(args));
  return [
    ...problems,
    ...anywhere.map(
      (entry) => `${describeEntry(entry)}: without ^ and $ longer arguments are allowed too`,
    ),
    ...(!allowed && policy.autoAllowSkills.value
      ? ["programs of skills may run too; which these are only the gateway knows"]
      : []),
  ];
}

function render(report: {
  readonly allowed: boolean;
  readonly agent: string;
  readonly security: { readonly value: string; readonly source: string };
  readonly ask: { readonly value: string; readonly source: string };
  readonly cwd: string;
  readonly commands: readonly Described[];
  readonly message?: string;
  readonly notes: readonly string[];
}): string {
  const { security, ask, notes } = report;
  const settings = `security ${security.value} (${security.source}), ask ${ask.value} (${ask.source})`;
  const lines = [
    report.allowed ? "It would run." : "It would be refused.",
    `Agent ${report.agent}: ${settings}`,
    `Directory ${report.cwd}`,
    ...report.commands.flatMap(({ words, programs, problem }) => [
      `  ${words}`,
      ...programs.map(
        ({ path, rule }) => `    ${path}: ${rule === null ? "no rule" : `rule ${rule}`}`,
      ),
      ...(problem === undefined ? [] : [`    ${problem}`]),
    ]),
  ];
  const message = report.message === undefined ? [] : ["", ...report.message.split("\n")];
  const shown = [...lines, ...message, ...notes.map((note) => `Note: ${note}`)];
  return `${shown.map((line) => printable(line, longestLine)).join("\n")}\n`;
}

const longestLine = 8192;
