/** What an installation would do, or did, for people and for programs. */
import { printable, shellQuote } from "../../lib/display-text.ts";
import { type InstallPlan, type PlannedFile, textOf } from "../../service/install.ts";
import type { ServiceManager } from "../../service/manager.ts";
import type { GeneratedFile, ServiceSpec } from "../../service/service-spec.ts";

/** Everything that `--print` shows, in the order in which it would happen. */
export function planText(plan: InstallPlan): string {
  if (plan.steps.length === 0) {
    return `${plan.files.map((planned) => fileText(planned)).join("\n")}\n# Installed so already: nothing would change.\n`;
  }
  const commands = commandsOf(plan).map((words) => words.map(shellQuote).join(" "));
  return [
    ...plan.files.map((planned) => fileText(planned)),
    "# Then these commands:",
    ...commands.map(oneLine),
    "",
  ].join("\n");
}

function fileText({ file, same }: PlannedFile): string {
  const state = same ? ", unchanged" : "";
  const mode = file.mode.toString(8).padStart(4, "0");
  return `# ${oneLine(file.path)} (${mode}${state})\n${contentOf(file)}`;
}

function contentOf({ content, secret }: GeneratedFile): string {
  if (secret === true) return "(a secret, not shown)\n";
  const text = typeof content === "string" ? content : textOf(content);
  return text.replaceAll("\r\n", "\n").split("\n").map(oneLine).join("\n");
}

export function filesJson(plan: InstallPlan): {
  readonly files: readonly Readonly<Record<string, unknown>>[];
  readonly commands: readonly (readonly string[])[];
} {
  return {
    files: plan.files.map(({ file, same }) => ({
      path: file.path,
      mode: file.mode.toString(8).padStart(4, "0"),
      unchanged: same,
      ...(file.secret === true
        ? { secret: true }
        : { text: typeof file.content === "string" ? file.content : textOf(file.content) }),
    })),
    commands: commandsOf(plan),
  };
}

function commandsOf(plan: InstallPlan): readonly (readonly string[])[] {
  return plan.steps.flatMap((step) => (step.kind === "command" ? [step.argv] : []));
}

/** Lines that differ from what was installed before. */
export function changesText(plan: InstallPlan): string {
  const changed = plan.files.filter(({ diff, same }) => !same && diff.length > 0);
  return changed
    .map(
      ({ file, diff }) =>
        `Changes ${oneLine(file.path)}:\n${diff.map((line) => `  ${oneLine(line)}\n`).join("")}`,
    )
    .join("");
}

export function installedText(facts: {
  readonly spec: ServiceSpec;
  readonly url: string;
  readonly manager: ServiceManager;
}): string {
  const { spec, url, manager } = facts;
  const account = spec.account?.name;
  const profile = spec.argv.includes("--profile") ? ` --profile ${spec.argv.at(-1)}` : "";
  const user = account === undefined || account === "root" ? "" : `sudo -u ${account} -H `;
  return [
    "",
    `Installed ${manager.label} service: ${oneLine(manager.definition)}`,
    `Gateway: ${url}`,
    ...(account === undefined ? [] : [`Commands run as: ${account}`]),
    `Allow programs: ${user}clawdbot approvals allowlist add PROGRAM${profile}`,
    `Look: clawdbot node status${profile}, clawdbot node logs --follow${profile}`,
    "",
  ].join("\n");
}

function oneLine(text: string): string {
  return printable(text, 100_000);
}
