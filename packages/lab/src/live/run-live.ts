/**
 * One run in real time: a server in one process, its load from another.
 */
import type { Result } from '../record/result.ts'
import { endChild, nextMessage, startChild } from './child.ts'
import { type LivePlan, MEAN_MS, PATIENCE_MS } from './live-plan.ts'
import { liveResult } from './live-result.ts'
import type { LoadFacts, LoadTask } from './messages.ts'
import { startGateway, startPolicy, type Target } from './target.ts'

/** Does the run. Its processes have ended when it resolves. */
export async function runLive(plan: LivePlan): Promise<Result> {
  const { policy, slots, capacityPerSecond, seed, memoryBoundBytes } = plan
  const target =
    policy === 'gateway'
      ? await startGateway(capacityPerSecond)
      : await startPolicy({ slots, meanMs: MEAN_MS, policy, seed, patienceMs: PATIENCE_MS, memoryBoundBytes })
  try {
    const { load, stopped } = await loadTarget(target, plan)
    return liveResult(plan, { load, server: await target.facts(), stopped })
  } finally {
    await target.end()
  }
}

async function loadTarget(
  target: Target,
  plan: LivePlan,
): Promise<{ load: LoadFacts | undefined; stopped: boolean }> {
  const generator = startChild('generator')
  const { warmUpMs, endMs, seed, times, capacityPerSecond } = plan
  const task: LoadTask = {
    port: target.port,
    path: target.path,
    ratePerSecond: times * capacityPerSecond,
    warmUpMs,
    endMs,
    patienceMs: PATIENCE_MS,
    payloadBytes: 10_000,
    seed,
  }
  try {
    generator.send(task)
    const facts = nextMessage<LoadFacts>(generator, endMs + 30_000)
    const load = await Promise.race([facts, target.stopped.then(() => undefined)])
    // Nobody waits for it any more when the server stopped first.
    facts.catch(() => {})
    return { load, stopped: load === undefined }
  } finally {
    await endChild(generator)
  }
}
