/** A service script of OpenRC, kept alive by its supervise-daemon. */
import type { ServiceSpec } from "../service-spec.ts";
import { shellWord } from "./escape.ts";
import { serviceVariables } from "./service-variables.ts";

/** Seconds between the end of the drain and the moment when everything is ended. */
const graceSeconds = 15;

export function openrcScript(spec: ServiceSpec, crashLog: string): string {
  const [program = "", ...words] = spec.argv;
  // Exported variables would reach OpenRC's own tools: with another PATH it finds none of them.
  const environment = Object.entries(serviceVariables(spec)).flatMap(([name, value]) => [
    "--env",
    `${name}=${value}`,
  ]);
  return [
    "#!/sbin/openrc-run",
    "",
    `description=${shellWord(spec.description)}`,
    "supervisor=supervise-daemon",
    ...evaluated("command", [program]),
    ...evaluated("command_args", words),
    ...evaluated("supervise_daemon_args", environment),
    ...(spec.account === undefined ? [] : evaluated("command_user", [spec.account.name])),
    ...evaluated("directory", [spec.workingDirectory]),
    "respawn_delay=5",
    "respawn_max=0",
    `retry="TERM/${spec.drainSeconds + graceSeconds}/KILL/5"`,
    ...evaluated("output_log", [crashLog]),
    ...evaluated("error_log", [crashLog]),
    "",
    "depend() {",
    "\tuse net dns",
    "\tafter firewall",
    "}",
    "",
    ...endOfLeftHost(program, spec.drainSeconds + graceSeconds),
    "",
  ].join("\n");
}

/** A supervise-daemon that was killed leaves its host behind, which keeps the state directory. */
function endOfLeftHost(program: string, patience: number): string[] {
  return [
    "stop_pre() {",
    "\tclawdbot_host=$(service_get_value child_pid)",
    "}",
    "",
    "stop_post() {",
    '\t[ -n "$clawdbot_host" ] || return 0',
    `\tgrep -qF -- ${shellWord(program)} "/proc/$clawdbot_host/cmdline" 2>/dev/null || return 0`,
    '\tkill -TERM "$clawdbot_host"',
    `\tclawdbot_patience=${patience}`,
    '\twhile [ "$clawdbot_patience" -gt 0 ] && kill -0 "$clawdbot_host" 2>/dev/null; do',
    "\t\tsleep 1",
    "\t\tclawdbot_patience=$((clawdbot_patience - 1))",
    "\tdone",
    '\t! kill -0 "$clawdbot_host" 2>/dev/null || kill -KILL "$clawdbot_host"',
    "}",
  ];
}

/**
 * A setting that OpenRC splits at blanks, expands like file names, and evaluates. Only words
 * without any meaning survive that as they are; of all others only the name of a variable does.
 */
function evaluated(setting: string, words: readonly string[]): string[] {
  const plain = (word: string): boolean => /^[A-Za-z0-9_./:@+,-]+$/.test(word);
  const names = words.map((_word, index) => `clawdbot_${setting}_${index + 1}`);
  const held = words.flatMap((word, index) =>
    plain(word) ? [] : [`${names[index]}=${shellWord(word)}`],
  );
  const shown = words.map((word, index) => (plain(word) ? word : `"$${names[index]}"`));
  return [...held, `${setting}='${shown.join(" ")}'`];
}
