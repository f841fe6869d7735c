import { describe, expect, test } from "bun:test";
import { accountIn } from "../../src/exec/user-account.ts";

const passwd = [
  "root:x:0:0:root:/root:/bin/bash",
  "# a comment",
  "broken:x:one:1::/:/bin/sh",
  "short",
  "bare:x:5:6:::",
  "bot:x:1000:1001:A Bot,,,:/home/bot:/usr/bin/zsh",
].join("\n");

describe("accountIn", () => {
  test.each<[string | number, unknown]>([
    ["bot", { name: "bot", uid: 1000, gid: 1001, home: "/home/bot", shell: "/usr/bin/zsh" }],
    [1000, { name: "bot", uid: 1000, gid: 1001, home: "/home/bot", shell: "/usr/bin/zsh" }],
    ["bare", { name: "bare", uid: 5, gid: 6, home: "/", shell: "/bin/sh" }],
    ["1000", undefined],
    ["broken", undefined],
    ["short", undefined],
    ["", undefined],
    [-1, undefined],
  ])("%p", (wanted, account) => {
    expect(accountIn(passwd, wanted)).toEqual(account as undefined);
  });
});
