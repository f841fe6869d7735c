import { describe, expect, test } from "bun:test";
import { longestShellText, mostCommands, readShellText } from "../../src/approvals/shell-lexer.ts";
import { reservedWords } from "../../src/approvals/shell-words.ts";
import { serializeWord } from "../../src/approvals/serialize.ts";

/** One line: words in JSON, expansions as they are written back, redirections, joints. */
function shown(text: string): string {
  const read = readShellText(text);
  if (!read.ok) return `refused: ${read.reason}`;
  return read.steps
    .map(({ joint, command }) => {
      const words = command.words.map((word) =>
        word.literal === undefined ? serializeWord(word) : JSON.stringify(word.literal),
      );
      const set = command.assignments.map(({ name, value }) => `${name}=${JSON.stringify(value)}`);
      const parts = [...set, ...words, ...command.redirections];
      return [...(joint === "first" ? [] : [joint]), ...parts].join(" ");
    })
    .join(" ");
}

describe("readShellText understands", () => {
  test.each<[sentence: string, text: string, steps: string]>([
    ["a word", "ls", `"ls"`],
    ["words between blanks and tabs", " \t git\t log  -n 5 ", `"git" "log" "-n" "5"`],
    ["every plain character", "a -_.,:/@%+=Z9", `"a" "-_.,:/@%+=Z9"`],
    [
      "single quotes",
      `git commit -m 'a $(b) \`c\` "d" \\'`,
      `"git" "commit" "-m" "a $(b) \`c\` \\"d\\" \\\\"`,
    ],
    [
      "double quotes",
      `a "b 'c' (d); & | > < * ? ~ # ! {x,y}"`,
      `"a" "b 'c' (d); & | > < * ? ~ # ! {x,y}"`,
    ],
    [
      "escapes in double quotes",
      `a "\\" \\\\ \\$ \\\` \\n \\a"`,
      `"a" "\\" \\\\ $ \` \\\\n \\\\a"`,
    ],
    ["a continued line in double quotes", 'a "b\\\nc"', `"a" "bc"`],
    ["a line end in quotes", "a 'b\nc' \"d\ne\"", `"a" "b\\nc" "d\\ne"`],
    ["empty words", `a '' "" ''""`, `"a" "" "" ""`],
    ["parts of one word", `a b'c'"d"\\e`, `"a" "bcde"`],
    ["escaped characters", "a \\; \\& \\| \\  \\# \\$x \\'", `"a" ";" "&" "|" " " "#" "$x" "'"`],
    ["a continued line", "git \\\n log", `"git" "log"`],
    ["a continued word", "git lo\\\ng", `"git" "log"`],
    ["letters and symbols beyond ASCII", "a ünï 日本 ✓ 👍 é", `"a" "ünï" "日本" "✓" "👍" "é"`],
    ["assignments as arguments", "env A=b --c=d", `"env" "A=b" "--c=d"`],
    [
      "revisions of git",
      "git show HEAD~1 HEAD^ HEAD^^ v1^{} stash@{0} @{u}",
      `"git" "show" "HEAD~1" "HEAD^" "HEAD^^" "v1^{}" "stash@{0}" "@{u}"`,
    ],
    ["the braces of find", "find . -exec a {} \\;", `"find" "." "-exec" "a" "{}" ";"`],
    ["a hash within a word", "a b#c x''#y", `"a" "b#c" "x#y"`],
    ["a comment", "a b # c ; evil $(x) 'y", `"a" "b"`],
    ["a comment that ends with a backslash", "a # c \\\nb", `"a" ; "b"`],
    ["comments between commands", "# one\na # two\n# three\nb", `"a" ; "b"`],
    ["a comment behind an operator", "a && # why\n b", `"a" && "b"`],
    ["chains", "a && b || c ; d | e", `"a" && "b" || "c" ; "d" | "e"`],
    ["operators without blanks", "a&&b||c;d|e", `"a" && "b" || "c" ; "d" | "e"`],
    ["lines", "\n\na\n\n b;\n c\n", `"a" ; "b" ; "c"`],
    ["an operator at the end of a line", "a |\n b &&\n c", `"a" | "b" && "c"`],
    ["a semicolon at the end", "a;", `"a"`],
    [
      "redirections of no effect",
      "a 2>&1 >/dev/null 2>>/dev/null </dev/null 1>&2 >&2",
      `"a" 2>&1 1>/dev/null 2>/dev/null 0</dev/null 1>&2 1>&2`,
    ],
    ["a redirection between words", "a 2>&1 b", `"a" "b" 2>&1`],
    ["a blank before the null device", "a > /dev/null", `"a" 1>/dev/null`],
    ["a number before a redirection that is a word", "a 2 >/dev/null", `"a" "2" 1>/dev/null`],
    ["variables", `a $B \${C} "$D" "x\${E}y"`, `"a" \${B} \${C} "\${D}" 'x'"\${E}"'y'`],
    ["how the command before ended", `a "$?" "x: $?y"`, `"a" "\${?}" 'x: '"\${?}"'y'`],
    ["an empty word before a variable", `a ""$B ''$C $D""`, `"a" ''\${B} ''\${C} \${D}''`],
    ["patterns", "ls *.log a?b", `"ls" *'.log' 'a'?'b'`],
    ["quoted patterns are text", `ls '*' "?" \\*`, `"ls" "*" "?" "*"`],
    ["a home directory", "ls ~ ~/x ~/'a b'", `"ls" ~ ~/'x' ~/'a b'`],
    ["a quoted tilde is text", `ls '~' "~/x" \\~`, `"ls" "~" "~/x" "~"`],
    ["quoted names", `"git" 'lo'g`, `"git" "log"`],
    ["variables for a command", "A=1 _b2='x y' C= d e=f", `A="1" _b2="x y" C="" "d" "e=f"`],
    ["a variable's value of parts", `A=a"b "'c'\\ d e`, `A="ab c d" "e"`],
    ["equals signs in a value", "A=b=c d", `A="b=c" "d"`],
    ["variables behind operators", "a && B=1 c | D=2 e", `"a" && B="1" "c" | D="2" "e"`],
    ["variables on a line of their own", "A=1 \\\n b", `A="1" "b"`],
  ])("%s: %j", (_sentence, text, steps) => {
    expect(shown(text)).toBe(steps);
  });
});

describe("readShellText refuses", () => {
  const cases: readonly (readonly [why: string, ...texts: string[]])[] = [
    ["it is empty", "", " ", "\n\n", "# only a comment", "\\\n"],
    [`it ends behind "&&"`, "a &&", "a &&\n\n"],
    [`it ends behind "|"`, "a |", "a | # x"],
    [
      "a command substitution",
      "a $(b)",
      'a "$(b)"',
      `a "\${x:-$(b)}"`.replace("${x:-", ""),
      'a "x $(b) y"',
    ],
    ["a backtick", "a `b`", 'a "`b`"', 'a "\\``b`"', "`b`"],
    ["an arithmetic expansion", "a $((1+1))", 'a "$((x[$(b)]))"', "a $((1"],
    [
      "a parameter expansion",
      "a ${x:-b}",
      "a ${x@P}",
      'a "${x:=`b`}"',
      "a ${!x}",
      "a ${#x}",
      "a ${x[0]}",
      "a ${",
      "a ${}",
      "a ${x",
    ],
    [
      "is expanded by the shell",
      "a $'\\x2f'",
      'a $"b"',
      "a $1",
      "a $@",
      "a $$",
      "a $?",
      'a "$?[1]"',
      'a "$?',
      "a $!",
      "a $-",
      "a $#",
      "a $",
      'a "$="',
      "a $[1+1]",
      "a $=x",
    ],
    ["a subscript", "a $b[1]", 'a "$b[1]"', "a ${b}[1]"],
    [`"|&" means`, "a |& b"],
    ["in the background", "a & b", "a &", "a &>x b", "a &>/dev/null", "a && & b", "a & & b"],
    ["outside of a case", "a;; b"],
    [
      "writes to a file",
      "a > x",
      "a >x",
      "a >>x",
      "a >|x",
      "a 2>x",
      "a 3>&1",
      "a >&x",
      "a >/dev/nullx",
      "a >/dev/null/../x",
      "a 2>&12",
      "a 2>&1x",
      "a b>x",
    ],
    ["a redirection stands before", "2>&1 a", ">/dev/null a"],
    ["reads from a file", "a < x", "a <<E\nx\nE", "a <<<x", "a <(b)", "a <>x", "a </dev/null/x"],
    ["writes to a file", "a >(b)"],
    ["parentheses", "(a)", "a (b)", "a(b)", "a () { b; }", "a() b", "a *(e:b:)", "safe1 (do"],
    ["a parenthesis is closed", "a )", "a b)"],
    [
      "braces",
      "{ a; }",
      "a {b,c}",
      "a {1..3}",
      "a x{",
      "{a,b}",
      "a }",
      "a {b;c}",
      "a {/etc/passwd,x}",
    ],
    ["brackets", "A[0]=b c", "[ -f x ]", "a [b]", "a b[c]", "[[ x ]]", "a ]"],
    ["negates", "! a", "a !b", "a b!"],
    ["sets a variable for all", "A=b", "A=", "A=b B=c", "a=b;c", "A=b\nc", "A=b && c", "a; B=c"],
    ["sets a variable", "A+=b c", "'A'=b c", "1A=b c", "A-B=c d", "A\\\n=b c"],
    ["the value of a variable", "A=$B c", 'A="$B" c', "A=* c", "A=~ c", "A=~/x c", 'A="$?" c'],
    ["substitution", "A=$(b) c", 'A="$(b)" c'],
    ["a backtick", "A=`b` c"],
    [`a word begins with "="`, "A==b c"],
    [`"~" is not expected`, "A=x:~/y c", "A=x=~ c"],
    ["a redirection stands before", "A=1 >/dev/null b", ">/dev/null A=1 b"],
    ["parentheses", "A=(b) c"],
    ["is a word of the shell itself", "A=1 if", "A=1 time b"],
    ["only known when it runs", "A=1 $B"],
    [`a word begins with "="`, "a =b", "a ''; b =c", "a ''=b", "a \"\"''=evil"],
    ["names another user", "a ~root", "a ~root/x", "a ~+", "a ~-", "a ~'/x'"],
    [`"~" is not expected`, "a b=~/x", "a b:~/x", "a b=\\\n~/x", "a b=\\\n\\\n~", "b~"],
    ["only known when it runs", "$A b", "*", "~/x", "a && $B", "a | ~", "?"],
    ["the program's name is empty", "''", '"" a', "a; '' b"],
    [`"^" is not expected`, "^a^b", "a ^b"],
    ["a single quote is not closed", "a 'b", "a 'b\\''c"],
    ["a double quote is not closed", 'a "b', 'a "b\\"'],
    ["it ends with a backslash", "a \\", "a b\\"],
    [
      "before an unusual character",
      "a \\\t",
      "a \\\r\nb",
      "a \\ü",
      'a "\\ü"',
      'a "\\\t"',
      "a \\\u0000",
    ],
    [
      "control characters",
      "a '\u0000'",
      'a "\u0007"',
      "a '\r'",
      "a 'b\u001b[2J'",
      "a '\ud800'",
      'a "\udfff"',
      "a # x\u0000",
      "a # x\ry",
      "a # x\u2028y",
      "a '\u007f'",
    ],
    ["U+000D", "a\r\nb", "a\rb", "a b\r"],
    ["U+00A0", "a\u00a0b", "a \u00a0 b"],
    ["U+3000", "a\u3000b"],
    ["U+2028", "a\u2028b"],
    ["U+FEFF", "\ufeffa", "a\ufeff"],
    ["U+000B", "a\u000bb"],
    ["U+000C", "a\u000cb"],
    ["U+202E", "a \u202eb"],
    ["U+200B", "a\u200bb"],
    ["U+D800", "a \ud800"],
    ["U+0000", "a \u0000b"],
    [`";" is not expected`, "; a", "a ; ; b", "a\n; b", "a &&; b", ";"],
    [`"|" is not expected`, "| a", "a | | b", "a && | b", "a\n| b", "a; | b", "a && || b"],
    ["more than 64 variables", `${"A=1 ".repeat(65)}a`, `${"A=1 a;".repeat(65)}a`],
    ["more than 128 commands", `a${"|a".repeat(mostCommands)}`, "a;\n".repeat(mostCommands + 1)],
    ["longer than", "a".repeat(longestShellText + 1)],
  ];
  for (const [why, ...texts] of cases) {
    test.each(texts)(`${why}: %j`, (text) => {
      expect(shown(text)).toContain("refused: ");
      expect(shown(text)).toContain(why);
    });
  }

  test.each([...reservedWords])("%s in the place of a program", (word) => {
    expect(shown(`${word} a`)).toStartWith("refused: ");
    expect(shown(`a; ${word} b`)).toStartWith("refused: ");
    if (/^[a-z-]+$/.test(word)) {
      // Quoted it is a program's name in every shell, and still nothing that anybody writes.
      expect(shown(`'${word}' b`)).toContain("a word of the shell itself");
      expect(shown(`a ${word}`)).toBe(`"a" "${word}"`);
    }
  });
});

describe("the time to read a text grows with its length only", () => {
  const size = longestShellText;
  const rounds = 200;
  const hostile: readonly (readonly [string, string])[] = [
    ["words", "a ".repeat(size / 2)],
    ["one word", `a ${"b".repeat(size - 2)}`],
    ["tildes", `a b${"~".repeat(size - 3)}`],
    ["continued lines before a tilde", `a b${"\\\n~".repeat(size / 3 - 2)}`],
    ["open braces", `a b${"{".repeat(size - 3)}`],
    ["empty braces", `a ${"{}".repeat(size / 2 - 1)}`],
    ["long braces", `a ${`{${"b".repeat(62)}`.repeat(size / 63 - 1)}`],
    ["quotes", `a ${"''".repeat(size / 2 - 1)}`],
    ["double quotes", `a ${'""'.repeat(size / 2 - 1)}`],
    ["comments", "#\n".repeat(size / 2)],
    ["comments behind commands", "a#\n".repeat(size / 3)],
    ["digits before a redirection", `a ${"1 ".repeat(size / 2 - 1)}`],
    ["blanks before a target that is none", `a ${`>${" ".repeat(100)}`.repeat(size / 101 - 1)}`],
    ["one redirection with blanks", `a >${" ".repeat(size - 3)}`],
    ["variables", "a" + " $B".repeat(size / 3 - 1)],
    ["unclosed variable", `a \${${"b".repeat(size - 4)}`],
    ["pipes", "a|".repeat(size / 2 - 1) + "a"],
    ["line ends", "\n".repeat(size)],
    ["letters beyond the first plane", `a ${"𝒳".repeat(size / 2 - 1)}`],
  ];
  test.each(hostile)("%s", (_what, text) => {
    expect(text.length).toBeLessThanOrEqual(longestShellText);
    // Anything superlinear takes minutes for so many, and runs out of the time that a test has.
    for (let round = 0; round < rounds; round += 1) readShellText(text);
  });
});
