/** `exec-approvals.json`: read without ever writing. */
import { createHash } from "node:crypto";
import { dirname } from "node:path";

import { messageOf } from "../lib/errors.ts";
import { type JsonObject, isObject, parseJson } from "../lib/json.ts";
import type { FileFacts, Files } from "../platform/ports.ts";
import type { ApprovalsSnapshot } from "../protocol/exec-approvals.ts";
import { readStateFile } from "./json-file.ts";
import { syntaxError } from "./state-error.ts";

export type ApprovalsRead =
  | { readonly kind: "missing" }
  | { readonly kind: "file"; readonly text: string; readonly value: unknown }
  /** Nothing in it can be relied on; it stays as it is. */
  | { readonly kind: "unusable"; readonly problem: string; readonly text: string };

export interface ApprovalsStore {
  /** What the file says now; the same object as before where that is the same text. */
  read(): ApprovalsRead;
  snapshot(): ApprovalsSnapshot;
}

/** `uid` is this process' user; undefined where files have no such owner. */
export function approvalsStore(
  files: Files,
  path: string,
  uid: number | undefined,
): ApprovalsStore {
  let last: ApprovalsRead | undefined;
  return {
    read: () => (last = readApprovals(files, path, uid, last)),
    snapshot: () => snapshotOf(files, path),
  };
}

/**
 * The file is read every time and only its meaning is kept: a date and a size do not prove that a
 * text is the same, on a network or within one tick of the clock, and an edit counts at once.
 */
function readApprovals(
  files: Files,
  path: string,
  uid: number | undefined,
  last: ApprovalsRead | undefined,
): ApprovalsRead {
  let text = "";
  try {
    const link = files.stat(path, false);
    if (link === undefined) return { kind: "missing" };
    const facts = link.kind === "symlink" ? files.stat(path, true) : link;
    const trouble = untrusted(files, path, { link, facts, uid });
    const found = readStateFile(files, path, facts);
    if (found === undefined && trouble === undefined) return { kind: "missing" };
    text = found ?? "";
    if (trouble !== undefined) return { kind: "unusable", problem: trouble, text };
    if (last?.kind === "file" && last.text === text) return last;
    const parsed = parseJson(text);
    if (parsed !== undefined) return { kind: "file", text, value: parsed.value };
    return { kind: "unusable", problem: syntaxError(path, text, undefined).message, text };
  } catch (error) {
    return { kind: "unusable", problem: messageOf(error), text };
  }
}

interface Ownership {
  readonly link: FileFacts;
  /** Of what the link leads to. */
  readonly facts: FileFacts | undefined;
  readonly uid: number | undefined;
}

/** Somebody else could have written what the file says. */
function untrusted(
  files: Files,
  path: string,
  { link, facts, uid }: Ownership,
): string | undefined {
  if (link.kind === "symlink") {
    const target = files.realPath(path);
    const home = files.realPath(dirname(path));
    if (target === undefined || home === undefined || dirname(target) !== home) {
      return `"${path}" is a symbolic link that leads out of its directory`;
    }
  }
  if (facts === undefined || uid === undefined) return undefined;
  if (facts.uid !== uid && facts.uid !== 0) {
    return `"${path}" belongs to user ${facts.uid}, wanted is user ${uid} or root`;
  }
  if ((facts.mode & 0o002) !== 0) return `"${path}" may be written by everybody: chmod 600 it`;
  return undefined;
}

/** Names a text of the file to who wants to replace just that one. */
export function hashOf(text: string): string {
  return createHash("sha256").update(text).digest("hex");
}

/** What operators see: the file without the secret of its socket, and the hash of its raw text. */
function snapshotOf(files: Files, path: string): ApprovalsSnapshot {
  const text = readStateFile(files, path);
  const value = parseJson(text ?? "")?.value;
  return {
    path,
    exists: text !== undefined,
    hash: hashOf(text ?? ""),
    file: isObject(value) ? travelling(value) : { version: 1, defaults: {}, agents: {} },
  };
}

/**
 * What may leave the machine: not the secret of the socket, and not the deny list, which is the
 * owner's own and which the schema of gateways does not know.
 */
function travelling({ deny: _deny, ...file }: JsonObject): JsonObject {
  const socket = file["socket"];
  if (!isObject(socket)) return file;
  return { ...file, socket: socket["path"] === undefined ? {} : { path: socket["path"] } };
}
