/** Where releases are: an address of a web server, or a folder. */
import { isAbsolute, resolve } from "node:path";
import { pathToFileURL } from "node:url";

import { printable } from "../lib/display-text.ts";
import { UsageError, UserError } from "../lib/errors.ts";

/** The directory of a release as a URL without a slash at its end. Throws UsageError. */
export function releaseAddress(text: string, cwd: string): string {
  const given = text.trim();
  const folder = isAbsolute(given) || given.startsWith("./") || given.startsWith("../");
  const url = folder ? pathToFileURL(resolve(cwd, given)) : parseUrl(given);
  if (url.protocol === "http:" && !isLoopback(url.hostname)) {
    throw new UsageError(
      `Cannot fetch a release from "${shownAddress(url.href)}": it is not encrypted, https:// is wanted`,
      "Or fetch it elsewhere and name its folder: --base-url /its/folder",
    );
  }
  if (!["https:", "http:", "file:"].includes(url.protocol) || url.search || url.hash)
    throw odd(given);
  return url.href.replace(/\/+$/, "");
}

export function noAddress(): UserError {
  return new UserError("Cannot update: no release address is known", {
    hint: "Give the directory of a release: --base-url https://HOST/PATH, or a folder: --base-url /mnt/release",
  });
}

/** For people: without credentials, on one line. */
export function shownAddress(address: string): string {
  return printable(address.replace(/^([a-z]+:\/\/)[^/@]*@/, "$1"));
}

function parseUrl(text: string): URL {
  const url = URL.parse(text);
  if (url === null) throw odd(text);
  return url;
}

function odd(text: string): UsageError {
  return new UsageError(
    `Cannot use "${shownAddress(text)}" as the address of a release: https://…, file:///… or an absolute path is wanted`,
  );
}

function isLoopback(host: string): boolean {
  return host === "localhost" || host === "[::1]" || /^127(\.\d+){3}$/.test(host);
}
