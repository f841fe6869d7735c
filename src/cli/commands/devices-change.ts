/** `clawdbot devices remove|rotate|revoke`: takes back what a device was given. */
import { UsageError } from "../../lib/errors.ts";
import { shellQuote } from "../../lib/display-text.ts";
import { listDevices, removeDevice, revokeToken, rotateToken } from "../../operator/devices.ts";
import { deviceLabel, findDevice } from "../../operator/find-device.ts";
import type { Operator } from "../../operator/operator-connection.ts";
import type { PairedDevice } from "../../protocol/pairing.ts";
import type { CliContext } from "../context.ts";
import { defineCommand } from "../command.ts";
import { switchFlag, textFlag } from "../flag-values.ts";
import { writeJson } from "../json-output.ts";
import {
  connectionArgs,
  defaultTimeoutMs,
  operatorEnvironment,
  operatorExitCodes,
  timeLimit,
  timeoutArg,
} from "../operator-flags.ts";
import { withOperator } from "../operator-session.ts";

const deviceArgs = {
  name: { type: "positional", required: false, description: "The device, as with --device" },
  device: {
    type: "string",
    valueHint: "DEVICE",
    description: "The device: its id, 6 or more characters of it, or its name",
  },
} as const;

const roleArg = {
  role: {
    type: "string",
    valueHint: "ROLE",
    description: "Whose token: node or operator (default: the only one that the device has)",
  },
} as const;

const shared = { environment: operatorEnvironment, exitCodes: operatorExitCodes } as const;
type Flags = Readonly<Record<string, unknown>>;

export const devicesRemove = defineCommand({
  summary: "Forget a device; it has to be approved again",
  details: ["A connected one is cut off. Gateways of January 2026 cannot: use revoke there."],
  args: { ...deviceArgs, ...connectionArgs, ...timeoutArg },
  ...shared,
  examples: [["clawdbot devices remove build-box", "by its name"]],
  run: (context, { args }) =>
    onDevice(context, args, async (operator, device) => {
      await removeDevice(operator, device.deviceId);
      tell(context, args, { removed: true, deviceId: device.deviceId }, [
        `Removed "${deviceLabel(device)}"`,
      ]);
    }),
});

export const devicesRevoke = defineCommand({
  summary: "End the token of a device",
  details: [
    "A machine that knows the Gateway's own token may come back with it. To keep it out for good,\n" +
      "change that token, or on OpenClaw remove the device.",
  ],
  args: { ...deviceArgs, ...roleArg, ...connectionArgs, ...timeoutArg },
  ...shared,
  examples: [["clawdbot devices revoke 5017f4faeae5 --role node", "only its token as a node"]],
  run: (context, { args }) =>
    onDevice(context, args, async (operator, device) => {
      const role = roleOf(args, device);
      await revokeToken(operator, { deviceId: device.deviceId, role });
      tell(context, args, { revoked: true, deviceId: device.deviceId, role }, [
        `Revoked the token of "${deviceLabel(device)}" as ${role}`,
      ]);
    }),
});

export const devicesRotate = defineCommand({
  summary: "Replace the token of a device; the old one opens nothing any more",
  details: [
    "The device gets the new one by itself when it connects with the Gateway's own token.\n" +
      "With --json the new token is shown, where the Gateway tells it.",
  ],
  args: { ...deviceArgs, ...roleArg, ...connectionArgs, ...timeoutArg },
  ...shared,
  examples: [["clawdbot devices rotate build-box", "by its name"]],
  run: (context, { args }) =>
    onDevice(context, args, async (operator, device) => {
      const role = roleOf(args, device);
      const token = await rotateToken(operator, { deviceId: device.deviceId, role });
      const answer = { rotated: true, deviceId: device.deviceId, role };
      tell(context, args, token === undefined ? answer : { ...answer, token }, [
        `Rotated the token of "${deviceLabel(device)}" as ${role}`,
      ]);
    }),
});

function onDevice(
  context: CliContext,
  args: Flags,
  change: (operator: Operator, device: PairedDevice) => Promise<void>,
): Promise<number> {
  const query = deviceOf(args);
  const timeoutMs = timeLimit(textFlag(args, "timeout"), "--timeout", defaultTimeoutMs);
  return withOperator(context, args, timeoutMs, async (operator) => {
    const { paired } = await listDevices(operator);
    await change(operator, findDevice(paired, query));
    return 0;
  });
}

function deviceOf(args: Flags): string {
  const [positional, flag] = [textFlag(args, "name"), textFlag(args, "device")];
  if (positional !== undefined && flag !== undefined) {
    throw new UsageError(`Cannot use "${positional}" and --device together: one device is wanted`);
  }
  const query = (positional ?? flag)?.trim();
  if (query !== undefined && query !== "") return query;
  throw new UsageError(
    "Cannot run this without a device: give its id or its name",
    "See which there are: clawdbot devices list",
  );
}

function roleOf(args: Flags, device: PairedDevice): string {
  const given = textFlag(args, "role")?.trim();
  if (given !== undefined && given !== "") return given;
  const [only, ...more] = device.roles ?? [device.role ?? "node"];
  if (only !== undefined && more.length === 0) return only;
  throw new UsageError(
    `Cannot choose a token of "${deviceLabel(device)}": it has the roles ${[only, ...more].join(", ")}`,
    `Add one: --role ${shellQuote(only ?? "node")}`,
  );
}

function tell(
  { out }: CliContext,
  args: Flags,
  answer: Readonly<Record<string, unknown>>,
  lines: readonly string[],
): void {
  if (switchFlag(args, "json")) writeJson(out, answer);
  else out.write(`${lines.join("\n")}\n`);
}
