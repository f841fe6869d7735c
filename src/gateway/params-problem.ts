import type * as z from "zod/mini";

import { isObject } from "../lib/json.ts";

/** The first problem of parameters, in the words that clients know from the reference gateway. */
export function paramsProblem(error: z.core.$ZodError, params: unknown): string {
  const issue = error.issues[0];
  if (issue === undefined) return "at root: invalid";
  const path = issue.path.map(String);
  const parent = valueAt(params, path.slice(0, -1));
  const name = path.at(-1);
  if (name !== undefined && isObject(parent) && parent[name] === undefined) {
    return `${placeOf(path.slice(0, -1), "")}must have required property '${name}'`;
  }
  return `${placeOf(path, "at root: ")}${problemOf(issue)}`;
}

function placeOf(path: readonly string[], root: string): string {
  return path.length === 0 ? root : `at /${path.join("/")}: `;
}

function problemOf(issue: z.core.$ZodIssue): string {
  switch (issue.code) {
    case "invalid_type":
      return `must be ${issue.expected === "int" ? "integer" : issue.expected}`;
    case "too_small":
      return issue.origin === "string"
        ? `must NOT have fewer than ${issue.minimum} characters`
        : `must be >= ${issue.minimum}`;
    case "too_big":
      return issue.origin === "string"
        ? `must NOT have more than ${issue.maximum} characters`
        : `must be <= ${issue.maximum}`;
    default:
      return "must match the schema";
  }
}

function valueAt(root: unknown, path: readonly string[]): unknown {
  let value = root;
  for (const key of path) {
    if (Array.isArray(value)) value = value[Number(key)];
    else if (isObject(value)) value = value[key];
    else return undefined;
  }
  return value;
}
