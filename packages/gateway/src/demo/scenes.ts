/**
 * The demo's story, as data: scene after scene, two minutes in all, and from
 * the beginning again. In it every verdict of the diagnosis comes up once.
 *
 * Each stream shows another way of being full: `orders` makes its senders
 * wait, `clicks` drops its oldest, `metrics` refuses.
 *
 * Pure; imports nothing.
 */

/** The streams of the demo. */
export type DemoStream = 'orders' | 'clicks' | 'metrics'

/** How events of one stream are sent. */
export interface Load {
  readonly eventsPerSecond: number
  /** Events in one request. */
  readonly batch: number
  /** All the events of so many milliseconds at once, then nothing; 0 for an even flow. */
  readonly burstEveryMs: number
}

/** How the consumer treats the events of one stream. */
export interface Treatment {
  /** How long one takes, in milliseconds, more or less; `never` answers none. */
  readonly serviceMs: number | 'never'
  /** Of so many events it refuses one for good; 0 refuses none. */
  readonly refusesOneIn: number
}

/** A stretch of the story. */
export interface Scene {
  readonly seconds: number
  /** What happens and what there is to see, in plain words. */
  readonly words: string
  /** What differs from the calm of `CALM_LOAD` and `CALM_TREATMENT`. */
  readonly load?: Readonly<Partial<Record<DemoStream, Load>>>
  readonly treatment?: Readonly<Partial<Record<DemoStream, Treatment>>>
}

/** Of each stream about a third of what its consumer can do. */
export const CALM_LOAD: Readonly<Record<DemoStream, Load>> = {
  orders: { eventsPerSecond: 50, batch: 1, burstEveryMs: 0 },
  clicks: { eventsPerSecond: 100, batch: 10, burstEveryMs: 0 },
  metrics: { eventsPerSecond: 60, batch: 10, burstEveryMs: 0 },
}

/** With the concurrency of `demo-configuration.ts`: 160, 320 and 200 events a second. */
export const CALM_TREATMENT: Readonly<Record<DemoStream, Treatment>> = {
  orders: { serviceMs: 50, refusesOneIn: 0 },
  clicks: { serviceMs: 50, refusesOneIn: 0 },
  metrics: { serviceMs: 20, refusesOneIn: 0 },
}

/** The story. */
export const SCENES: readonly Scene[] = [
  {
    seconds: 16,
    words: 'Calm. Everything that arrives is delivered at once; every stream is healthy.',
  },
  {
    seconds: 22,
    words:
      'The consumer of orders becomes eight times slower. Its lake fills; once it is full, senders wait 100 ms, then get 503. Verdict: consumer too slow.',
    treatment: { orders: { serviceMs: 400, refusesOneIn: 0 } },
  },
  {
    seconds: 14,
    words:
      'It is quick again, but refuses one order in twenty for good: those become dead letters. Look at one, and replay it: it will be taken later.',
    treatment: { orders: { serviceMs: 50, refusesOneIn: 20 } },
  },
  {
    seconds: 18,
    words:
      'Six times as many clicks arrive, twice what their consumer can do. The stream holds the newest and drops the oldest. Verdict: inbound above capacity.',
    load: { clicks: { eventsPerSecond: 640, batch: 20, burstEveryMs: 0 } },
  },
  {
    seconds: 14,
    words:
      'Clicks are as before. The lake empties; the verdict fades when nothing has been lost for a while.',
  },
  {
    seconds: 18,
    words:
      'The consumer of orders answers nothing at all. Orders are kept on the disk and tried again. Verdict: stalled.',
    treatment: { orders: { serviceMs: 'never', refusesOneIn: 0 } },
  },
  {
    seconds: 6,
    words: 'It answers again. What waited is delivered by itself; nothing was lost.',
  },
  {
    seconds: 16,
    words:
      'As many metrics as before, but in bursts, each larger than their queue. In the mean the consumer keeps up. Verdict: queue too small.',
    load: { metrics: { eventsPerSecond: 60, batch: 20, burstEveryMs: 4000 } },
  },
]

/** How a stream is sent in a scene. */
export function loadOf(scene: Scene, stream: DemoStream): Load {
  return scene.load?.[stream] ?? CALM_LOAD[stream]
}

/** How the consumer treats a stream in a scene. */
export function treatmentOf(scene: Scene, stream: DemoStream): Treatment {
  return scene.treatment?.[stream] ?? CALM_TREATMENT[stream]
}
