/** A service script of OpenRC, kept alive by its supervise-daemon. */
import type { ServiceSpec } from "../service-spec.ts";
import { shellWord } from "./escape.ts";
import { exportLines } from "./shell-environment.ts";

/** Seconds between the end of the drain and the moment when everything is ended. */
const graceSeconds = 15;

export function openrcScript(spec: ServiceSpec, crashLog: string): string {
  const [program = "", ...words] = spec.argv;
  // OpenRC splits `command_args` at blanks, expands it like file names, and evaluates what comes
  // out. Only names of variables survive all of that unchanged.
  const names = words.map((_word, index) => `clawdbot_word_${index + 1}`);
  return [
    "#!/sbin/openrc-run",
    "",
    `description=${shellWord(spec.description)}`,
    "supervisor=supervise-daemon",
    `command=${shellWord(program)}`,
    ...names.map((name, index) => `${name}=${shellWord(words[index] ?? "")}`),
    `command_args='${names.map((name) => `"$${name}"`).join(" ")}'`,
    ...(spec.account === undefined ? [] : [`command_user=${shellWord(spec.account.name)}`]),
    `directory=${shellWord(spec.workingDirectory)}`,
    "respawn_delay=5",
    "respawn_max=0",
    `retry="TERM/${spec.drainSeconds + graceSeconds}/KILL/5"`,
    `output_log=${shellWord(crashLog)}`,
    `error_log=${shellWord(crashLog)}`,
    ...exportLines(spec),
    "",
    "depend() {",
    "\tuse net dns",
    "\tafter firewall",
    "}",
    "",
  ].join("\n");
}
