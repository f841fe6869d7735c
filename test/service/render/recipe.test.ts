import { expect, test } from "bun:test";
import { type Recipe, recipeText } from "../../../src/service/render/recipe.ts";
import { expectGolden } from "../../fakes/golden.ts";

const facts = {
  argv: ["/usr/local/bin/clawdbot", "node", "run", "--display-name", "it's $me"],
  unit: "clawdbot-node",
  stateDirectory: "/root/.clawdbot",
};

test.each<Recipe>(["docker", "runit", "unraid", "none"])("the recipe for %s", (recipe) => {
  expectGolden(`service/recipe/${recipe}.txt`, recipeText(recipe, facts));
});

test.each<Recipe>(["runit", "unraid", "none"])("the recipe for %s is shell text", (recipe) => {
  const { exitCode, stderr } = Bun.spawnSync(["/bin/sh", "-n"], {
    stdin: new TextEncoder().encode(recipeText(recipe, facts)),
  });
  expect(stderr.toString()).toBe("");
  expect(exitCode).toBe(0);
});
