/** `clawdbot update`: another release of this very program, in its place. */
import { exitCode } from "../../lib/exit-code.ts";
import { commit, releaseKey, releaseUrl, target, version } from "../../version.ts";
import { defineCommand } from "../command.ts";
import { manageArgs } from "../service/service-flags.ts";
import { runUpdate } from "../update/update-command.ts";

export const update = defineCommand({
  summary: "Replace this program by a newer release, and restart its service.",
  details: [
    [
      "The release has to list the checksum of every file; where a key is known, its signature has to",
      "be right, too. The new program is started once before it takes the place of the old one in one",
      "step. The service is restarted when none of its commands runs; when it does not come up and",
      "stay up, the old program is put back and started again.",
    ].join("\n"),
    "The program before it is kept beside it as clawdbot.previous.",
  ],
  args: {
    check: { type: "boolean", description: "Only say whether there is a newer release" },
    pin: {
      type: "string",
      valueHint: "VERSION",
      description: "Exactly that release, below URL/vVERSION; it may be an older one",
    },
    rollback: { type: "boolean", description: "Swap with the program before this one" },
    "base-url": {
      type: "string",
      valueHint: "URL",
      description: "Directory of a release: https://…, file:///…, or a folder",
    },
    key: {
      type: "string",
      valueHint: "FILE",
      description: "Ed25519 public key that must have signed it, instead of the built-in one",
    },
    restart: {
      type: "boolean",
      default: true,
      description: "Restart the service when it runs this program",
      negativeDescription: "Leave the service running with the old program",
    },
    wait: {
      type: "string",
      valueHint: "DURATION",
      default: "30m",
      description: "Give up when commands of the service run for longer",
    },
    user: manageArgs.user,
    system: manageArgs.system,
    profile: manageArgs.profile,
    json: manageArgs.json,
  },
  environment: [["CLAWDBOT_UPDATE_URL", "Directory of a release, where --base-url is not given"]],
  exitCodes: [
    [exitCode.ok, "updated, or up to date"],
    [exitCode.failure, "not updated; the old program is in place"],
    [exitCode.updateAvailable, "--check found a newer release"],
    [exitCode.temporary, "nothing could be fetched, or another update is under way"],
  ],
  examples: [
    ["clawdbot update --check", "Is there a newer one?"],
    ["clawdbot update", "Take it"],
    ["clawdbot update --pin 1.2.3", "Exactly this one, also an older one"],
    ["clawdbot update --rollback", "Go back to the one before"],
    ["clawdbot update --base-url /mnt/release", "From a folder, without a network"],
  ],
  run: (context, { args }) =>
    runUpdate(context, { version, commit, target, releaseUrl, releaseKey }, args),
});
