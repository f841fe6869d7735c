/** How interpreters are handed program text. One table; an option that is not in it is unknown. */
import { isPlainSedScript } from "./plain-sed.ts";
import { programName } from "./program-kinds.ts";

export interface Interpreter {
  /** Short options with program text. */
  readonly code: string;
  /** Long options with program text, without dashes. */
  readonly long: readonly string[];
  /** Words with one dash that are whole options with program text. */
  readonly words?: ReadonlySet<string>;
  /** Short options with another value, attached or in the next word. */
  readonly values?: string;
  /** Short options without a value. */
  readonly switches?: string;
  /** Short options behind which everything belongs to a named module. */
  readonly ends?: string;
  /** Modules that run their arguments as text. */
  readonly modules?: ReadonlySet<string>;
  /** Options that name a file with the program, so that no operand is one. */
  readonly script?: string;
  readonly longScript?: readonly string[];
  /** First operands that stand before program text. */
  readonly subcommands?: ReadonlySet<string>;
  /** First operands that stand before the script. */
  readonly before?: ReadonlySet<string>;
  /** Which operands are program text; undefined: the first is a file. */
  readonly inlineOperand?: (text: string) => boolean;
  /** Options may stand behind operands. */
  readonly keepsReading?: boolean;
  /** Only the first operand may be program text; the others are data. */
  readonly firstOnly?: boolean;
  /** When it runs what it reads from standard input. */
  readonly readsInput: "never" | "without a script" | "always";
  /** `+text` is a command. */
  readonly plus?: boolean;
}

const pythonModules = new Set(
  "timeit code pdb cProfile profile trace asyncio IPython idlelib idlelib.idle pyrepl _pyrepl".split(
    " ",
  ),
);
const always = (): boolean => true;

const families: readonly (readonly [names: string, interpreter: Interpreter])[] = [
  [
    "python pypy",
    {
      // With `-i` it goes on with its standard input.
      code: "ci",
      long: [],
      values: "WX",
      switches: "bBdEhIOPqRsSuvVx",
      ends: "m",
      modules: pythonModules,
      readsInput: "without a script",
    },
  ],
  [
    "node nodejs",
    {
      code: "ep",
      // A module may be given as a data: address.
      long: ["eval", "print", "import", "loader", "experimental-loader"],
      values: "rC",
      switches: "ci",
      readsInput: "without a script",
    },
  ],
  [
    "bun bunx tsx",
    {
      code: "ep",
      long: ["eval", "print"],
      values: "rdc",
      switches: "bi",
      subcommands: new Set(["exec", "repl"]),
      before: new Set(["run"]),
      readsInput: "without a script",
    },
  ],
  [
    "deno",
    {
      code: "",
      long: [],
      subcommands: new Set(["eval", "repl", "jupyter"]),
      before: new Set(["run"]),
      inlineOperand: (text) => text.startsWith("data:"),
      readsInput: "without a script",
    },
  ],
  [
    "perl",
    {
      code: "eEMm",
      long: [],
      values: "IFC",
      switches: "acfgnpsStTuUwWXl0123456789",
      readsInput: "without a script",
    },
  ],
  [
    "ruby",
    {
      code: "e",
      long: [],
      values: "CEIrx",
      switches: "acdlnpsSUvwyW",
      readsInput: "without a script",
    },
  ],
  ["irb", { code: "", long: [], inlineOperand: always, readsInput: "without a script" }],
  [
    "php",
    {
      code: "rBREda",
      long: ["run", "process-begin", "process-code", "process-end", "define"],
      values: "cfFtSz",
      switches: "CHhilmnqswv",
      readsInput: "without a script",
    },
  ],
  [
    "lua luajit",
    { code: "ei", long: [], values: "lj", switches: "EvWb", readsInput: "without a script" },
  ],
  ["tclsh wish", { code: "c", long: [], readsInput: "without a script" }],
  ["osascript", { code: "ei", long: [], values: "ls", readsInput: "without a script" }],
  ["rscript", { code: "e", long: [], readsInput: "without a script" }],
  [
    "r",
    {
      code: "e",
      long: [],
      switches: "q",
      script: "f",
      longScript: ["file"],
      readsInput: "always",
      keepsReading: true,
    },
  ],
  [
    "julia",
    { code: "eE", long: ["eval", "print"], values: "LpJtCgO", readsInput: "without a script" },
  ],
  ["jshell", { code: "", long: [], inlineOperand: () => false, readsInput: "without a script" }],
  ["groovy", { code: "e", long: [], values: "cD", readsInput: "without a script" }],
  ["scala", { code: "e", long: ["execute"], readsInput: "without a script" }],
  ["kotlin", { code: "e", long: ["expression"], readsInput: "without a script" }],
  ["ghci ghc runghc runhaskell", { code: "e", long: [], readsInput: "without a script" }],
  [
    "erl",
    {
      code: "",
      long: [],
      words: new Set(["-eval", "-run", "-s"]),
      readsInput: "always",
      keepsReading: true,
    },
  ],
  [
    "elixir iex",
    { code: "e", long: ["eval", "rpc-eval"], values: "rSpz", readsInput: "without a script" },
  ],
  [
    "guile",
    { code: "c", long: [], values: "lLCx", switches: "qs", readsInput: "without a script" },
  ],
  [
    "racket",
    {
      code: "ei",
      long: ["eval", "repl"],
      values: "lptfrSI",
      switches: "qnv",
      readsInput: "without a script",
    },
  ],
  ["sbcl", { code: "", long: ["eval"], longScript: ["script"], readsInput: "without a script" }],
  ["clisp", { code: "x", long: [], values: "iKM", readsInput: "without a script" }],
  [
    "gawk mawk awk nawk original-awk",
    {
      code: "e",
      long: ["source"],
      values: "vF",
      script: "f",
      longScript: ["file"],
      inlineOperand: always,
      firstOnly: true,
      readsInput: "never",
    },
  ],
  [
    "sed gsed",
    {
      code: "e",
      long: ["expression"],
      values: "l",
      switches: "nErsuzi",
      script: "f",
      longScript: ["file"],
      keepsReading: true,
      firstOnly: true,
      inlineOperand: (text) => !isPlainSedScript(text),
      readsInput: "never",
    },
  ],
  [
    "sqlite3",
    {
      code: "",
      long: ["cmd", "init"],
      words: new Set(["-cmd", "-init"]),
      // The first names a database.
      inlineOperand: always,
      readsInput: "without a script",
    },
  ],
  [
    "psql",
    {
      code: "c",
      long: ["command"],
      values: "dFhLnoPpRTUv",
      switches: "1abeEHlqsStwWxXzA0",
      script: "f",
      longScript: ["file"],
      keepsReading: true,
      readsInput: "always",
    },
  ],
  [
    "mysql mariadb",
    { code: "e", long: ["execute", "init-command"], keepsReading: true, readsInput: "always" },
  ],
  [
    "make gmake",
    {
      code: "E",
      long: ["eval"],
      values: "CIlojW",
      script: "f",
      longScript: ["file", "makefile"],
      switches: "bBdeikLnpqrRsStvw",
      // `X=$(shell …)` is run when it is used; targets are looked up in the file.
      inlineOperand: (text) => /=|\$/.test(text),
      keepsReading: true,
      readsInput: "never",
    },
  ],
  [
    "vim vi nvim ex view vimdiff",
    {
      code: "cS",
      long: ["cmd"],
      plus: true,
      keepsReading: true,
      readsInput: "always",
    },
  ],
  [
    "emacs",
    {
      code: "f",
      long: ["eval", "execute", "funcall"],
      words: new Set(["-eval", "-execute", "-funcall"]),
      keepsReading: true,
      readsInput: "always",
    },
  ],
];

const table: ReadonlyMap<string, Interpreter> = new Map(
  families.flatMap(([names, interpreter]) =>
    names.split(" ").map((name) => [name, interpreter] as const),
  ),
);

/** `python3.11`, `perl5.36-x86_64-linux-gnu` and `php-cli` are what their names begin with. */
export function interpreterOf(
  path: string,
): { readonly name: string; readonly interpreter: Interpreter } | undefined {
  const name = programName(path);
  const family = /^([a-z]+)[0-9.]*([-.].*)?$/.exec(name)?.[1] ?? name;
  const interpreter = table.get(name) ?? table.get(family);
  return interpreter && { name, interpreter };
}
