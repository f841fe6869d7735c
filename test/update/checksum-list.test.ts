import { expect, test } from "bun:test";
import { listedChecksum } from "../../src/update/checksum-list.ts";

const [a, b] = ["a".repeat(64), "B".repeat(64)];

test.each([
  ["the plain form", `${a}  x.gz\n`, a],
  ["the binary form, upper case, CRLF", `${b} *x.gz\r\n`, b.toLowerCase()],
  ["the first of two", `${a}  x.gz\n${b}  x.gz\n`, a],
  ["a longer name", `${a}  xx.gz\n`, undefined],
  ["a pattern is no name", `${a}  x-gz\n`, undefined],
  ["a name in a folder", `${a}  ./x.gz\n`, undefined],
  ["one digit too few", `${a.slice(1)}  x.gz\n`, undefined],
  ["nothing", "", undefined],
])("%s", (_case, list, sum) => {
  expect(listedChecksum(list, "x.gz")).toBe(sum);
});
