// Our node with the real OpenClaw 2026.5.28.
import { basicScenes } from "./harness/openclaw-basics.ts";

basicScenes("2026.5.28", { approvesLive: true, drivesAgent: true });
