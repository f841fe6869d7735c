import { ConfigError } from "../lib/errors.ts";
import type { Files } from "../platform/ports.ts";
import { readStateFile } from "./json-file.ts";

/** The PEM text of a file of certificate authorities. */
export function readTrustAnchors(files: Files, path: string): string {
  const text = readStateFile(files, path);
  if (text?.includes("-----BEGIN CERTIFICATE-----") === true) return text;
  const problem = text === undefined ? "there is no such file" : "it holds no PEM certificate";
  throw new ConfigError(`Cannot use the trust anchors "${path}": ${problem}`, {
    hint: "It holds the authority's certificate: -----BEGIN CERTIFICATE----- …",
  });
}
