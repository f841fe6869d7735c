/** What `clawdbot update` does with its flags. */
import type { KeyObject } from "node:crypto";
import { resolve } from "node:path";

import { UsageError, UserError, messageOf } from "../../lib/errors.ts";
import { parseDuration } from "../../lib/duration.ts";
import { exitCode } from "../../lib/exit-code.ts";
import { type Release, findRelease } from "../../update/find-release.ts";
import { ownProgram, previousOf } from "../../update/own-program.ts";
import { noAddress, releaseAddress, shownAddress } from "../../update/release-address.ts";
import { publicKey } from "../../update/release-signature.ts";
import { compareVersions, plainVersion } from "../../update/release-version.ts";
import type { CliContext } from "../context.ts";
import { switchFlag, textFlag } from "../flag-values.ts";
import { writeJson } from "../json-output.ts";
import { targetFlags } from "../service/service-flags.ts";
import { type Change, rollBack, updateTo } from "./update-program.ts";
import { serviceOf } from "./updated-service.ts";

/** What the build stamped into this program. */
export interface Build {
  readonly version: string;
  readonly commit: string;
  readonly target: string;
  /** May be empty, as the key. */
  readonly releaseUrl: string;
  readonly releaseKey: string;
}

type Flags = Readonly<Record<string, unknown>>;

interface Outcome {
  readonly code: number;
  readonly text: string;
  readonly json: Readonly<Record<string, unknown>>;
}

export async function runUpdate(context: CliContext, build: Build, args: Flags): Promise<number> {
  const outcome = switchFlag(args, "rollback")
    ? await goBack(context, build, args)
    : await goForward(context, build, args);
  if (switchFlag(args, "json")) writeJson(context.out, outcome.json);
  else context.out.write(outcome.text);
  return outcome.code;
}

async function goBack(context: CliContext, build: Build, args: Flags): Promise<Outcome> {
  for (const other of ["check", "pin", "base-url", "key"]) {
    if (args[other] !== undefined && args[other] !== false) {
      throw new UsageError(`Cannot use --rollback together with --${other}: it fetches nothing`);
    }
  }
  const change = await changeOf(context, build, args);
  const to = await rollBack(context, change);
  const { program, service } = change;
  return {
    code: exitCode.ok,
    json: {
      result: "rolled-back",
      program,
      from: build.version,
      to,
      restarted: service?.unit ?? null,
    },
    text: `Went back from ${build.version} to ${to}: ${program}\n  and forward again with: clawdbot update --rollback\n`,
  };
}

async function goForward(context: CliContext, build: Build, args: Flags): Promise<Outcome> {
  const { version } = build;
  const check = switchFlag(args, "check");
  const pin = pinned(textFlag(args, "pin"));
  if (!check) ownProgram(context.files, context.machine, build.target);
  const release = await fetchRelease(context, build, args, pin);
  const order = compareVersions(release.version, version);
  const newer = pin === undefined ? order > 0 : release.version !== version;
  const facts = {
    from: version,
    to: release.version,
    commit: release.commit,
    address: shownAddress(release.address),
    signed: release.signed,
  };
  if (!newer) {
    const older = order < 0 ? `; the release there is ${release.version}, which is older` : "";
    return {
      code: exitCode.ok,
      json: { result: "up-to-date", ...facts },
      text: `clawdbot ${version} is up to date${older}\n`,
    };
  }
  if (check) {
    const missing = release.asset === undefined ? `, but has no build for ${build.target}` : "";
    return {
      code: exitCode.updateAvailable,
      json: { result: "available", built: release.asset !== undefined, ...facts },
      text: `clawdbot ${release.version} is there${missing}; this is ${version}\n`,
    };
  }
  const change = await changeOf(context, build, args);
  await updateTo(context, change, release);
  const { program, service } = change;
  return {
    code: exitCode.ok,
    json: { result: "updated", program, restarted: service?.unit ?? null, ...facts },
    text: updatedText(change, facts),
  };
}

function updatedText(
  { program, service, from }: Change,
  { to, signed }: { readonly to: string; readonly signed: boolean },
): string {
  return [
    `Updated ${from} to ${to}: ${program}`,
    `  ${signed ? "its signature and checksum are right" : "its checksum is right; no key to check a signature is known"}`,
    service === undefined
      ? "  what runs already goes on with the old one until it is started again"
      : `  the service ${service.unit} was restarted and stays up`,
    `  go back with: clawdbot update --rollback (${previousOf(program)})`,
    "",
  ].join("\n");
}

async function changeOf(context: CliContext, build: Build, args: Flags): Promise<Change> {
  const program = ownProgram(context.files, context.machine, build.target);
  const service =
    args["restart"] === false
      ? undefined
      : await serviceOf(
          context,
          { ...targetFlags(args), account: undefined },
          { program, patienceMs: patienceOf(args) },
        );
  return { program, service, target: build.target, from: build.version };
}

async function fetchRelease(
  context: CliContext,
  build: Build,
  args: Flags,
  pin: string | undefined,
): Promise<Release> {
  const { env, machine } = context;
  const given = textFlag(args, "base-url") ?? env["CLAWDBOT_UPDATE_URL"]?.trim();
  const named = given || build.releaseUrl;
  if (named === "") throw noAddress();
  const base = releaseAddress(named, machine.cwd);
  const address = pin === undefined ? base : `${base}/v${pin}`;
  const release = await findRelease(await context.downloads(), {
    address,
    target: build.target,
    key: keyOf(context, build, textFlag(args, "key")),
  });
  if (pin === undefined || release.version === pin) return release;
  throw new UserError(
    `Cannot use the release at "${shownAddress(address)}": it is ${release.version}, ${pin} is wanted`,
  );
}

/** Undefined: nobody said who makes releases. */
function keyOf(
  context: CliContext,
  { releaseKey }: Build,
  file: string | undefined,
): KeyObject | undefined {
  if (file !== undefined) return publicKey(readKey(context, file), file);
  return releaseKey === "" ? undefined : publicKey(releaseKey, "the key in this program");
}

function readKey({ files, machine }: CliContext, file: string): string {
  const path = resolve(machine.cwd, file);
  let text: string | undefined;
  try {
    text = files.readText(path);
  } catch (error) {
    throw new UserError(`Cannot read "${file}": ${messageOf(error)}`, { cause: error });
  }
  if (text === undefined) throw new UserError(`Cannot read "${file}": there is no such file`);
  return text;
}

function patienceOf(args: Flags): number {
  const text = textFlag(args, "wait") ?? "";
  const ms = parseDuration(text);
  if (ms !== undefined) return ms;
  throw new UsageError(`Cannot use --wait "${text}": a duration is written like 90s, 30m or 2h`);
}

function pinned(text: string | undefined): string | undefined {
  if (text === undefined) return undefined;
  const version = plainVersion(text);
  if (version !== undefined) return version;
  throw new UsageError(`Cannot use --pin "${text}": a version is written like 1.2.3`);
}
