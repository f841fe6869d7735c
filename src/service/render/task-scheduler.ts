/** A task of the Windows Task Scheduler. */
import type { ServiceSpec } from "../service-spec.ts";
import { windowsArgument, xmlText } from "./escape.ts";

/**
 * `boot`: starts with the machine, without anybody logged on (S4U: no password is stored, no
 * window can appear); takes administrator rights to register. `logon`: starts with its user.
 */
export type TaskStart = "boot" | "logon";

export interface TaskFacts {
  /** `DOMAIN\user`. */
  readonly user: string;
  readonly start: TaskStart;
  /** `C:\Windows\System32\conhost.exe`. */
  readonly consoleHost: string;
}

export function taskXml(spec: ServiceSpec, facts: TaskFacts): string {
  const user = xmlText(facts.user);
  const boot = facts.start === "boot";
  const trigger = boot ? "BootTrigger" : "LogonTrigger";
  // Within a user's session a console program would get a window; its host can do without.
  const argv = boot ? spec.argv : [facts.consoleHost, "--headless", ...spec.argv];
  const [program = "", ...words] = argv;
  return [
    '<?xml version="1.0" encoding="UTF-16"?>',
    '<Task version="1.2" xmlns="http://schemas.microsoft.com/windows/2004/02/mit/task">',
    "  <RegistrationInfo>",
    `    <Description>${xmlText(spec.description)}</Description>`,
    "  </RegistrationInfo>",
    "  <Triggers>",
    `    <${trigger}>`,
    // A program that ends with an error is no failure to Windows: only this starts it again. What
    // runs already is left alone, and a disabled task is not started.
    "      <Repetition>",
    "        <Interval>PT1M</Interval>",
    "        <StopAtDurationEnd>false</StopAtDurationEnd>",
    "      </Repetition>",
    "      <Enabled>true</Enabled>",
    boot ? "      <Delay>PT15S</Delay>" : `      <UserId>${user}</UserId>`,
    `    </${trigger}>`,
    "  </Triggers>",
    "  <Principals>",
    '    <Principal id="Author">',
    `      <UserId>${user}</UserId>`,
    `      <LogonType>${boot ? "S4U" : "InteractiveToken"}</LogonType>`,
    "      <RunLevel>LeastPrivilege</RunLevel>",
    "    </Principal>",
    "  </Principals>",
    "  <Settings>",
    "    <MultipleInstancesPolicy>IgnoreNew</MultipleInstancesPolicy>",
    "    <DisallowStartIfOnBatteries>false</DisallowStartIfOnBatteries>",
    "    <StopIfGoingOnBatteries>false</StopIfGoingOnBatteries>",
    "    <AllowHardTerminate>true</AllowHardTerminate>",
    "    <StartWhenAvailable>true</StartWhenAvailable>",
    "    <RunOnlyIfNetworkAvailable>false</RunOnlyIfNetworkAvailable>",
    "    <IdleSettings>",
    "      <StopOnIdleEnd>false</StopOnIdleEnd>",
    "      <RestartOnIdle>false</RestartOnIdle>",
    "    </IdleSettings>",
    "    <AllowStartOnDemand>true</AllowStartOnDemand>",
    "    <Enabled>true</Enabled>",
    "    <Hidden>false</Hidden>",
    "    <RunOnlyIfIdle>false</RunOnlyIfIdle>",
    "    <WakeToRun>false</WakeToRun>",
    // Without it the task is ended after 72 hours.
    "    <ExecutionTimeLimit>PT0S</ExecutionTimeLimit>",
    // The default would slow every command down.
    "    <Priority>5</Priority>",
    "    <RestartOnFailure><Interval>PT1M</Interval><Count>999</Count></RestartOnFailure>",
    "  </Settings>",
    '  <Actions Context="Author">',
    "    <Exec>",
    `      <Command>${xmlText(program)}</Command>`,
    `      <Arguments>${xmlText(words.map(windowsArgument).join(" "))}</Arguments>`,
    `      <WorkingDirectory>${xmlText(spec.workingDirectory)}</WorkingDirectory>`,
    "    </Exec>",
    "  </Actions>",
    "</Task>",
    "",
  ].join("\r\n");
}
