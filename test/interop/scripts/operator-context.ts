import { systemContext } from "../../../src/cli/context.ts";

/** What the command line would have: the environment says which gateway. */
export const context = systemContext({
  env: process.env,
  platform: process.platform,
  pid: process.pid,
  uid: process.getuid?.(),
  cwd: process.cwd(),
  self: [process.execPath],
  exit: (code) => process.exit(code),
});
