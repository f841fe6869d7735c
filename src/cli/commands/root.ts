/** The tree of commands; every leaf is loaded only when it runs. */
import { exitCode } from "../../lib/exit-code.ts";
import { type CommandGroup, lazy } from "../command.ts";

const node: CommandGroup = {
  kind: "group",
  summary: "Run commands on this machine for a Gateway",
  commands: {
    run: lazy(
      "Connect to a Gateway and serve until stopped",
      async () => (await import("./node-run.ts")).nodeRun,
    ),
    import: lazy(
      "Take over the identity of another node host on this machine",
      async () => (await import("./node-import.ts")).nodeImport,
    ),
    history: lazy(
      "Show what was asked of this machine and how it ended",
      async () => (await import("./node-history.ts")).nodeHistory,
    ),
    install: lazy(
      "Make it a service that starts by itself",
      async () => (await import("./node-install.ts")).nodeInstall,
    ),
    uninstall: lazy(
      "Remove the service",
      async () => (await import("./node-uninstall.ts")).nodeUninstall,
    ),
    start: lazy("Start the service", async () => (await import("./node-control.ts")).nodeStart),
    stop: lazy("Stop the service", async () => (await import("./node-control.ts")).nodeStop),
    restart: lazy(
      "Restart the service",
      async () => (await import("./node-control.ts")).nodeRestart,
    ),
    status: lazy(
      "Show whether the node runs, is connected and paired",
      async () => (await import("./node-status.ts")).nodeStatus,
    ),
    logs: lazy(
      "Show the log of the service",
      async () => (await import("./node-logs.ts")).nodeLogs,
    ),
  },
};

const nodes: CommandGroup = {
  kind: "group",
  summary: "See, pair and use the nodes of a Gateway",
  commands: {
    status: lazy(
      "Show the nodes of the Gateway and whether they are connected",
      async () => (await import("./nodes-status.ts")).nodesStatus,
    ),
    list: lazy(
      "List pending requests and nodes together",
      async () => (await import("./nodes-list.ts")).nodesList,
    ),
    describe: lazy(
      "Show everything about one node",
      async () => (await import("./nodes-describe.ts")).nodesDescribe,
    ),
    pending: lazy(
      "Show which machines wait for approval",
      async () => (await import("./nodes-pending.ts")).nodesPending,
    ),
    approve: lazy(
      "Approve a machine that waits",
      async () => (await import("./nodes-approve.ts")).nodesApprove,
    ),
    reject: lazy(
      "Reject a machine that waits",
      async () => (await import("./nodes-reject.ts")).nodesReject,
    ),
    remove: lazy(
      "Forget a node; it has to be approved again",
      async () => (await import("./nodes-remove.ts")).nodesRemove,
    ),
    rename: lazy(
      "Give a node another name",
      async () => (await import("./nodes-rename.ts")).nodesRename,
    ),
    run: lazy(
      "Run a command on a node; its output and exit code become ours",
      async () => (await import("./nodes-run.ts")).nodesRun,
    ),
    which: lazy(
      "Show where programs are on a node",
      async () => (await import("./nodes-which.ts")).nodesWhich,
    ),
    invoke: lazy(
      "Invoke any command of a node with JSON parameters",
      async () => (await import("./nodes-invoke.ts")).nodesInvoke,
    ),
  },
};

const devices: CommandGroup = {
  kind: "group",
  summary: "See and change which machines a Gateway lets in, as nodes or operators",
  commands: {
    list: lazy(
      "Show the devices that the Gateway lets in, and those that wait",
      async () => (await import("./devices-list.ts")).devicesList,
    ),
    approve: lazy(
      "Approve a machine that waits",
      async () => (await import("./nodes-approve.ts")).devicesApprove,
    ),
    reject: lazy(
      "Reject a machine that waits",
      async () => (await import("./nodes-reject.ts")).devicesReject,
    ),
    "setup-code": lazy(
      "Make a code with which one machine becomes a node",
      async () => (await import("./devices-setup-code.ts")).devicesSetupCode,
    ),
    remove: lazy(
      "Forget a device; it has to be approved again",
      async () => (await import("./devices-change.ts")).devicesRemove,
    ),
    rotate: lazy(
      "Replace the token of a device",
      async () => (await import("./devices-change.ts")).devicesRotate,
    ),
    revoke: lazy(
      "End the token of a device",
      async () => (await import("./devices-change.ts")).devicesRevoke,
    ),
  },
};

const gateway: CommandGroup = {
  kind: "group",
  summary: "A small Gateway inside this executable",
  commands: {
    run: lazy(
      "Serve nodes and operators until stopped",
      async () => (await import("./gateway-run.ts")).gatewayRun,
    ),
  },
};

const approvals: CommandGroup = {
  kind: "group",
  summary: "See and edit what may run, here and on nodes",
  commands: {
    get: lazy("Show an exec policy", async () => (await import("./approvals-get.ts")).approvalsGet),
    set: lazy(
      "Replace an exec policy",
      async () => (await import("./approvals-set.ts")).approvalsSet,
    ),
    check: lazy(
      "Say what would be decided about a command",
      async () => (await import("./approvals-check.ts")).approvalsCheck,
    ),
    pending: lazy(
      "Show which runs wait for your answer on this machine, or at a Gateway",
      async () => (await import("./approvals-pending.ts")).approvalsPending,
    ),
    approve: lazy(
      "Let a run that waits on this machine, or at a Gateway, go ahead",
      async () => (await import("./approvals-answer.ts")).approvalsApprove,
    ),
    deny: {
      kind: "group",
      summary: "Deny a run that waits, or edit the list of programs that never run",
      otherwise: {
        name: "ID",
        // Neither `add` nor `remove` is the beginning of an id that is long enough.
        accepts: /^[0-9a-f]{4,32}$/i,
        command: lazy(
          "Deny a run that waits on this machine, or at a Gateway",
          async () => (await import("./approvals-answer.ts")).approvalsDenyRequest,
        ),
      },
      commands: {
        add: lazy("Never run a program", async () => (await import("./approvals-deny.ts")).denyAdd),
        remove: lazy(
          "Take a pattern off",
          async () => (await import("./approvals-deny.ts")).denyRemove,
        ),
      },
    },
    allowlist: {
      kind: "group",
      summary: "Edit the allowlist",
      commands: {
        add: lazy(
          "Allow a program",
          async () => (await import("./approvals-allowlist.ts")).allowlistAdd,
        ),
        remove: lazy(
          "Take a pattern off",
          async () => (await import("./approvals-allowlist.ts")).allowlistRemove,
        ),
      },
    },
  },
};

const completion: CommandGroup = {
  kind: "group",
  summary: "Completion of these commands in a shell",
  help: {
    details: ["Prints a script; COMMAND --help says where the shell looks for it."],
  },
  commands: {
    bash: lazy(
      "Print the completion for bash",
      async () => (await import("./completion.ts")).completionBash,
    ),
    zsh: lazy(
      "Print the completion for zsh",
      async () => (await import("./completion.ts")).completionZsh,
    ),
    fish: lazy(
      "Print the completion for fish",
      async () => (await import("./completion.ts")).completionFish,
    ),
    powershell: lazy(
      "Print the completion for PowerShell",
      async () => (await import("./completion.ts")).completionPowershell,
    ),
  },
};

const man = lazy("Print the manual page", async () => (await import("./man.ts")).man);

const demo = lazy(
  "See all of it at work on this machine",
  async () => (await import("./demo.ts")).demo,
);

const doctor = lazy(
  "Find out what is wrong between this machine and its Gateway",
  async () => (await import("./doctor.ts")).doctor,
);

const update = lazy(
  "Replace this program by a newer release",
  async () => (await import("./update.ts")).update,
);

export const root: CommandGroup = {
  kind: "group",
  summary:
    "A headless node host: runs commands for a Clawdbot or OpenClaw Gateway, guarded by your own allowlist.",
  help: {
    exitCodes: [
      [exitCode.ok, "done, or drained after a signal"],
      [exitCode.failure, "failure"],
      [exitCode.usage, "wrong command line"],
      [exitCode.config, "a configuration or policy file cannot be used"],
      [exitCode.auth, "the Gateway refused the token or password"],
      [exitCode.pairing, "an operator has to approve this device"],
      [exitCode.tls, "the certificate is not trusted or not the pinned one"],
      [exitCode.protocol, "no common protocol version"],
      [exitCode.alreadyRunning, "another host uses the state directory"],
      [exitCode.updateAvailable, "update --check: there is a newer release"],
      [exitCode.temporary, "temporary failure, try again later"],
    ],
  },
  commands: {
    node,
    nodes,
    devices,
    approvals,
    gateway,
    doctor,
    update,
    completion,
    man,
    demo,
  },
};
