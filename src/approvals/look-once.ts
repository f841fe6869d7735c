/** One decision looks at the machine once: the same question has one answer, and costs once. */
import type { RunQuestion } from "./decide.ts";
import type { JudgeOptions } from "./judgement.ts";

export function lookOnce(
  question: RunQuestion,
  options: JudgeOptions,
): readonly [RunQuestion, JudgeOptions] {
  const realPath = remembered((path: string) => options.realPath(path));
  const directory = remembered(() => options.cwd());
  return [
    { ...question, find: remembered(question.find) },
    { ...options, realPath, cwd: () => directory("") },
  ];
}

function remembered<T>(look: (name: string) => T): (name: string) => T {
  const known = new Map<string, { readonly answer: T }>();
  return (name) => {
    let found = known.get(name);
    if (found === undefined) {
      found = { answer: look(name) };
      known.set(name, found);
    }
    return found.answer;
  };
}
