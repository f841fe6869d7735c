/** What the exit code of a service says, for people. */
import { exitCode } from "../lib/exit-code.ts";

const meanings: Readonly<Record<number, string>> = {
  [exitCode.failure]: "failure",
  [exitCode.usage]: "the command line is wrong",
  [exitCode.config]: "a configuration or policy file cannot be used",
  [exitCode.auth]: "the Gateway refused the token or password",
  [exitCode.pairing]: "an operator has to approve this device",
  [exitCode.tls]: "the certificate is not trusted or not the pinned one",
  [exitCode.protocol]: "no common protocol version",
  [exitCode.alreadyRunning]: "another host uses the state directory",
  [exitCode.limitReached]: "a limit was reached",
  [exitCode.temporary]: "temporary failure",
  // systemd's own, from before the program runs.
  200: "its working directory cannot be entered",
  203: "the executable cannot be started",
  216: "its group does not exist",
  217: "its user does not exist",
  226: "the hardening is not possible here",
  243: "its secrets cannot be read",
};

/** ` (exit code 3: …)`. */
export function exitText(code: number): string {
  const meaning = meanings[code];
  return meaning === undefined ? `exit code ${code}` : `exit code ${code}: ${meaning}`;
}
