/** Makes ready the limits of executions: by the best means there are, tried once at the start. */
import { render } from "../../exec/captured-text.ts";
import { type ProgramStart, limitShells, limitedStart } from "../../exec/limited-start.ts";
import { type ProcessLimits, joinedLimits, limitNames } from "../../exec/process-limits.ts";
import { type RunOutcome, startCommand } from "../../exec/running-command.ts";
import { type LimitedStart, mostOf, splitLimits } from "../../exec/tree-limits.ts";
import { UserError } from "../../lib/errors.ts";
import type { AgentLimits } from "../../node/agent-limits.ts";
import type { ExecutionSettings } from "../../node/execution-settings.ts";
import type { LimitName, Log, SpawnOptions } from "../../platform/ports.ts";
import type { LimitMeans } from "../../protocol/host-status.ts";
import type { CliContext } from "../context.ts";

export interface AskedLimits {
  readonly ofAll: ProcessLimits | undefined;
  readonly ofAgents: AgentLimits;
}

/** What a trial is started with. */
export interface TrialSurroundings {
  readonly env: Readonly<Record<string, string>>;
  readonly user: SpawnOptions["user"];
}

type Limited = (start: ProgramStart) => LimitedStart;

/** For a program that ends at once. */
const trialMs = 5000;

/**
 * How each limit that anybody has is held. Called before any other program is started: this process
 * has to be alone in its control group.
 */
export async function limitMeans(
  context: CliContext,
  { ofAll, ofAgents }: AskedLimits,
  log: Log,
): Promise<LimitMeans> {
  const all = [...(ofAll === undefined ? [] : [ofAll]), ...ofAgents.values()];
  const wanted = limitNames.filter((name) =>
    all.some((limits) => mostOf(limits, name) !== undefined),
  );
  if (wanted.length === 0) return {};
  const { held, problem } = await context.groupLimits(wanted);
  const left = wanted.filter((name) => !held.includes(name));
  if (left.length > 0) {
    log.warn(
      `limits by ulimit, which does not count a command's processes together: ${left.join(", ")}`,
      { because: problem },
    );
  }
  const means = wanted.map((name) => [name, held.includes(name) ? "cgroup" : "ulimit"] as const);
  return Object.fromEntries(means);
}

/** Puts an agent's limits around a program; undefined: nobody has any. */
export async function limitsAround(
  context: CliContext,
  { ofAll, ofAgents }: AskedLimits,
  means: LimitMeans,
  surroundings: TrialSurroundings,
): Promise<ExecutionSettings["limited"]> {
  const held = limitNames.filter((name) => means[name] === "cgroup");
  const around = async (agent?: Partial<ProcessLimits>): Promise<Limited | undefined> => {
    const limits = joinedLimits(ofAll, agent);
    const sourceOf = (name: LimitName): string =>
      mostOf(agent ?? {}, name) === undefined ? `--limit-${name}` : "agentLimits";
    return limits && limitedWith(context, splitLimits(limits, held, sourceOf), surroundings);
  };
  const forAll = await around();
  const forAgents = new Map<string, Limited | undefined>();
  for (const [agent, limits] of ofAgents) forAgents.set(agent, await around(limits));
  if (forAll === undefined && forAgents.size === 0) return undefined;
  return (start, agent) => (forAgents.get(agent) ?? forAll)?.(start) ?? start;
}

/** Tries the limits once: what cannot be set is told now, not at every command. */
async function limitedWith(
  context: CliContext,
  { tree, each }: ReturnType<typeof splitLimits>,
  surroundings: TrialSurroundings,
): Promise<Limited> {
  const within: Limited = (start) => ({ ...start, limits: tree });
  const ways =
    each === undefined
      ? [within]
      : limitShells
          .filter(({ path }) => context.files.isExecutable(path))
          .map((shell): Limited => {
            const limited = limitedStart(each, shell);
            return (start) => within(limited(start));
          });
  let said = "";
  for (const limited of ways) {
    const outcome = await trial(context, limited, surroundings);
    if (outcome.end?.kind === "exit" && outcome.end.code === 0) return limited;
    const words = outcome.startError ?? outcome.end?.limits?.[0];
    said = `: ${words ?? render(outcome.stderr).trim().split("\n")[0] ?? ""}`;
  }
  throw new UserError(
    `Cannot set the limits of --limit-memory, --limit-cpu, --limit-processes or agentLimits${said}`,
    {
      hint: "They need control groups, bash or busybox, and have to leave room for starting a program",
    },
  );
}

function trial(
  { clock, spawner, random }: CliContext,
  limited: Limited,
  surroundings: TrialSurroundings,
): Promise<RunOutcome> {
  const start = limited({ program: "/bin/sh", argv: ["sh", "-c", "exit 0"] });
  const options = { ...start, ...surroundings, cwd: "/", treeId: random.uuid() };
  return startCommand({ clock, spawner }, { ...options, timeoutMs: trialMs }).outcome;
}
