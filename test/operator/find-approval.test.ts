import { describe, expect, test } from "bun:test";
import { findApproval } from "../../src/operator/find-approval.ts";

const pending = (...ids: string[]) => ids.map((id) => ({ id, request: { command: "id" } }));
const uuid = "8eec5a65-0000-4000-8000-000000000000";

describe("findApproval", () => {
  test.each([
    ["the whole id", [uuid], uuid, uuid],
    ["a beginning", [uuid, "9999aaaa"], "8eec", uuid],
    ["an id that is short itself", ["ab", "cd"], "ab", "ab"],
    ["the whole id although another goes on", [uuid, `${uuid}-x`], uuid, uuid],
    ["blanks around it", [uuid], ` ${uuid}\n`, uuid],
  ])("finds %s", (_what, ids, id, found) => {
    expect(findApproval(pending(...ids), id).id).toBe(found);
  });

  test.each([
    ["nothing waits", [], "8eec", "no such request"],
    ["too little of an id", [uuid], "8ee", "no such request"],
    ["another id", [uuid], "9999", "no such request"],
    ["a beginning of two", [uuid, "8eec9999"], "8eec", "2 requests"],
    ["an id that somebody made the beginning of another", [uuid, "8eec"], "8eec", "2 requests"],
  ])("refuses %s", (_what, ids, id, why) => {
    expect(() => findApproval(pending(...ids), id)).toThrow(why);
  });
});
