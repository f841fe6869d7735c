/** manifest.json of a release, as .ci/release.ts writes it. */
import * as z from "zod/mini";

import { parseJson } from "../lib/json.ts";
import { plainVersion } from "./release-version.ts";

/** Larger than any program of ours will be. */
const mostBytes = 1024 ** 3;

const size = z.int().check(z.positive(), z.maximum(mostBytes));
const digest = z.string().check(z.regex(/^[0-9a-f]{64}$/));

const asset = z.object({
  target: z.string(),
  // It becomes a part of an address.
  file: z.string().check(z.regex(/^[A-Za-z0-9][A-Za-z0-9._-]{0,127}$/)),
  bytes: size,
  sha256: digest,
  /** What is unpacked. */
  program: z.object({ bytes: size, sha256: digest }),
});

export type Asset = z.infer<typeof asset>;

const manifest = z.object({
  name: z.literal("clawdbot"),
  version: z.string().check(z.refine((text) => plainVersion(text) === text)),
  commit: z.string().check(z.regex(/^[A-Za-z0-9.]{1,64}$/)),
  assets: z.array(asset),
});

export type Manifest = z.infer<typeof manifest>;

/** Undefined when it is none that can be understood. */
export function readManifest(text: string): Manifest | undefined {
  const parsed = manifest.safeParse(parseJson(text)?.value);
  return parsed.success ? parsed.data : undefined;
}
