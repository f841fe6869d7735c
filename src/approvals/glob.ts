/**
 * Matches a path against a pattern of literal text, `?` (one character but `/`), `*` (any but `/`)
 * and `**` (any). Time is bounded by pattern length times path length, whatever the pattern is.
 */
export function globMatches(pattern: string, path: string): boolean {
  if (!/[*?]/.test(pattern)) return pattern === path;
  // reachable[i]: the pattern so far can consume exactly the first i characters of the path.
  let reachable = new Uint8Array(path.length + 1);
  reachable[0] = 1;
  for (const token of tokens(pattern)) {
    const next = new Uint8Array(path.length + 1);
    if (token.kind === "any") {
      let open = false;
      for (let at = 0; at <= path.length; at += 1) {
        if (at > 0 && !token.crossesSlash && path[at - 1] === "/") open = false;
        if (reachable[at] === 1) open = true;
        if (open) next[at] = 1;
      }
    } else {
      for (let at = 0; at < path.length; at += 1) {
        if (reachable[at] === 1 && accepts(token, path[at] ?? "")) next[at + 1] = 1;
      }
    }
    reachable = next;
  }
  return reachable[path.length] === 1;
}

type Token =
  | { readonly kind: "any"; readonly crossesSlash: boolean }
  | { readonly kind: "one" }
  | { readonly kind: "literal"; readonly char: string };

function* tokens(pattern: string): Generator<Token> {
  for (let at = 0; at < pattern.length; at += 1) {
    const char = pattern[at] ?? "";
    if (char === "?") yield { kind: "one" };
    else if (char !== "*") yield { kind: "literal", char };
    else {
      let stars = 1;
      while (pattern[at + 1] === "*") {
        stars += 1;
        at += 1;
      }
      yield { kind: "any", crossesSlash: stars > 1 };
    }
  }
}

function accepts(token: Exclude<Token, { kind: "any" }>, char: string): boolean {
  return token.kind === "one" ? char !== "/" : token.char === char;
}
