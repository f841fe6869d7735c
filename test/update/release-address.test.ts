import { describe, expect, test } from "bun:test";
import { releaseAddress, shownAddress } from "../../src/update/release-address.ts";

describe("releaseAddress", () => {
  test.each([
    ["https://host/x", "https://host/x"],
    ["https://host/x//", "https://host/x"],
    ["http://127.0.0.1:8080/", "http://127.0.0.1:8080"],
    ["http://localhost/x", "http://localhost/x"],
    ["http://[::1]:1/x", "http://[::1]:1/x"],
    ["file:///mnt/release", "file:///mnt/release"],
    ["/mnt/a b#c", "file:///mnt/a%20b%23c"],
    ["./release", "file:///home/alice/release"],
  ])("%s is %s", (text, address) => {
    expect(releaseAddress(text, "/home/alice")).toBe(address);
  });

  test.each([
    ["http://example.com/x", "is not encrypted"],
    ["http://127.0.0.1.example.com/x", "is not encrypted"],
    ["http://localhost.example.com/", "is not encrypted"],
    ["ftp://host/x", "as the address of a release"],
    ["javascript:1", "as the address of a release"],
    ["host/x", "as the address of a release"],
    ["", "as the address of a release"],
    ["https://host/x?token=1", "as the address of a release"],
  ])("%j is refused: %s", (text, problem) => {
    expect(() => releaseAddress(text, "/home/alice")).toThrow(problem);
  });

  test("credentials are not shown, nor what moves the cursor", () => {
    expect(shownAddress("https://me:secret@host/x\u001b[2J")).toBe("https://host/x\\u{1b}[2J");
  });
});
