// Put in front of a program's words: it gets process numbers and mounts of its own, so that all it
// starts and all it mounts is gone with it, and it dies with the test run.
const withParent = ["setpriv", "--pdeathsig", "KILL", "--"];
const ownSpaces = ["--mount", "--pid", "--fork", "--kill-child", "--mount-proc"];

export const alone: readonly string[] = [...withParent, "unshare", ...ownSpaces, "--"];
