import { expect, test } from "bun:test";
import {
  type Finding,
  type Step,
  fail,
  pass,
  runSteps,
  skip,
  warn,
} from "../../../src/cli/doctor/check.ts";
import { UserError } from "../../../src/lib/errors.ts";

const same = (finding: Finding): Finding => finding;
const step = (id: Step["id"], needs: readonly Step["id"][], look: Step["look"]): Step => ({
  id,
  needs,
  look,
});

test("what fails makes skipped what needs it, also through another one, and names the cause", async () => {
  const looked: string[] = [];
  const noted = (id: Step["id"], finding: Finding) => () => {
    looked.push(id);
    return finding;
  };
  const checks = await runSteps(
    [
      step("dns", [], noted("dns", warn("slow", "do"))),
      step("tcp", ["dns"], noted("tcp", fail("closed", "open it"))),
      step("tls", ["tcp"], noted("tls", pass(""))),
      step("upgrade", ["tls"], noted("upgrade", pass(""))),
      step("policy", [], noted("policy", skip("none"))),
      step("state", ["policy"], noted("state", pass("fine"))),
    ],
    same,
  );
  expect(looked).toEqual(["dns", "tcp", "policy", "state"]);
  expect(checks).toEqual([
    { id: "dns", title: "DNS", status: "warn", fact: "slow", fix: "do" },
    { id: "tcp", title: "TCP", status: "fail", fact: "closed", fix: "open it" },
    { id: "tls", title: "TLS", status: "skip", fact: "not looked at: TCP has to work first" },
    {
      id: "upgrade",
      title: "Upgrade",
      status: "skip",
      fact: "not looked at: TCP has to work first",
    },
    { id: "policy", title: "Policy file", status: "skip", fact: "none" },
    { id: "state", title: "State directory", status: "pass", fact: "fine" },
  ]);
});

test.each<[string, () => never, object]>([
  [
    "an expected one",
    () => {
      throw new UserError("Cannot read it", { hint: "chmod it" });
    },
    { status: "fail", fact: "Cannot read it", fix: "chmod it" },
  ],
  [
    "any other",
    () => {
      throw new TypeError("a defect");
    },
    { status: "fail", fact: "a defect" },
  ],
])("an error in a step is its finding, and the others go on: %s", async (_case, look, wanted) => {
  const checks = await runSteps([step("path", [], look), step("state", [], () => pass(""))], same);
  expect(checks).toMatchObject([wanted, { status: "pass" }]);
});

test("every text is cleaned", async () => {
  const clean = ({ fact }: Finding): Finding => pass(fact.replace("secret", "***"));
  const [check] = await runSteps([step("path", [], () => fail("a secret"))], clean);
  expect(check).toMatchObject({ status: "pass", fact: "a ***" });
});
