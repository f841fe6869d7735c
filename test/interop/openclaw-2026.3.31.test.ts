// Our node with the real OpenClaw 2026.3.31.
import { basicScenes } from "./harness/openclaw-basics.ts";

basicScenes("2026.3.31", { approvesLive: false, drivesAgent: true });
