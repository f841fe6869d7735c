import { expect, test } from "bun:test";
import { servicePath } from "../../src/service/service-path.ts";

const base = { foreign: false, temporary: undefined, isDirectory: () => true };

test.each([
  ["stays as it is", "/usr/local/bin:/usr/bin:/bin", "/usr/local/bin:/usr/bin:/bin"],
  ["the shell's order counts", "/home/a/bin:/usr/bin", "/home/a/bin:/usr/bin:/usr/local/bin:/bin"],
  ["relative and empty entries go", ":.:bin::/usr/bin:./x", "/usr/bin:/usr/local/bin:/bin"],
  ["what a package manager adds goes", "/p/node_modules/.bin:/bin", "/bin:/usr/local/bin:/usr/bin"],
  [
    "temporary directories go",
    "/tmp/x:/tmp:/var/tmp/y:/dev/shm/z:/tmpfoo",
    "/tmpfoo:/usr/local/bin:/usr/bin:/bin",
  ],
  ["twice is once, also with a slash", "/bin/:/bin:/usr/bin//", "/bin:/usr/bin:/usr/local/bin"],
  ["parents go", "/a/../tmp/x", "/usr/local/bin:/usr/bin:/bin"],
  ["control characters go", "/a\nb:/bin", "/bin:/usr/local/bin:/usr/bin"],
  ["nothing at all", "", "/usr/local/bin:/usr/bin:/bin"],
  ["the root directory", "/", "/:/usr/local/bin:/usr/bin:/bin"],
])("%s", (_sentence, current, expected) => {
  expect(servicePath({ ...base, current })).toBe(expected);
});

test("what is no directory goes", () => {
  const isDirectory = (path: string) => path !== "/gone";
  expect(servicePath({ ...base, isDirectory, current: "/gone:/bin" })).not.toContain("/gone");
});

test("another account gets nothing below homes", () => {
  const current = "/home/a/bin:/root/.cargo/bin:/Users/a/bin:/homes:/opt/x";
  expect(servicePath({ ...base, foreign: true, current })).toBe(
    "/homes:/opt/x:/usr/local/bin:/usr/bin:/bin",
  );
});

test("the temporary directory of the shell goes", () => {
  expect(
    servicePath({ ...base, temporary: "/scratch", current: "/scratch/bin:/bin" }),
  ).not.toContain("scratch");
});
