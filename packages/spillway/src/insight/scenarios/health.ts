/**
 * Five families of health: loads, bursts and stalls that the queue holds, and
 * an overflow that is over for more than a minute.
 *
 * Floor 3, for tests only: left out of the build.
 */
import { type Consumer, capacityFor, drawConsumer, HEALTHY_MS } from './consumer.ts'
import type { Draw } from './draw.ts'
import { inbound } from './overflows.ts'
import type { Scenario } from './scenario.ts'

/** A usual load and a queue of a second. */
export function calm(draw: Draw): Scenario {
  const consumer = drawConsumer(draw)
  return healthy('calm', consumer, {
    queueMs: roomFor(consumer, draw.between(500, 2000)),
    arrivals: [{ untilMs: HEALTHY_MS + 10_000, ratePerMs: consumer.ratePerMs }],
  })
}

/** A load of 75–85 % and a queue that fits it. */
export function busy(draw: Draw): Scenario {
  const consumer = drawConsumer(draw)
  const load = draw.between(0.75, 0.85)
  return healthy('busy', consumer, {
    queueMs: roomFor(consumer, 500),
    arrivals: [{ untilMs: HEALTHY_MS + 10_000, ratePerMs: load * consumer.capacityPerMs }],
  })
}

/** A burst that the queue was made for. */
export function burstHeld(draw: Draw): Scenario {
  const consumer = drawConsumer(draw)
  const factor = draw.between(1.5, 6)
  const excessMs = draw.between(100, 1000)
  const burstEndMs = HEALTHY_MS + excessMs / (factor - 1)
  return healthy('burst held', consumer, {
    queueMs: roomFor(consumer, 1.5 * excessMs),
    arrivals: [
      { untilMs: HEALTHY_MS, ratePerMs: consumer.ratePerMs },
      { untilMs: burstEndMs, ratePerMs: factor * consumer.capacityPerMs },
      { untilMs: burstEndMs + 5000, ratePerMs: consumer.ratePerMs },
    ],
  })
}

/** A stall that the queue was made for. */
export function stallHeld(draw: Draw): Scenario {
  const consumer = drawConsumer(draw)
  const stallMs = draw.between(200, 1500)
  const untilMs = HEALTHY_MS + stallMs
  return healthy('stall held', consumer, {
    queueMs: roomFor(consumer, 1.5 * stallMs),
    arrivals: [{ untilMs: untilMs + 5000, ratePerMs: consumer.ratePerMs }],
    stalls: [{ fromMs: HEALTHY_MS, untilMs }],
  })
}

/** It did overflow, more than a minute ago; since then the load is low. */
export function recovered(draw: Draw): Scenario {
  const overflow = inbound(draw)
  const endMs = overflow.arrivals.at(-1)!.untilMs
  const calmPerMs = (0.2 * overflow.workers) / overflow.serviceMs
  return {
    ...overflow,
    // So few places that chance alone fills them would overflow for a reason of their own.
    capacity: Math.max(50, overflow.capacity),
    family: 'recovered',
    expected: 'healthy',
    arrivals: [...overflow.arrivals.slice(0, -1), { untilMs: endMs + 61_000, ratePerMs: calmPerMs }],
  }
}

/** As long as asked, and never so short that chance alone fills it: 150 wild items' worth. */
function roomFor(consumer: Consumer, ms: number): number {
  return ms + (150 * consumer.serviceScv) / consumer.capacityPerMs
}

function healthy(
  family: string,
  consumer: Consumer,
  parts: Pick<Scenario, 'arrivals' | 'stalls'> & { readonly queueMs: number },
): Scenario {
  const { workers, serviceMs, serviceScv } = consumer
  const { queueMs, ...load } = parts
  return {
    family,
    expected: 'healthy',
    workers,
    serviceMs,
    serviceScv,
    capacity: capacityFor(consumer, queueMs),
    ...load,
  }
}
