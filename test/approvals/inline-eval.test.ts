import { describe, expect, test } from "bun:test";
import { isPlainSedScript } from "../../src/approvals/plain-sed.ts";
import { machine } from "../fakes/judge-options.ts";
import { knownPrograms } from "../fakes/known-programs.ts";
import { decideFor } from "../fakes/shell-plan.ts";

const find = knownPrograms(
  [
    ["/usr/bin/python3", "/usr/bin/python3.11"],
    ["/usr/bin/awk", "/usr/bin/mawk"],
    ["/usr/local/bin/snake", "/usr/bin/python3.11"],
    ["/usr/bin/perl", "/usr/bin/perl5.36-x86_64-linux-gnu"],
  ],
  { anyName: true },
);
const everything = ["/usr/**"];

function refusal(text: string, strictInlineEval: boolean): string | undefined {
  const options = { ...machine, strictInlineEval };
  const decision = decideFor(["/bin/sh", "-c", text], everything, find, options);
  return decision.allow ? undefined : decision.message.split("\n")[1];
}

describe("program text for an interpreter needs an approval", () => {
  test.each<[command: string, interpreter: string]>([
    ["python3 -c 1", "python3"],
    ["python3 -c1", "python3"],
    ["python3 -Bc 1", "python3"],
    ["python3 -W ignore -c 1", "python3"],
    ["python3 -Wignore -Bsc1", "python3"],
    ["python3 -X dev -c 1", "python3"],
    ["python3 --check-hash-based-pycs never -c 1", "python3"],
    ["python3 -", "python3"],
    ["echo 1 | python3", "python3"],
    ["echo 1 | python3 -i", "python3"],
    ["python3 -- -", "python3"],
    ["python3 -m timeit 1", "python3"],
    ["python3 -mtimeit 1", "python3"],
    ['python3 "$FLAG" 1', "python3"],
    ["python3 $FLAG x.py", "python3"],
    ["python3 *", "python3"],
    ["python2.7 -c 1", "python2.7"],
    ["snake -c 1", "python3.11"],
    ["pypy3 -c 1", "pypy3"],
    ["nice python3 -c 1", "python3"],
    ["timeout 5 env python3 -c 1", "python3"],
    ["find . -exec python3 -c 1 {} +", "python3"],
    ["find . -exec python3 {} +", "python3"],
    ["git log && python3 -c 1", "python3"],
    ["git log | xargs python3 x.py", "python3"],
    ["node -e 1", "node"],
    ["node -p 1", "node"],
    ["node -pe 1", "node"],
    ["node --eval 1", "node"],
    ["node --eval=1", "node"],
    ["node --print 1", "node"],
    ["node -r ./x.js -e 1", "node"],
    ["node --require ./x.js -e 1", "node"],
    ["node --import data:text/javascript,1 x.js", "node"],
    ["nodejs -e 1", "nodejs"],
    ["bun -e 1", "bun"],
    ["bun --print 1", "bun"],
    ["bun exec ls", "bun"],
    ["bun run -", "bun"],
    ["deno eval 1", "deno"],
    ["deno --quiet eval 1", "deno"],
    ["deno run -", "deno"],
    ["deno run data:text/javascript,1", "deno"],
    ["echo 1 | deno", "deno"],
    ["perl -e 1", "perl"],
    ["perl -E 1", "perl"],
    ["perl -ne 1 x.txt", "perl"],
    ["perl -pi.bak -e 1 x.txt", "perl"],
    ["perl -lane 1", "perl"],
    ["perl -MCwd x.pl", "perl"],
    ["ruby -e 1", "ruby"],
    ["ruby -rjson -e 1", "ruby"],
    ["ruby -ne 1", "ruby"],
    ["php -r 1", "php"],
    ["php -B 1", "php"],
    ["php --run 1", "php"],
    ["php -d auto_prepend_file=x x.php", "php"],
    ["php8.2 -r 1", "php8.2"],
    ["lua -e 1", "lua"],
    ["lua5.4 -l x -e 1", "lua5.4"],
    ["osascript -e 1", "osascript"],
    ["Rscript -e 1", "rscript"],
    ["julia -E 1", "julia"],
    ["elixir --eval 1", "elixir"],
    ["erl -noshell -eval 1", "erl"],
    ["awk '{print $1}' x", "awk"],
    ["awk -F : '{print $1}'", "awk"],
    ["awk -F: -e 1", "awk"],
    ["gawk --source 1", "gawk"],
    ["sed '1e id'", "sed"],
    ["sed 's/a/id/e'", "sed"],
    ["sed 's/a/b/w /tmp/x'", "sed"],
    ["sed -n -e 1p", "sed"],
    ["sed 'r /etc/passwd'", "sed"],
    ["sqlite3 a.db '.shell id'", "sqlite3"],
    ["sqlite3 -cmd '.shell id' a.db", "sqlite3"],
    ["psql -c 'select 1'", "psql"],
    ["psql -d app --command='select 1'", "psql"],
    ["mysql app -e 'select 1'", "mysql"],
    ["make --eval 'x:;id'", "make"],
    ["make -C sub 'X=$(shell id)'", "make"],
    ["vim -c '!id'", "vim"],
    ["vim x.txt '+!id'", "vim"],
    ["ex -sc '!id' x", "ex"],
    ["emacs --batch --eval 1", "emacs"],
    ["emacs -batch -eval 1", "emacs"],
    // Standard input by another name.
    ["echo 1 | python3 /dev/stdin", "python3"],
    ["echo 1 | python3 /proc/self/fd/0", "python3"],
    ["cd /dev && python3 stdin", "python3"],
    ["cd /dev/fd && perl 0", "perl"],
    ["echo 1 | node /dev/fd/0", "node"],
    ["echo 1 | deno run /dev/stdin", "deno"],
    ["echo 1e id | sed -f - x", "sed"],
    ["echo 1e id | sed -nf- x", "sed"],
    ["echo 1e id | sed --file=/dev/stdin x", "sed"],
    ['sed -f "$X" x', "sed"],
    ["echo 1 | awk -f - x", "awk"],
    ["echo 1 | psql -f -", "psql"],
    ["printf x | make -f -", "make"],
    ["printf x | make -kf /dev/stdin", "make"],
    ["printf x | make --makefile=-", "make"],
    ["printf x | make --file -", "make"],
    // It runs the script, and goes on with standard input.
    ["echo 1 | python3 -i x.py", "python3"],
    ["echo 1 | python3 -m IPython", "python3"],
    ["echo 1 | lua -i x.lua", "lua"],
    ["echo 1 | php -a x.php", "php"],
    // Text behind a script or behind operands.
    ["sed -f x.sed -e '1e id' x", "sed"],
    ["sed p x -e '1e id'", "sed"],
    ["sed p x --expr='1e id'", "sed"],
    ["gawk -f x.awk -e 1", "gawk"],
    ["psql -f x.sql -c 'select 1'", "psql"],
    ["make -f x.mk 'X=$(shell id)'", "make"],
  ])("%s", (command, interpreter) => {
    expect(refusal(command, true)).toBe(`inline code for ${interpreter} needs an approval.`);
    expect(refusal(command, false)).toBeUndefined();
  });
});

describe("what runs a file, or tells of itself, is left to the allowlist", () => {
  test.each([
    ["python3 x.py"],
    ["python3 x.py -c config"],
    ["python3 -B -W ignore x.py"],
    ["python3 -u x.py --eval=1"],
    ["python3 -m pytest -c setup.cfg"],
    ["python3 -m http.server"],
    ["python3 --version"],
    ["python3 -V"],
    ["python3 ./*.py"],
    ['python3 x.py "$HOME"'],
    ["python3 -- x.py"],
    ["node x.js -e 1"],
    ["node --version"],
    ["node -r ./x.js y.js"],
    ["bun run build"],
    ["bun test"],
    ["bun install"],
    ["deno run x.ts -e"],
    ["deno test"],
    ["perl x.pl -e"],
    ["perl -w x.pl"],
    ["ruby x.rb"],
    ["php artisan migrate"],
    ["lua x.lua"],
    ["Rscript x.R"],
    ["awk -f x.awk data"],
    ["sed -n 5p x"],
    ["sed -n 5,10p x"],
    ["sed s/a/b/g x"],
    ["sed -i 's|a b|c|' x"],
    ["sed '$d' x"],
    ["sed -f x.sed y"],
    ["psql -f x.sql"],
    ["make"],
    ["make -j 4 test"],
    ["make -C sub all"],
    ["git -c x log"],
    ["ls -e"],
    ["tar -c -f x.tar x"],
  ])("%s", (command) => {
    expect(refusal(command, true)).toBeUndefined();
  });
});

test("the run is an allowlist miss, nothing is learnt of it, and an approval lets it through", () => {
  const options = { ...machine, strictInlineEval: true };
  const decision = decideFor(["python3", "-c", "1"], everything, find, options);
  expect(decision).toMatchObject({
    allow: false,
    code: "allowlist-miss",
    allowWith: [],
    faults: [{ command: 0, text: "python3 -c 1", path: "/usr/bin/python3" }],
  });
});

test.each<[string, boolean]>([
  ["p", true],
  ["5q", true],
  ["1,5d", true],
  ["1!d", true],
  ["s/a/b/", true],
  ["s/a/b/gI2p", true],
  ["3s#a#b#", true],
  ["s/a/b", false],
  ["s/a/b/e", false],
  ["s/a/b/ge", false],
  ["s/a/b/w x", false],
  ["s/a/b/;e", false],
  ["s/[/]/id/e", false],
  ["s/a\\/id/e", false],
  ["s/a\\/b/c/", false],
  ["s/a/b/\ne id", false],
  ["saabae", false],
  ["y/a/b/", false],
  ["e", false],
  ["w x", false],
  ["1{p;e}", false],
  ["", false],
])("sed script %j is plain: %p", (script, wanted) => {
  expect(isPlainSedScript(script)).toBe(wanted);
});
