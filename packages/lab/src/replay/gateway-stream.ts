/**
 * A stream of a gateway's configuration as a policy: the same queue, the same
 * rates, in virtual time.
 */
import { RateLimiter } from 'spillway'
import { parse } from 'yaml'
import { z } from 'zod'
import type { MakePolicy } from '../policies/policy.ts'
import { processorPolicy } from '../policies/processor-policies.ts'

const rate = z.object({ ratePerSecond: z.number().positive(), burst: z.number().int().min(1).optional() })

/** What of a stream matters here; the gateway's own "check" judges the rest. */
const streamSchema = z.object({
  window: z.object({ items: z.number().int().min(1) }),
  backlog: z.object({ items: z.number().int().min(1) }).optional(),
  whenFull: z.enum(['block', 'reject', 'drop-oldest']).default('block'),
  enqueueTimeoutMs: z.number().min(0).default(100),
  rate: rate.optional(),
  ingress: rate.optional(),
})

const fileSchema = z.object({ streams: z.record(z.string(), z.unknown()) })

/**
 * The policy of one stream.
 *
 * @throws Error when the file has no such stream, or the stream isn't one
 */
export function gatewayStream(fileName: string, text: string, streamName: string): MakePolicy {
  const file = fileSchema.safeParse(parsed(fileName, text))
  if (!file.success) throw new Error(`${fileName} declares no streams: it is no configuration of the gateway`)
  const declared = file.data.streams[streamName]
  if (declared === undefined) {
    throw new Error(
      `${fileName} declares no stream "${streamName}"; it has ${Object.keys(file.data.streams).join(', ')}`,
    )
  }
  const result = streamSchema.safeParse(declared)
  if (!result.success) {
    const [fault] = result.error.issues
    throw new Error(
      `${fileName}: streams.${streamName}.${fault?.path.join('.')}: ${fault?.message}; "spillway check" tells more`,
    )
  }
  const { window, backlog = window, whenFull, enqueueTimeoutMs, rate: startRate, ingress } = result.data
  const withBurst = ({ ratePerSecond, burst = Math.ceil(ratePerSecond * 0.02) }: z.infer<typeof rate>) => ({
    ratePerSecond,
    burst,
  })
  const queue = processorPolicy({
    // What a stored stream takes is bounded by its backlog; its window is only the part of it that is in memory.
    options: { capacity: backlog.items, whenFull, startRate: startRate && withBurst(startRate) },
    wait: () => ({ timeoutMs: enqueueTimeoutMs }),
  })
  if (!ingress) return queue
  return (room) => {
    const limiter = new RateLimiter({ ...withBurst(ingress), clock: room.clock })
    const behind = queue(room)
    return { offer: (work) => (limiter.allow() ? behind.offer(work) : work.refuse('ERR_RATE_LIMITED')) }
  }
}

/** The file as data. What a variable stands for matters to no queue: its name stands in for it. */
function parsed(fileName: string, text: string): unknown {
  try {
    return parse(text.replace(/\$\{([^{}\n]*)\}/g, '$1'))
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error)
    throw new Error(`${fileName} is no YAML: ${reason.trim()}; "spillway check" tells more`)
  }
}
