/** Cuts a command's output so that the frame that carries it is accepted. */
import { type CapturedText, render, shorten } from "../exec/captured-text.ts";
import type { SystemRunPayload } from "../protocol/system-run.ts";

export interface RunOutput {
  readonly stdout: CapturedText;
  readonly stderr: CapturedText;
}

type BuildPayload = (stdout: string, stderr: string) => SystemRunPayload;

/**
 * The largest payload whose JSON text, put as a string into another JSON text, stays within
 * `maxBytes`. Quotes, backslashes and control characters grow up to sixfold on that way, so the
 * encoded size decides, not the length.
 */
export function fitPayload(
  build: BuildPayload,
  output: RunOutput,
  maxBytes: number,
): SystemRunPayload {
  const attempt = (chars: number): SystemRunPayload => {
    const { stdout, stderr } = share(output, chars);
    return build(render(stdout), render(stderr));
  };
  let most = lengthOf(output.stdout) + lengthOf(output.stderr);
  const whole = attempt(most);
  if (encodedBytes(whole) <= maxBytes) return whole;
  let least = 0;
  // Bisection: a few encodings, whatever the text is made of.
  while (most - least > 256) {
    const middle = Math.floor((least + most) / 2);
    if (encodedBytes(attempt(middle)) <= maxBytes) least = middle;
    else most = middle;
  }
  return attempt(least);
}

/** Size of the payload as `payloadJSON` inside a frame. */
export function encodedBytes(payload: unknown): number {
  return Buffer.byteLength(JSON.stringify(JSON.stringify(payload)), "utf8");
}

/** Divides the room: a stream that needs less than half of it leaves the rest to the other. */
function share({ stdout, stderr }: RunOutput, chars: number): RunOutput {
  const half = Math.floor(chars / 2);
  const [out, err] = [lengthOf(stdout), lengthOf(stderr)];
  const forOut = err <= half ? chars - err : Math.min(out, half);
  return {
    stdout: shorten(stdout, Math.max(forOut, 0)),
    stderr: shorten(stderr, Math.max(chars - Math.min(out, forOut), 0)),
  };
}

function lengthOf({ head, tail }: CapturedText): number {
  return head.length + tail.length;
}
