// What this program calls itself. build.ts puts the values in with `define`; run from source
// there are none, and `typeof` is the only way to ask for an undeclared name without an error.

declare const CLAWDBOT_VERSION: string | undefined;
declare const CLAWDBOT_COMMIT: string | undefined;
declare const CLAWDBOT_TARGET: string | undefined;
declare const CLAWDBOT_RELEASE_URL: string | undefined;
declare const CLAWDBOT_RELEASE_KEY: string | undefined;

/** The release, as in package.json. */
export const version: string =
  typeof CLAWDBOT_VERSION === "undefined" ? "0.0.0-dev" : CLAWDBOT_VERSION;

/** The commit it was built from; ends in `.dirty` when the work tree had other content. */
export const commit: string = typeof CLAWDBOT_COMMIT === "undefined" ? "unknown" : CLAWDBOT_COMMIT;

/** The platform it was built for, named as under dist/. */
export const target: string = typeof CLAWDBOT_TARGET === "undefined" ? "source" : CLAWDBOT_TARGET;

/** Where newer releases are; empty when the build was not told. */
export const releaseUrl: string =
  typeof CLAWDBOT_RELEASE_URL === "undefined" ? "" : CLAWDBOT_RELEASE_URL;

/** The Ed25519 key that signs releases: SubjectPublicKeyInfo in base64. Empty when there is none. */
export const releaseKey: string =
  typeof CLAWDBOT_RELEASE_KEY === "undefined" ? "" : CLAWDBOT_RELEASE_KEY;
