/**
 * Seven families of overflow whose cause is known by construction: what could
 * be argued about (a burst that only a very long queue would hold, a stall
 * shorter than a few service times) is not drawn.
 *
 * Floor 3, for tests only: left out of the build.
 */
import { AFTER_MS, type Consumer, capacityFor, drawConsumer, HEALTHY_MS } from './consumer.ts'
import type { Draw } from './draw.ts'
import type { ArrivalPhase, Scenario } from './scenario.ts'

/** Short bursts that a queue of at most 1.5 s of work would hold. */
export function burst(draw: Draw): Scenario {
  const consumer = drawConsumer(draw)
  const queueMs = draw.byMagnitude(50, 800)
  const excessMs = draw.between(Math.max(100, 1.5 * queueMs), Math.max(300, 1.8 * queueMs))
  const factor = draw.between(1.5, 6)
  const arrivals: ArrivalPhase[] = [{ untilMs: HEALTHY_MS, ratePerMs: consumer.ratePerMs }]
  let nowMs = HEALTHY_MS
  const bursts = draw.whole(1, 3)
  for (let i = 0; i < bursts; i++) {
    const burstMs = excessMs / (factor - 1)
    const pauseMs = (2 * queueMs) / (1 - consumer.load) + draw.between(300, 3000)
    arrivals.push({ untilMs: nowMs + burstMs, ratePerMs: factor * consumer.capacityPerMs })
    arrivals.push({ untilMs: nowMs + burstMs + pauseMs, ratePerMs: consumer.ratePerMs })
    nowMs += burstMs + pauseMs
  }
  return scenario('burst', 'queue-too-small', { consumer, queueMs, arrivals })
}

/** A load of 86–95 % and a queue too short for its randomness. */
export function steadyHigh(draw: Draw): Scenario {
  const consumer = drawConsumer(draw)
  const load = draw.between(0.86, 0.95)
  const lossWanted = draw.between(0.003, 0.03)
  const items = (-Math.log(lossWanted) * (load + consumer.serviceScv)) / (2 * (1 - load))
  const queueMs = Math.min(800, items / consumer.capacityPerMs)
  const arrivals = [{ untilMs: HEALTHY_MS + 10_000, ratePerMs: load * consumer.capacityPerMs }]
  return scenario('steady high load', 'queue-too-small', { consumer, queueMs, arrivals })
}

/** Work that suddenly takes so much longer that the usual load is too much. */
export function slow(draw: Draw): Scenario {
  return slowed(draw, 'slow consumer', 0)
}

/** Work that takes longer and longer. */
export function slowDrift(draw: Draw): Scenario {
  return slowed(draw, 'slow drift', draw.between(10_000, 30_000))
}

function slowed(draw: Draw, family: string, rampMs: number): Scenario {
  const consumer = drawConsumer(draw)
  const factor = draw.between(1.3, 2.5) / consumer.load
  const queueMs = draw.byMagnitude(50, 2000)
  const excess = consumer.load - 1 / factor
  const untilMs = HEALTHY_MS + rampMs + (1.5 * queueMs) / excess + draw.between(2000, 10_000)
  return scenario(family, 'consumer-too-slow', {
    consumer,
    queueMs,
    arrivals: [{ untilMs: untilMs + AFTER_MS, ratePerMs: consumer.ratePerMs }],
    slowdown: { fromMs: HEALTHY_MS, untilMs, rampMs, factor },
  })
}

/** More arrivals than the workers can do, for longer than any queue of 2 s holds. */
export function inbound(draw: Draw): Scenario {
  const consumer = drawConsumer(draw)
  const queueMs = draw.byMagnitude(50, 2000)
  return scenario('inbound', 'inbound-above-capacity', { consumer, queueMs, arrivals: flood(draw, consumer) })
}

/** The same, while work also takes a little longer: most drops remain at normal speed. */
export function inboundAndSlower(draw: Draw): Scenario {
  const consumer = drawConsumer(draw)
  const queueMs = draw.byMagnitude(50, 2000)
  const arrivals = flood(draw, consumer, 1.8)
  return scenario('inbound and slower', 'inbound-above-capacity', {
    consumer,
    queueMs,
    arrivals,
    slowdown: {
      fromMs: HEALTHY_MS,
      untilMs: arrivals[1]!.untilMs,
      rampMs: 0,
      factor: draw.between(1.1, 1.3),
    },
  })
}

function flood(draw: Draw, consumer: Consumer, least = 1.2): ArrivalPhase[] {
  const factor = draw.between(least, 3)
  const floodMs = Math.max(5000, draw.between(3500, 8000) / (factor - 1))
  return [
    { untilMs: HEALTHY_MS, ratePerMs: consumer.ratePerMs },
    { untilMs: HEALTHY_MS + floodMs, ratePerMs: factor * consumer.capacityPerMs },
    { untilMs: HEALTHY_MS + floodMs + AFTER_MS, ratePerMs: consumer.ratePerMs },
  ]
}

/** Nothing gets on for a while; the queue holds less than what arrives meanwhile. */
export function stall(draw: Draw): Scenario {
  const consumer = drawConsumer(draw)
  const stallMs = Math.max(draw.between(500, 4000), 50 / consumer.capacityPerMs)
  const queueMs = draw.byMagnitude(50, 0.7 * consumer.load * stallMs)
  const untilMs = HEALTHY_MS + stallMs
  return scenario('stall', 'stalled', {
    consumer,
    queueMs,
    arrivals: [{ untilMs: untilMs + AFTER_MS, ratePerMs: consumer.ratePerMs }],
    stalls: [{ fromMs: HEALTHY_MS, untilMs }],
  })
}

interface Parts extends Pick<Scenario, 'arrivals' | 'slowdown' | 'stalls'> {
  readonly consumer: Consumer
  readonly queueMs: number
}

function scenario(family: string, expected: Scenario['expected'], parts: Parts): Scenario {
  const { consumer, queueMs, ...trouble } = parts
  const { workers, serviceMs, serviceScv } = consumer
  return {
    family,
    expected,
    workers,
    serviceMs,
    serviceScv,
    capacity: capacityFor(consumer, queueMs),
    ...trouble,
  }
}
