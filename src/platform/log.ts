/** Log lines on standard error: readable, or one JSON object a line. */
import { type ConsolaReporter, type LogObject, createConsola } from "consola/core";

import { printable } from "../lib/display-text.ts";
import { isObject } from "../lib/json.ts";
import type { Redactor } from "../lib/redact.ts";
import type { Log, TextSink } from "./ports.ts";

export type LogFormat = "text" | "json";

interface LogOptions {
  readonly format: LogFormat;
  /** Shows debug lines too. */
  readonly verbose: boolean;
  readonly sink: TextSink;
  readonly redactor: Redactor;
  readonly colors: boolean;
  /** Lines of text carry the date, too: a file is read days later. */
  readonly dated?: boolean;
}

const levels = { info: 3, debug: 4 };
const longestText = 2000;
const colorOf: Readonly<Record<string, string>> = { warn: "\u001b[33m", error: "\u001b[31m" };
const resetColor = "\u001b[0m";

export function createLog(options: LogOptions): Log {
  const reporter: ConsolaReporter = {
    log: (entry) => options.sink.write(`${options.redactor.apply(render(entry, options))}\n`),
  };
  const consola = createConsola({
    level: options.verbose ? levels.debug : levels.info,
    // Without it identical lines are swallowed.
    throttle: 0,
    reporters: [reporter],
  });
  return {
    debug: (message, fields) => consola.debug(message, fields ?? {}),
    info: (message, fields) => consola.info(message, fields ?? {}),
    warn: (message, fields) => consola.warn(message, fields ?? {}),
    error: (message, fields) => consola.error(message, fields ?? {}),
  };
}

function render(entry: LogObject, options: LogOptions): string {
  const message: unknown = entry.args[0];
  const fields: unknown = entry.args[1];
  const time = entry.date.toISOString();
  if (options.format === "json") {
    return JSON.stringify({
      time,
      level: entry.type,
      message,
      ...(isObject(fields) ? fields : {}),
    });
  }
  const present = Object.entries(isObject(fields) ? fields : {}).filter(
    ([, value]) => value !== undefined,
  );
  const detail = present.map(([key, value]) => ` ${key}=${textOf(value)}`).join("");
  const color = options.colors ? (colorOf[entry.type] ?? "") : "";
  const label = entry.type === "info" ? "" : `${entry.type}: `;
  const clock = options.dated === true ? time : time.slice(11, 19);
  return `${clock} ${color}${label}${safe(message)}${detail}${color === "" ? "" : resetColor}`;
}

/** Texts of a log come from gateways and commands too; none of them may steer the terminal. */
function safe(value: unknown): string {
  return printable(String(value), longestText);
}

function textOf(value: unknown): string {
  const text = safe(value);
  return /^[\w.:/@+-]+$/.test(text) ? text : JSON.stringify(text);
}
